//! Why an attempt did not deliver a notice. It says nothing of what was sent or where: people read it in lists.

/// Why an attempt did not deliver a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// The partner answered, but did not take it.
    Status(u16),
    /// Nobody answers at the address, or its name is not known.
    Unreachable,
    /// The partner took too long.
    Timeout,
    /// Its certificate cannot be trusted.
    Untrusted,
    /// The connection broke, or what came is no HTTP.
    Broken,
    /// Its answer says that it does not take this now, and may later.
    Postponed,
    /// Its answer, or the rules of the exchange that it is, say no to what is in the notice.
    Refused,
    /// The address is not one that may be called.
    Forbidden,
    /// The partner is not registered for this exchange, or says nowhere where it wants to be told.
    NoEndpoint,
    /// The partner's token endpoint gives no token that could be shown.
    NoToken,
    /// The partner has no part any more in what it was to be told of: nothing was sent.
    NoPart,
    /// What is kept of the notice is damaged: nothing could be sent.
    Damaged,
}

impl Trouble {
    /// As a word that is stored and counted.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Trouble::Status(status) => format!("status-{status}"),
            Trouble::Unreachable => "unreachable".to_owned(),
            Trouble::Timeout => "timeout".to_owned(),
            Trouble::Untrusted => "untrusted".to_owned(),
            Trouble::Broken => "broken".to_owned(),
            Trouble::Postponed => "postponed".to_owned(),
            Trouble::Refused => "refused".to_owned(),
            Trouble::Forbidden => "forbidden".to_owned(),
            Trouble::NoEndpoint => "no-endpoint".to_owned(),
            Trouble::NoToken => "no-token".to_owned(),
            Trouble::NoPart => "no-part".to_owned(),
            Trouble::Damaged => "damaged".to_owned(),
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Trouble> {
        if let Some(status) = code.strip_prefix("status-") {
            return status.parse().ok().map(Trouble::Status);
        }
        let plain = [
            Trouble::Unreachable,
            Trouble::Timeout,
            Trouble::Untrusted,
            Trouble::Broken,
            Trouble::Postponed,
            Trouble::Refused,
            Trouble::Forbidden,
            Trouble::NoEndpoint,
            Trouble::NoToken,
            Trouble::NoPart,
            Trouble::Damaged,
        ];
        plain.into_iter().find(|trouble| trouble.code() == code)
    }
}

impl std::fmt::Display for Trouble {
    /// For people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Status(status) => write!(f, "answered {status}"),
            Trouble::Unreachable => f.write_str("cannot be reached"),
            Trouble::Timeout => f.write_str("takes too long"),
            Trouble::Untrusted => f.write_str("cannot be trusted"),
            Trouble::Broken => f.write_str("connection broke"),
            Trouble::Postponed => f.write_str("does not take it now"),
            Trouble::Refused => f.write_str("refuses it"),
            Trouble::Forbidden => f.write_str("address may not be called"),
            Trouble::NoEndpoint => f.write_str("has no endpoint"),
            Trouble::NoToken => f.write_str("gives no token"),
            Trouble::NoPart => f.write_str("has no part in it any more"),
            Trouble::Damaged => f.write_str("is told nothing: what is kept of it is damaged"),
        }
    }
}
