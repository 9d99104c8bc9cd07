//! Logins at somebody else's: an OpenID provider says who a person is, and we are its client.
//! Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; OpenID Connect Discovery 1.0; RFC 7636; RFC 9207; RFC 9700, section 4.4.

mod answer;
mod document;
mod identity;

pub use answer::{Came, CameRefusal, came};
pub use document::{Document, DocumentFault, SecretPlace, document_url, is_issuer, is_safe};
pub use identity::{ClaimedIdentity, Identity, IdentityRefusal, Wanted, claimed};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::pkce::METHOD;

/// What a person's browser takes to the provider.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// What we are called there.
    pub client_id: &'q str,
    /// Where the answer comes.
    pub redirect_uri: &'q str,
    /// What is asked for.
    pub scope: &'q str,
    /// By what the answer is known again.
    pub state: &'q str,
    /// What the ID token has to say.
    pub nonce: &'q str,
    /// What the code is tied to, in plain; only its hash is sent.
    pub verifier: &'q str,
    /// How the person is to be asked, where that matters.
    pub prompt: Option<&'q str>,
    /// How long ago they may have logged in there, in seconds, where that matters: the answer then has to say when they did.
    pub max_age: Option<u32>,
}

impl Question<'_> {
    /// The parameters, with names as OpenID has them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        let mut parameters = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client_id.to_owned()),
            ("redirect_uri", self.redirect_uri.to_owned()),
            ("scope", self.scope.to_owned()),
            ("state", self.state.to_owned()),
            ("nonce", self.nonce.to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", METHOD.to_owned()),
        ];
        parameters.extend(self.prompt.map(|prompt| ("prompt", prompt.to_owned())));
        parameters.extend(self.max_age.map(|secs| ("max_age", secs.to_string())));
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::Question;
    use crate::pkce::Challenge;

    #[test]
    fn a_question_is_tied_to_its_verifier_and_does_not_show_it() {
        let verifier = "v".repeat(43);
        let question = Question {
            client_id: "baton",
            redirect_uri: "https://i.example/oauth/login/callback",
            scope: "openid",
            state: "s",
            nonce: "n",
            verifier: &verifier,
            prompt: Some("login"),
            max_age: Some(0),
        };
        let parameters = question.parameters();
        let value = |name| parameters.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str());
        let challenge = Challenge::read(value("code_challenge"), value("code_challenge_method")).expect("a challenge");
        assert!(challenge.is_met(&verifier) && parameters.iter().all(|(_, value)| *value != verifier));
        assert_eq!((value("response_type"), value("state"), value("prompt")), (Some("code"), Some("s"), Some("login")));
        assert_eq!(value("max_age"), Some("0"));
    }
}
