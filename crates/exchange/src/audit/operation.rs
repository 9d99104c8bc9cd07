//! What an operator did at the machine, as the audit keeps it. Which operator it was only the machine's own accounts can say.

use crate::{
    id::{PartnerId, ReferralId},
    time::Timestamp,
};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A person got an account.
    AccountAdded,
    /// An account was closed.
    AccountDisabled,
    /// It was opened again.
    AccountEnabled,
    /// It got another password.
    PasswordChanged,
    /// Its person logs in elsewhere.
    Linked,
    /// What went on in its name was ended.
    LoggedOut,
    /// It was changed where a partner is told, or how.
    EndpointChanged,
    /// Notices that were given up were sent again.
    Resent,
    /// Lines of the audit were listed.
    Listed,
    /// Queries were asked for, by who has the key that opens them.
    Opened,
    /// What is personal was dropped from lines of the audit.
    Redacted,
    /// It was said that lines are lost because the database was restored from a copy.
    Restored,
}

impl Deed {
    /// All of them.
    pub const ALL: [Deed; 12] = [
        Deed::AccountAdded,
        Deed::AccountDisabled,
        Deed::AccountEnabled,
        Deed::PasswordChanged,
        Deed::Linked,
        Deed::LoggedOut,
        Deed::EndpointChanged,
        Deed::Resent,
        Deed::Listed,
        Deed::Opened,
        Deed::Redacted,
        Deed::Restored,
    ];

    /// The word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Deed::AccountAdded => "account-added",
            Deed::AccountDisabled => "account-disabled",
            Deed::AccountEnabled => "account-enabled",
            Deed::PasswordChanged => "password-changed",
            Deed::Linked => "linked",
            Deed::LoggedOut => "logged-out",
            Deed::EndpointChanged => "endpoint-changed",
            Deed::Resent => "resent",
            Deed::Listed => "listed",
            Deed::Opened => "opened",
            Deed::Redacted => "redacted",
            Deed::Restored => "restored",
        }
    }
}

/// What an operator did, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What.
    pub deed: Deed,
    /// Of which partner.
    pub partner: Option<PartnerId>,
    /// To which account, by its subject.
    pub account: Option<String>,
    /// About which referral.
    pub referral: Option<ReferralId>,
    /// About what was before this moment.
    pub before: Option<Timestamp>,
    /// To how many: lines of the audit, or notices.
    pub lines: u64,
}

impl Operation {
    /// A deed, to nothing yet.
    #[must_use]
    pub fn of(deed: Deed) -> Operation {
        Operation { deed, partner: None, account: None, referral: None, before: None, lines: 0 }
    }
}
