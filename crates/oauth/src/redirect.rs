//! Where browsers are sent back to. Source: RFC 6749, section 3.1.2; RFC 9700, section 4.1.3 (compared as text);
//! SMART App Launch 2.2 (fixed and exact).

use serde::{Deserialize, Serialize};
use url::{Host, Url, form_urlencoded};

/// An address that an app is registered with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why an address cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefusal {
    /// It is no absolute address, or browsers read it as another one.
    #[error("this is no absolute address as browsers write it")]
    NotAbsolute,
    /// It runs code, reads files, or goes over the network in clear.
    #[error("this must be https, http to a loopback address, or a private scheme with a dot in its name")]
    Scheme,
    /// It has a fragment, which belongs to the app.
    #[error("this must not have a fragment")]
    Fragment,
    /// It holds a name or a password.
    #[error("this must not hold a user name or a password")]
    User,
    /// It has a star, which is no pattern here.
    #[error("this is compared as text: a * stands for nothing")]
    Pattern,
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectRefusal;

    fn try_from(text: String) -> Result<RedirectUri, RedirectRefusal> {
        RedirectUri::read(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> String {
        uri.0
    }
}

impl RedirectUri {
    /// Reads an address of the registration.
    ///
    /// # Errors
    /// [`RedirectRefusal`]
    pub fn read(text: &str) -> Result<RedirectUri, RedirectRefusal> {
        let url = Url::parse(text).map_err(|_| RedirectRefusal::NotAbsolute)?;
        if url.fragment().is_some() {
            return Err(RedirectRefusal::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectRefusal::User);
        }
        if text.contains('*') {
            return Err(RedirectRefusal::Pattern);
        }
        let safe = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&url),
            // of native apps, named after a domain that they own: RFC 8252, section 7.1
            private => private.contains('.'),
        };
        if !safe {
            return Err(RedirectRefusal::Scheme);
        }
        // an address without a path may be written without its slash
        if url.as_str() != text && url.as_str().strip_suffix('/') != Some(text) {
            return Err(RedirectRefusal::NotAbsolute);
        }
        Ok(RedirectUri(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The registered address that is, letter by letter, the one that is asked for.
    #[must_use]
    pub fn among<'r>(registered: &'r [RedirectUri], asked: &str) -> Option<&'r RedirectUri> {
        registered.iter().find(|one| one.0 == asked)
    }

    /// The address with parameters for the app behind its own. Values are escaped, so that whatever the app sent comes back
    /// as it was and never ends a header.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let escaped = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let joint = match self.0.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{}{joint}{escaped}", self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{RedirectRefusal, RedirectUri};

    const URI: &str = "https://app.example.org/callback";

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::read(text).expect("an address")
    }

    #[track_caller]
    fn check_not_registered(texts: &[&str], refusal: RedirectRefusal) {
        for text in texts {
            assert_eq!(RedirectUri::read(text), Err(refusal), "{text}");
        }
    }

    /// Threat: T07
    #[test]
    fn nothing_but_the_registered_text_is_good() {
        let registered = [uri(URI), uri("http://127.0.0.1:8000/cb"), uri("https://app.example.org/?a=b")];
        for asked in [
            "",
            "https://app.example.org",
            "https://app.example.org/",
            "https://app.example.org/callback/",
            "https://app.example.org/callback2",
            "https://app.example.org/callback/../evil",
            "https://app.example.org/x/../callback",
            "https://app.example.org/./callback",
            "https://app.example.org//callback",
            "https://app.example.org/callback/%2e%2e",
            "https://app.example.org/%63allback",
            "https://app.example.org/callback%00",
            "https://app.example.org/callback%20",
            "https://app.example.org/callback%0d%0aLocation:x",
            "https://app.example.org/callback ",
            " https://app.example.org/callback",
            "https://app.example.org/callback\n",
            "https://app.example.org/callback\0",
            "https://app.example.org/Callback",
            "https://APP.example.org/callback",
            "HTTPS://app.example.org/callback",
            "http://app.example.org/callback",
            "https:/app.example.org/callback",
            "https:app.example.org/callback",
            "//app.example.org/callback",
            "https://app.example.org:443/callback",
            "https://app.example.org:8443/callback",
            "https://app.example.org./callback",
            "https://app.example.org.evil.example/callback",
            "https://evil.example/https://app.example.org/callback",
            "https://evilapp.example.org/callback",
            "https://sub.app.example.org/callback",
            "https://example.org/callback",
            "https://app.example.org@evil.example/callback",
            "https://user@app.example.org/callback",
            "https://user:pw@app.example.org/callback",
            "https://evil.example\\@app.example.org/callback",
            "https://app.example.org\\callback",
            "https://app.example.org\\.evil.example/callback",
            "https://app.example.org%2f.evil.example/callback",
            "https://app.example.org%23@evil.example/callback",
            "https://evil.example#app.example.org/callback",
            "https://evil.example?app.example.org/callback",
            "https://app.example.org/callback#",
            "https://app.example.org/callback#x",
            "https://app.example.org/callback?",
            "https://app.example.org/callback?a=b",
            "https://app.example.org/callback?code=x",
            "https://app.example.org/callback;a=b",
            "https://app.example.org/?a=b&c=d",
            "https://app.example.org/?a=B",
            "https://\u{430}pp.example.org/callback",
            "https://xn--pp-7kc.example.org/callback",
            "https://app\u{ff0e}example.org/callback",
            "https://app.example.org/callback\u{202e}",
            "http://localhost:8000/cb",
            "http://127.0.0.1:8001/cb",
            "http://127.0.0.1/cb",
            "http://127.1:8000/cb",
            "http://[::1]:8000/cb",
            "javascript:alert(1)//https://app.example.org/callback",
            "data:text/html,https://app.example.org/callback",
            "https://app.example.org/*",
            "null",
        ] {
            assert_eq!(RedirectUri::among(&registered, asked), None, "{asked}");
        }
        for good in [URI, "http://127.0.0.1:8000/cb", "https://app.example.org/?a=b"] {
            assert_eq!(RedirectUri::among(&registered, good).map(RedirectUri::as_str), Some(good));
        }
    }

    #[test]
    fn addresses_that_run_code_or_go_in_clear_are_not_registered() {
        let schemes = [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://app.example.org/cb",
            "http://127.0.0.1.evil.example/cb",
            "ftp://app.example.org/",
            "myapp:/cb",
        ];
        check_not_registered(&schemes, RedirectRefusal::Scheme);
    }

    #[test]
    fn addresses_that_can_be_read_in_two_ways_are_not_registered() {
        let odd =
            ["", "/callback", "//app.example.org", "https://", "https://APP.example.org/", "https://a.example/x/../y"];
        check_not_registered(&odd, RedirectRefusal::NotAbsolute);
        check_not_registered(
            &["https:\\\\app.example.org\\cb", "https://app.example.org:443/"],
            RedirectRefusal::NotAbsolute,
        );
        check_not_registered(&["https://app.example.org/#", "https://app.example.org/#/cb"], RedirectRefusal::Fragment);
        check_not_registered(&["https://u@app.example.org/", "https://u:p@app.example.org/"], RedirectRefusal::User);
        check_not_registered(&["https://app.example.org/*", "https://*.example.org/"], RedirectRefusal::Pattern);
    }

    #[test]
    fn https_loopback_and_private_schemes_are_registered() {
        for text in
            [URI, "https://app.example.org", "http://localhost:3000/", "http://[::1]:3000/", "org.example.app:/cb"]
        {
            assert_eq!(RedirectUri::read(text).map(|uri| uri.as_str().to_owned()), Ok(text.to_owned()));
        }
    }

    /// Threat: T12
    #[test]
    fn what_goes_back_is_what_came_and_ends_no_header() {
        let state = "a b&c=d#\r\nSet-Cookie: x\0\u{e9}+%";
        let back = uri(URI).with(&[("code", "c"), ("state", state)]);
        assert!(back.bytes().all(|byte| (0x21..0x7F).contains(&byte)), "{back}");
        let pairs = url::Url::parse(&back).expect("an address");
        let pairs: Vec<_> = pairs.query_pairs().into_owned().collect();
        assert_eq!(pairs, [("code".to_owned(), "c".to_owned()), ("state".to_owned(), state.to_owned())]);
    }

    #[test]
    fn parameters_of_the_address_itself_are_kept() {
        assert_eq!(uri("https://a.example/?a=b").with(&[("code", "c")]), "https://a.example/?a=b&code=c");
        assert_eq!(uri("https://a.example/?").with(&[("code", "c")]), "https://a.example/?code=c");
        assert_eq!(uri("https://a.example").with(&[("code", "c")]), "https://a.example?code=c");
    }
}
