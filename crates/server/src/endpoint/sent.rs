//! What is sent to make or change an endpoint, as JSON.

use std::net::IpAddr;

use baton_exchange::{
    endpoint::{Given, Grant, Hidden, Wanted, check_texts},
    refusal::Refusal,
};
use serde::{Deserialize, Deserializer};

use crate::egress::{PrivateAddresses, Scheme, Standing, Target, standing};

/// Which addresses may be registered: those that calls may go to.
pub type Addresses = PrivateAddresses;

/// The members of the document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    url: String,
    #[serde(default = "all")]
    events: Vec<String>,
    /// Absent: as it is. Null: none.
    #[serde(default, deserialize_with = "some")]
    token: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    oauth: Option<Option<SentGrant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentGrant {
    token_url: String,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
}

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a document and checks all of it.
///
/// # Errors
/// [`Refusal::ParameterInvalid`] with the name of the part; it repeats nothing of what was sent.
pub fn read(body: &[u8], addresses: Addresses) -> Result<Wanted, Refusal> {
    let expected = "JSON with url, and perhaps events, token and oauth (token_url, client_id, client_secret, scope)";
    let sent: Sent =
        serde_json::from_slice(body).map_err(|_| Refusal::ParameterInvalid { name: "body".to_owned(), expected })?;
    let grant = sent.oauth.map(|grant| {
        grant.map(|SentGrant { token_url, client_id, client_secret, scope }| Grant {
            token_url,
            client_id,
            client_secret: Hidden(client_secret),
            scope,
        })
    });
    wanted_of(sent.url, sent.events, sent.token.map(|token| token.map(Hidden)), grant, addresses)
}

/// Checks what an endpoint is to be. There is one header for a token: who gives one of the two kinds takes the other away.
///
/// # Errors
/// As [`read`].
pub fn wanted_of(
    url: String,
    events: Vec<String>,
    token: Option<Option<Hidden>>,
    grant: Option<Option<Grant>>,
    addresses: Addresses,
) -> Result<Wanted, Refusal> {
    let (token, grant) = match (given(token), given(grant)) {
        (Given::Set(_), Given::Set(_)) => return Err(wrong("oauth", "absent where a token is given")),
        (Given::Set(token), _) => (Given::Set(token), Given::Removed),
        (_, Given::Set(grant)) => (Given::Removed, Given::Set(grant)),
        both => both,
    };
    // as the configuration has it, so that two that mean the same look the same
    let url = url.trim_end_matches('/').to_owned();
    let wanted = Wanted { url, events, token, grant };
    check_texts(&wanted)?;
    check_address("url", &wanted.url, addresses)?;
    if let Given::Set(grant) = &wanted.grant {
        check_address("oauth.token_url", &grant.token_url, addresses)?;
    }
    Ok(wanted)
}

fn given<T>(part: Option<Option<T>>) -> Given<T> {
    match part {
        None => Given::Kept,
        Some(None) => Given::Removed,
        Some(Some(new)) => Given::Set(new),
    }
}

/// Whether calls may go there, as far as the address itself says so. What its name stands for is looked at with each call.
fn check_address(name: &str, address: &str, addresses: Addresses) -> Result<(), Refusal> {
    let target = Target::parse(address).map_err(|_| wrong(name, "an absolute address without user and fragment"))?;
    let origin = target.origin();
    let is_private_taken = addresses == PrivateAddresses::Allowed;
    if origin.scheme() == Scheme::Http && !is_private_taken {
        return Err(wrong(name, "an https address"));
    }
    let host = origin.host().trim_start_matches('[').trim_end_matches(']');
    let is_callable = match host.parse::<IpAddr>().map(standing) {
        Err(_) => is_private_taken || host.contains('.') && !host.ends_with(".localhost"),
        Ok(Standing::Public) => true,
        Ok(Standing::Private) => is_private_taken,
        Ok(Standing::Never) => false,
    };
    if is_callable { Ok(()) } else { Err(wrong(name, "at a host that may be called from here")) }
}

fn wrong(name: &str, expected: &'static str) -> Refusal {
    Refusal::ParameterInvalid { name: name.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::{Addresses, Given, Refusal, Wanted, read};

    fn wanted(body: &str) -> Result<Wanted, Refusal> {
        read(body.as_bytes(), Addresses::Refused)
    }

    #[track_caller]
    fn check_refused(body: &str, part: &str) {
        match wanted(body) {
            Err(Refusal::ParameterInvalid { name, .. }) => assert_eq!(name, part, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn only_addresses_that_may_be_called_are_taken() {
        for url in [
            "http://b.example.org/in",
            "https://127.0.0.1/in",
            "https://[::1]/in",
            "https://169.254.169.254/in",
            "https://10.1.2.3/in",
            "https://0x7f.1/in",
            "https://localhost/in",
            "https://a:b@b.example.org/in",
            "https://b.example.org/in#x",
            "ftp://b.example.org/in",
            "b.example.org/in",
        ] {
            check_refused(&format!(r#"{{"url":"{url}"}}"#), "url");
        }
        for url in ["https://b.example.org", "https://192.0.2.1.example.org/in?x=1", "https://8.8.8.8:8443/in"] {
            assert!(wanted(&format!(r#"{{"url":"{url}"}}"#)).is_ok(), "{url}");
        }
        for (url, is_taken) in [("http://127.0.0.1:8080/in", true), ("http://169.254.169.254/in", false)] {
            let body = format!(r#"{{"url":"{url}"}}"#);
            assert_eq!(read(body.as_bytes(), Addresses::Allowed).is_ok(), is_taken, "{url}");
        }
    }

    #[test]
    fn what_is_unknown_or_no_json_is_refused() {
        for body in ["", "[]", "{}", r#"{"url":1}"#, r#"{"url":"https://b.example.org","secret":"x"}"#] {
            check_refused(body, "body");
        }
    }

    #[test]
    fn a_token_is_kept_removed_or_set() {
        let token = |token: &str| wanted(&format!(r#"{{"url":"https://b.example.org"{token}}}"#)).map(|it| it.token);
        assert_eq!(token(""), Ok(Given::Kept));
        assert_eq!(token(r#","token":null"#), Ok(Given::Removed));
        assert!(matches!(token(r#","token":"x""#), Ok(Given::Set(_))));
    }

    #[test]
    fn there_is_one_way_to_the_header() {
        let oauth = r#""oauth":{"token_url":"https://b.example.org/t","client_id":"i","client_secret":"s"}"#;
        check_refused(&format!(r#"{{"url":"https://b.example.org","token":"x",{oauth}}}"#), "oauth");
        let both = wanted(&format!(r#"{{"url":"https://b.example.org",{oauth}}}"#)).expect("it is well");
        assert!(both.token == Given::Removed && matches!(both.grant, Given::Set(_)));
        let elsewhere = oauth.replace("https://b.example.org/t", "https://10.0.0.1/t");
        check_refused(&format!(r#"{{"url":"https://b.example.org",{elsewhere}}}"#), "oauth.token_url");
    }
}
