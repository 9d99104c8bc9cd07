//! A client secret that is made here: it is shown once, and the configuration has its hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use baton_oauth::client::SecretHash;

use super::Unable;

/// 256 random bits, in letters that need no escape anywhere.
pub(super) struct NewSecret(String);

impl NewSecret {
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn make() -> Result<NewSecret, Unable> {
        let mut chance = [0; 32];
        getrandom::fill(&mut chance).map_err(|error| Unable::Output(std::io::Error::other(error.to_string())))?;
        Ok(NewSecret(BASE64_URL_SAFE_NO_PAD.encode(chance)))
    }

    /// What its owner gets.
    pub(super) fn show(&self) -> &str {
        &self.0
    }

    /// What the configuration gets.
    pub(super) fn hash(&self) -> String {
        SecretHash::of(&self.0).to_hex()
    }
}
