//! A code becomes an ID token. Source: OpenID Connect Core 1.0, section 3.1.3; RFC 6749, sections 2.3.1 and 4.1.3; RFC 7523.

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_exchange::time::Timestamp;
use baton_oauth::{assertion::ASSERTION_TYPE, client_key::Claims, provider::SecretPlace};
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{Provider, Trouble, known::Found};
use crate::{
    clock::random_id,
    egress::{Egress, EgressRequest},
    token::LIMITS,
};

/// How long an assertion of ours is good, in seconds.
const ASSERTION_SECS: u16 = 60;

/// The part of the answer that counts.
#[derive(Deserialize)]
struct Given {
    id_token: String,
}

/// The part of an error that counts.
#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Provider {
    /// The ID token for a code.
    pub(super) async fn redeemed(
        &self,
        egress: &Egress,
        now: Timestamp,
        found: &Found,
        code: &str,
        verifier: &str,
    ) -> Result<String, Trouble> {
        let request = self.redemption(now, found, code, verifier)?;
        let response = egress.send(&self.known.purpose, request).await?;
        let status = response.status;
        let body = response.body.collect(LIMITS.bytes_max).await?;
        if status != StatusCode::OK {
            let said = serde_json::from_slice::<Refused>(&body).ok().and_then(|refused| word(&refused.error));
            return Err(Trouble::Status { what: "token endpoint", status: status.as_u16(), said });
        }
        // what is wrong with an answer is not said: it may quote a token
        let given: Given = serde_json::from_slice(&body).map_err(|_| Trouble::NoToken)?;
        Ok(given.id_token)
    }

    /// The call that redeems a code.
    fn redemption(&self, now: Timestamp, found: &Found, code: &str, verifier: &str) -> Result<EgressRequest, Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code);
        form.append_pair("redirect_uri", &self.redirect_uri).append_pair("code_verifier", verifier);
        self.prove(&mut headers, &mut form, found, now)?;
        let (target, body) = (found.token_endpoint.clone(), form.finish().into());
        Ok(EgressRequest { method: Method::POST, target, headers, body })
    }

    /// Says who we are.
    fn prove(
        &self,
        headers: &mut HeaderMap,
        form: &mut Serializer<'_, String>,
        found: &Found,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let client_id = self.oidc.client_id.as_str();
        if let Some(key) = &self.oidc.key_file {
            let (audience, jti) = (found.document.token_endpoint.as_str(), random_id());
            let claims = Claims { client_id, audience, jti: &jti, now: now.secs(), secs: ASSERTION_SECS };
            let assertion = key.0.assertion(&claims).map_err(|_| Trouble::Unsigned)?;
            form.append_pair("client_id", client_id).append_pair("client_assertion_type", ASSERTION_TYPE);
            form.append_pair("client_assertion", &assertion);
            return Ok(());
        }
        let secret = self.oidc.client_secret.as_ref().map_or("", |secret| &secret.0);
        match found.document.secret_place {
            SecretPlace::Header => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = BASE64_STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)));
                let mut basic = HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| Trouble::Unsigned)?;
                basic.set_sensitive(true);
                headers.insert(AUTHORIZATION, basic);
            }
            SecretPlace::Form => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret);
            }
        }
        Ok(())
    }
}

/// The error as one of OAuth's words, so that nothing else comes into a log. Source: RFC 6749, section 5.2.
fn word(error: &str) -> Option<&'static str> {
    const WORDS: [&str; 5] =
        ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"];
    WORDS.into_iter().find(|word| *word == error)
}
