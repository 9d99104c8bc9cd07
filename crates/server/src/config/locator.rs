//! Values that only record locators have.

use baton_dialects::nrl::{Values, Wording};
use baton_exchange::pointer::Ods;
use serde::{Deserialize, de::Error};

/// A file of value sets, read with the configuration that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueSetFile(pub Values);

impl<'de> Deserialize<'de> for ValueSetFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let file = String::deserialize(deserializer)?;
        let text = std::fs::read_to_string(&file).map_err(|error| D::Error::custom(format!("{file}: {error}")))?;
        Values::parse(&text).map(ValueSetFile).map_err(|error| D::Error::custom(format!("{file}: {error}")))
    }
}

/// The edition whose texts are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordingName(pub Wording);

impl<'de> Deserialize<'de> for WordingName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let names: Vec<&str> = Wording::ALL.into_iter().filter_map(Wording::name).collect();
        let wrong = || D::Error::custom(format!("there is no wording `{name}`: there are {}", names.join(", ")));
        Wording::named(&name).map(WordingName).ok_or_else(wrong)
    }
}

/// The code of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OdsCode(pub Ods);

impl<'de> Deserialize<'de> for OdsCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format!("`{code}` is no code of an organisation: 1 to 12 letters and digits"));
        Ods::parse(&code).map(OdsCode).ok_or_else(wrong)
    }
}
