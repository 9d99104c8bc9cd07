//! Tokens that a partner gives to Baton, fetched before they are needed and kept while they are good.
//! Source: RFC 6749, sections 2.3.1, 4.4 and 5.1.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_exchange::{delivery::Trouble, endpoint::Grant, time::Timestamp};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::form_urlencoded;

use super::target::{ANSWER_BYTES_MAX, bearer};
use crate::{
    clock::Clock,
    egress::{AnswerLimits, Egress, EgressRequest, Purpose, Target},
};

/// How long a token is good, in seconds, when its giver does not say: as long as ours.
const SECS_UNSAID: i64 = 300;
/// How long before its end, in seconds, a token is not shown any more: the attempt needs time, and clocks differ.
const SECS_SPARE: i64 = 30;

/// The way to tokens of one partner.
pub(super) struct Granted {
    target: Target,
    purpose: Purpose,
    basic: HeaderValue,
    form: Bytes,
    /// Held while one is fetched, so that all others wait for that one.
    held: Mutex<Option<Held>>,
}

/// A token as it is shown.
struct Held {
    value: HeaderValue,
    until: Timestamp,
}

/// The part of the answer that counts.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: String,
    expires_in: Option<i64>,
}

impl Granted {
    /// Nothing when the address or the credentials cannot be sent.
    pub(super) fn of(grant: &Grant, timeout: Duration) -> Option<Granted> {
        let target = Target::parse(&grant.token_url).ok()?;
        let limits = AnswerLimits { time: timeout, bytes_max: ANSWER_BYTES_MAX };
        let purpose = Purpose::new([target.origin().clone()], limits);
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&grant.client_id), encoded(grant.client_secret.show()));
        let mut basic = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair))).ok()?;
        basic.set_sensitive(true);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = &grant.scope {
            form.append_pair("scope", scope);
        }
        Some(Granted { target, purpose, basic, form: form.finish().into(), held: Mutex::default() })
    }

    /// A token that is good for a while. `refused` is one that was shown in vain, and is not shown again.
    ///
    /// # Errors
    /// What counts as a failed attempt: most often [`Trouble::NoToken`].
    pub(super) async fn token(
        &self,
        egress: &Egress,
        clock: &Clock,
        refused: Option<&HeaderValue>,
    ) -> Result<HeaderValue, Trouble> {
        let mut held = self.held.lock().await;
        let is_good = |held: &&Held| clock.now() < held.until && refused != Some(&held.value);
        if let Some(held) = held.as_ref().filter(is_good) {
            return Ok(held.value.clone());
        }
        *held = None;
        let fetched = self.fetch(egress, clock).await?;
        let value = fetched.value.clone();
        *held = Some(fetched);
        Ok(value)
    }

    async fn fetch(&self, egress: &Egress, clock: &Clock) -> Result<Held, Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.basic.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let request =
            EgressRequest { method: Method::POST, target: self.target.clone(), headers, body: self.form.clone() };
        let asked = clock.now();
        let response = egress.send(&self.purpose, request).await.map_err(|error| super::attempt::trouble(&error))?;
        if !response.status.is_success() {
            return Err(Trouble::NoToken);
        }
        let body = response.body.collect(ANSWER_BYTES_MAX).await.map_err(|_| Trouble::NoToken)?;
        // what is wrong with an answer is not said: it may quote a token
        let given: Given = serde_json::from_slice(&body).map_err(|_| Trouble::NoToken)?;
        if !given.token_type.eq_ignore_ascii_case("bearer") {
            return Err(Trouble::NoToken);
        }
        let value = bearer(&given.access_token).ok_or(Trouble::NoToken)?;
        Ok(Held { value, until: asked.plus_secs(secs_shown(given.expires_in)) })
    }
}

/// How long a token is shown. One that is good for very short is shown half of its time.
fn secs_shown(expires_in: Option<i64>) -> i64 {
    let secs = expires_in.unwrap_or(SECS_UNSAID).clamp(0, 86_400);
    secs - SECS_SPARE.min(secs / 2)
}

#[cfg(test)]
mod tests {
    use baton_exchange::endpoint::Hidden;

    use super::{Duration, Grant, Granted, secs_shown};

    #[test]
    fn a_token_is_not_shown_to_its_last_second() {
        assert_eq!([Some(3_600), Some(300), None, Some(10), Some(-5)].map(secs_shown), [3_570, 270, 270, 5, 0]);
    }

    #[test]
    fn credentials_are_encoded_before_they_are_joined() {
        let grant = Grant {
            token_url: "https://b.example.org/token".to_owned(),
            client_id: "a:b".to_owned(),
            client_secret: Hidden("c d".to_owned()),
            scope: Some("x y".to_owned()),
        };
        let granted = Granted::of(&grant, Duration::from_secs(1)).expect("all of it can be sent");
        // a%3Ab:c+d
        assert_eq!(granted.basic.to_str().ok(), Some("Basic YSUzQWI6Yytk"));
        assert_eq!(&granted.form[..], b"grant_type=client_credentials&scope=x+y");
    }
}
