//! By what others prove who they are: public keys, in the configuration itself or in a file beside it, and hashes of secrets.

use baton_oauth::{
    client::SecretHash,
    jws::{KeySet, KeySetError},
};
use serde::{Deserialize, de::Error};

/// A file of public keys that tokens of others are checked with, read with the configuration that names it.
#[derive(Clone, Debug)]
pub struct KeyFile(pub KeySet);

impl<'de> Deserialize<'de> for KeyFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        in_file(deserializer, KeySet::read).map(KeyFile)
    }
}

/// A file of a client's public keys, read in the same way. Each of them has to be good for its assertions.
#[derive(Clone, Debug)]
pub struct ClientKeyFile(pub KeySet);

impl<'de> Deserialize<'de> for ClientKeyFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        in_file(deserializer, KeySet::of_client).map(ClientKeyFile)
    }
}

fn in_file<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
    read: impl Fn(&str) -> Result<KeySet, KeySetError>,
) -> Result<KeySet, D::Error> {
    let file = String::deserialize(deserializer)?;
    let text = std::fs::read_to_string(&file).map_err(|error| D::Error::custom(format!("{file}: {error}")))?;
    read(&text).map_err(|error| D::Error::custom(format!("{file}: {error}")))
}

/// A client's JSON Web Key Set, written as a table: `{ keys = [{ kty = "EC", … }] }`.
#[derive(Clone, Debug)]
pub struct KeysInPlace(pub KeySet);

impl<'de> Deserialize<'de> for KeysInPlace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let set = serde_json::Value::deserialize(deserializer)?;
        KeySet::of_client(&set.to_string()).map(KeysInPlace).map_err(D::Error::custom)
    }
}

/// The SHA-256 of a secret in hex. What is random enough to be a secret of a program (256 bits) cannot be guessed, so that a fast
/// hash does for it; for what a person could remember it would not.
#[derive(Clone, Debug)]
pub struct HashedSecret(pub SecretHash);

impl<'de> Deserialize<'de> for HashedSecret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the text is not repeated: it may be the secret itself
        let wrong = "this is no SHA-256 in 64 hex digits: `printf %s SECRET | sha256sum` prints one";
        let text = String::deserialize(deserializer)?;
        SecretHash::from_hex(&text).map(HashedSecret).ok_or_else(|| D::Error::custom(wrong))
    }
}
