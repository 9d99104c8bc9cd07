//! The guides: what each asks for, in tables, and one small module for what tables cannot say.
//!
//! A message takes two steps here. [`arrive`] reads and checks it and knows nothing but the message; [`settle`] decides, with
//! what the store remembers. Both are pure, so the loop around them may ask and decide again.

mod arrived;
mod audit_agents;
mod audit_entities;
mod audit_event;
pub mod bridge;
mod leniency;
pub mod netsmart;
pub mod nrl;
mod oauth_uris;
pub mod ontario;
mod outcomes;
mod read;
mod rules;
mod sample;
mod template;
mod veil;
mod verdict;
mod way;

pub use arrived::{Arrived, Posted, arrive};
pub use audit_event::{audit_event, audit_events};
pub use oauth_uris::OauthUris;
pub use outcomes::{Refused, refuse};
pub use verdict::{Accepted, Context, Made, NewIds, Verdict, settle};
pub use way::{PatchLanguage, Way};

use baton_exchange::{
    id::{ExchangeId, ReferralId},
    resource::IndexKey,
    search::{self, References},
};
use baton_fhir::{
    format::Format,
    tree::{Node, Tree},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A guide that speaks in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Netsmart Referral Manager: referrals by FHIR R4 messages.
    Netsmart,
    /// Ontario eReferral in all its versions: referrals that several parties work on.
    Ontario,
}

impl Dialect {
    /// The dialect that the configuration calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Dialect> {
        match name {
            "netsmart" => Some(Dialect::Netsmart),
            "ontario" => Some(Dialect::Ontario),
            _ => None,
        }
    }

    /// The FHIR version that it speaks, as in the parameter `fhirVersion` of media types.
    #[must_use]
    pub fn fhir_version(self) -> &'static str {
        match self {
            Dialect::Netsmart | Dialect::Ontario => "4.0",
        }
    }
}

/// What is done about faults that partners are known to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Repairs them, with one warning for each.
    Compat,
    /// Refuses them, with the identity and the answers of plain FHIR.
    Strict,
}

/// One mounted API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The exchange that it is.
    pub exchange: ExchangeId,
    /// Its guide.
    pub dialect: Dialect,
    /// How strictly the guide is taken.
    pub mode: Mode,
    /// Public address without a slash at the end, for example `https://referrals.example.org/netsmart/v4`.
    /// Empty when a message is checked without a server: then it is not asked whether it is addressed here.
    pub base: String,
    /// How long answers are kept for resends, in seconds.
    pub reliable_cache_secs: i64,
    /// How many entries a message may have.
    pub bundle_entries_max: usize,
    /// Who is registered, in exchanges whose partners work on the same referrals.
    pub directory: ontario::Directory,
    /// With what search keys of such an exchange are blinded, so that they tell nothing to whoever gets hold of the store.
    pub blind: [u8; 32],
}

impl Mount {
    /// A search key as the store gets it. A plain key is a hash without a secret, so whoever has the store could try all
    /// health card numbers; where referrals are sealed, their keys are blinded, too.
    #[must_use]
    pub fn blinded(&self, key: IndexKey) -> IndexKey {
        match self.dialect {
            Dialect::Netsmart => key,
            Dialect::Ontario => {
                // HMAC takes a secret of any length, so the other branch is never taken
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.blind) else { return key };
                mac.update(&key.0);
                let mut short = [0; 16];
                short.copy_from_slice(&mac.finalize().into_bytes()[..16]);
                IndexKey(short)
            }
        }
    }
}

impl Mount {
    /// How it keeps references.
    #[must_use]
    pub fn references(&self) -> References {
        match self.dialect {
            Dialect::Netsmart => References::OfSender,
            Dialect::Ontario => References::Ours,
        }
    }

    /// By what a resource of a referral is found, before that is blinded, as far as it says so by itself: what limits of scopes are
    /// compared with.
    #[must_use]
    pub fn keys_of(&self, referral: ReferralId, resource: Node<'_>) -> Vec<IndexKey> {
        match self.references() {
            References::OfSender => search::keys_of(resource),
            References::Ours => ontario::keys_of(resource, &referral.to_string()),
        }
    }
}

/// The format of an answer to somebody who asks for none. `request` is the format of the request's body, if it had one.
#[must_use]
pub fn default_format(mount: &Mount, request: Option<Format>) -> Format {
    match (mount.dialect, mount.mode) {
        (Dialect::Netsmart, Mode::Compat) => Format::Xml,
        (Dialect::Netsmart, Mode::Strict) | (Dialect::Ontario, _) => request.unwrap_or(Format::Json),
    }
}

/// What this mount says of itself at `metadata`, and where keys to it are had.
#[must_use]
pub fn capability_statement(mount: &Mount, keys: &OauthUris<'_>, software_version: &str) -> Tree {
    match mount.dialect {
        Dialect::Netsmart => netsmart::capability_statement(mount, keys, software_version),
        Dialect::Ontario => ontario::capability_statement(mount, keys, software_version),
    }
}

/// The resources that `metadata` refers to. Each has an id and a url; they are served by both.
#[must_use]
pub fn conformance_resources(mount: &Mount) -> Vec<Tree> {
    match mount.dialect {
        Dialect::Netsmart => netsmart::conformance_resources(mount),
        Dialect::Ontario => ontario::conformance_resources(mount),
    }
}

#[cfg(test)]
mod tests {
    use baton_exchange::resource::IndexKey;

    use super::{Dialect, Mode, Mount, ontario};

    fn mount(dialect: Dialect, blind: [u8; 32]) -> Mount {
        Mount {
            exchange: "e".into(),
            dialect,
            mode: Mode::Compat,
            base: String::new(),
            reliable_cache_secs: 0,
            bundle_entries_max: 1,
            directory: ontario::Directory::default(),
            blind,
        }
    }

    #[test]
    fn a_blinded_key_depends_on_the_secret_and_on_the_key() {
        let (one, two) = (IndexKey::patient("1"), IndexKey::patient("2"));
        let blinded = |blind, key| mount(Dialect::Ontario, [blind; 32]).blinded(key);
        assert_ne!(blinded(1, one), one);
        assert_ne!(blinded(1, one), blinded(2, one));
        assert_ne!(blinded(1, one), blinded(1, two));
        assert_eq!(blinded(1, one), blinded(1, one));
    }

    #[test]
    fn where_referrals_are_not_sealed_keys_stay_as_they_are() {
        assert_eq!(mount(Dialect::Netsmart, [1; 32]).blinded(IndexKey::patient("1")), IndexKey::patient("1"));
    }
}
