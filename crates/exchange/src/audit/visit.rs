//! A request to an exchange of referrals that changed no referral, as the audit keeps it: who read what, and who was refused.

use crate::id::ReferralId;

/// What a partner came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errand {
    /// To hand in a message.
    Message,
    /// To read a resource.
    Read,
    /// To read an older version of one.
    VersionRead,
    /// To read all versions of one.
    History,
    /// To find resources.
    Search,
    /// To make a resource.
    Create,
    /// To change a resource.
    Update,
    /// To take the paper of a document.
    Paper,
    /// To read what it may have missed.
    CatchUp,
    /// To say up to where it has read.
    CaughtUp,
    /// To see where it is told.
    Endpoint,
    /// To change where it is told, or how.
    EndpointChange,
    /// To have that tried.
    EndpointTrial,
    /// To get a token.
    Token,
    /// To look into a token.
    Introspection,
    /// To take a token back.
    Revocation,
    /// To log in, as a person.
    Login,
    /// To log out.
    Logout,
    /// To say what an app may do.
    Consent,
    /// To launch an app.
    Launch,
    /// To read the audit itself.
    Audit,
}

impl Errand {
    /// All of them.
    pub const ALL: [Errand; 21] = [
        Errand::Message,
        Errand::Read,
        Errand::VersionRead,
        Errand::History,
        Errand::Search,
        Errand::Create,
        Errand::Update,
        Errand::Paper,
        Errand::CatchUp,
        Errand::CaughtUp,
        Errand::Endpoint,
        Errand::EndpointChange,
        Errand::EndpointTrial,
        Errand::Token,
        Errand::Introspection,
        Errand::Revocation,
        Errand::Login,
        Errand::Logout,
        Errand::Consent,
        Errand::Launch,
        Errand::Audit,
    ];

    /// The word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Errand::Message => "message",
            Errand::Read => "read",
            Errand::VersionRead => "version-read",
            Errand::History => "history",
            Errand::Search => "search",
            Errand::Create => "create",
            Errand::Update => "update",
            Errand::Paper => "paper",
            Errand::CatchUp => "catch-up",
            Errand::CaughtUp => "caught-up",
            Errand::Endpoint => "endpoint",
            Errand::EndpointChange => "endpoint-change",
            Errand::EndpointTrial => "endpoint-trial",
            Errand::Token => "token",
            Errand::Introspection => "introspection",
            Errand::Revocation => "revocation",
            Errand::Login => "login",
            Errand::Logout => "logout",
            Errand::Consent => "consent",
            Errand::Launch => "launch",
            Errand::Audit => "audit",
        }
    }
}

/// What a partner came for, and how it ended. Nothing in it was written by the caller: no id that it chose, no parameter of a
/// search. So a revoke has nothing to clear here, and what the audit says stays whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// What for.
    pub errand: Errand,
    /// HTTP status of the answer.
    pub status: u16,
    /// The rule that was broken; empty for an answer that is no refusal.
    pub code: String,
    /// The type of resource that was asked for; empty where that is none, or none of FHIR's.
    pub resource_type: String,
    /// The referrals of which something was shown, or of which the partner said that it knows, in the order of their ids and none
    /// twice.
    pub referrals: Vec<ReferralId>,
}
