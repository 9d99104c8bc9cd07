//! Public keys of others: in the configuration itself, or in a file beside it.

use baton_oauth::jws::KeySet;
use serde::{Deserialize, de::Error};

/// A file of public keys, read with the configuration that names it.
#[derive(Clone, Debug)]
pub struct KeyFile(pub KeySet);

impl<'de> Deserialize<'de> for KeyFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let file = String::deserialize(deserializer)?;
        let text = std::fs::read_to_string(&file).map_err(|error| D::Error::custom(format!("{file}: {error}")))?;
        KeySet::read(&text).map(KeyFile).map_err(|error| D::Error::custom(format!("{file}: {error}")))
    }
}

/// A JSON Web Key Set, written as a table: `{ keys = [{ kty = "EC", … }] }`.
#[derive(Clone, Debug)]
pub struct KeysInPlace(pub KeySet);

impl<'de> Deserialize<'de> for KeysInPlace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let set = serde_json::Value::deserialize(deserializer)?;
        KeySet::read(&set.to_string()).map(KeysInPlace).map_err(D::Error::custom)
    }
}
