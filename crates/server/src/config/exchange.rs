//! `[[exchange]]`: one mounted API.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{BasePath, Delay, Id, KeyFile, ValueSetFile, WordingName};

/// One mounted API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Its name.
    pub id: Spanned<Id>,
    /// Which guide it speaks.
    pub dialect: Spanned<DialectName>,
    /// Where it is mounted.
    pub path: Spanned<BasePath>,
    /// How much is repaired.
    #[serde(default)]
    pub mode: ModeName,
    /// How long answers are kept for resends.
    #[serde(default = "reliable_cache_default")]
    pub reliable_cache: Delay,
    /// netsmart: an ontario exchange to which everything is submitted, too.
    pub bridge: Option<Spanned<Id>>,
    /// nrl: whether audit tokens must be signed.
    #[serde(default)]
    pub jwt: JwtCheck,
    /// nrl: a file with the keys that audit tokens may be signed with, a JSON Web Key Set.
    pub jwt_jwks_file: Option<Spanned<KeyFile>>,
    /// nrl: whether the times of audit tokens are looked at.
    #[serde(default)]
    pub jwt_times: JwtTimes,
    /// nrl: the ASID that `toASID` must name.
    #[serde(default = "spine_asid_default")]
    pub spine_asid: Id,
    /// nrl: texts of another edition.
    pub wording: Option<Spanned<WordingName>>,
    /// nrl: hosts of the secure proxy.
    #[serde(default)]
    pub ssp_hosts: Vec<String>,
    /// nrl: whether the displays of codes may be any.
    #[serde(default)]
    pub lenient_display: bool,
    /// nrl: a file with other value sets than the guide's.
    pub value_sets: Option<Spanned<ValueSetFile>>,
}

fn spine_asid_default() -> Id {
    Id("999999999999".to_owned())
}

fn reliable_cache_default() -> Delay {
    Delay(Duration::from_secs(1440 * 60))
}

/// The guides that a configuration may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DialectName {
    /// Netsmart Referral Manager.
    Netsmart,
    /// Ontario eReferral.
    Ontario,
    /// NHS National Record Locator.
    Nrl,
}

impl DialectName {
    /// The name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DialectName::Netsmart => "netsmart",
            DialectName::Ontario => "ontario",
            DialectName::Nrl => "nrl",
        }
    }
}

/// How much is repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModeName {
    /// What partners are known to send is repaired, with a warning each.
    #[default]
    Compat,
    /// It is refused.
    Strict,
}

/// Whether the times of audit tokens are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JwtTimes {
    /// A token is good for five minutes.
    #[default]
    Checked,
    /// Old tokens are taken, too.
    Ignored,
}

/// Whether audit tokens must be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JwtCheck {
    /// They must.
    #[default]
    Signed,
    /// They need not, because mutual TLS stands in front.
    Unsigned,
}
