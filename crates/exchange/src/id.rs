//! Names of things: each kind has a type of its own, so that they cannot be mixed up.

use sha2::{Digest, Sha256};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A mounted API, `[[exchange]] id` in the configuration.
    ExchangeId,
    /// A registered organisation's system, `[[partner]] id` in the configuration.
    PartnerId,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);

        impl std::fmt::Display for $name {
            /// Written as a UUID.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                for (index, byte) in self.0.iter().enumerate() {
                    if matches!(index, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }
    )+};
}

numbers! {
    /// A referral, whatever its parties call it. Time-ordered (UUID version 7).
    ReferralId,
    /// A message that was accepted. Time-ordered (UUID version 7).
    MessageId,
    /// Something to tell one partner. Time-ordered (UUID version 7); the same at every attempt.
    NoticeId,
}

/// Where rows live: the referrals of one partner in one exchange, or all those of an exchange. Every table has it as its first key, so that a
/// sharded database can be distributed by it and no commit needs two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Home(pub i64);

impl Home {
    /// The home of what that partner submitted to that exchange.
    #[must_use]
    pub fn of(exchange: &ExchangeId, owner: &PartnerId) -> Home {
        Home::hashed(&[b"home", exchange.as_str().as_bytes(), owner.as_str().as_bytes()])
    }

    /// The home of all referrals of an exchange whose partners work on the same referrals: a message of any of them has to
    /// be committed with what it changes. See docs/decisions/0042.
    #[must_use]
    pub fn shared(exchange: &ExchangeId) -> Home {
        Home::hashed(&[b"shared-home", exchange.as_str().as_bytes()])
    }

    fn hashed(parts: &[&[u8]]) -> Home {
        let mut first = [0; 8];
        first.copy_from_slice(&short_hash(parts)[..8]);
        Home(i64::from_be_bytes(first))
    }
}

/// The first 16 bytes of SHA-256 over parts, each framed by its length so that no two lists of parts look alike.
#[must_use]
pub fn short_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize()[..16]);
    short
}
