//! Why nobody logged in at a provider. Nothing in it names a person.

use baton_oauth::provider::{CameRefusal, DocumentFault, IdentityRefusal};

use crate::egress::EgressError;

/// Why nobody logged in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// It cannot be called, or does not answer as it should.
    #[error("the provider cannot be reached")]
    Unreachable(#[from] EgressError),
    /// It did not answer well a moment ago, and is not asked again at once.
    #[error("the provider did not answer well a moment ago")]
    Resting,
    /// It answers with an error.
    #[error("the provider's {what} answers {status}{}", said.map(|said| format!(" ({said})")).unwrap_or_default())]
    Status {
        /// What was asked.
        what: &'static str,
        /// The status.
        status: u16,
        /// One of OAuth's words, where it has one.
        said: Option<&'static str>,
    },
    /// What it says of itself is of no use.
    #[error("the provider's openid-configuration is of no use: {0}")]
    Document(#[from] DocumentFault),
    /// An address of it may not be called.
    #[error("the provider's {0} is at {1}, which is neither its issuer's origin nor among `origins` of [login.oidc]")]
    Origin(&'static str, String),
    /// An address of it cannot be called.
    #[error("the provider's {0} cannot be called")]
    Address(&'static str),
    /// It gives no ID token.
    #[error("the provider's token endpoint gives no ID token")]
    NoToken,
    /// It does not publish the key.
    #[error("the provider publishes no key of the ID token's name, or its keys cannot be had")]
    NoKey,
    /// We cannot say who we are.
    #[error("the assertion for the provider cannot be signed")]
    Unsigned,
    /// The answer is not to be looked at.
    #[error(transparent)]
    Came(#[from] CameRefusal),
    /// The ID token proves nothing.
    #[error(transparent)]
    Identity(#[from] IdentityRefusal),
    /// The provider let nobody in.
    #[error("the provider let nobody in: {0}")]
    Nobody(String),
    /// The person has nothing to be known by.
    #[error("the ID token has no {0} that may be used (an email has to be verified)")]
    NoClaim(String),
}

/// Whose turn it is to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The person's.
    Person,
    /// The operator's here or there, now or later.
    Provider,
}

impl Trouble {
    /// Whose turn it is to do something. What anybody can put into the address of an answer (another answer's code, an error, an
    /// issuer) is nobody's trouble but theirs: it would fill the log otherwise.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Trouble::Nobody(why) if says_we_are_wrong(why) => Fault::Provider,
            Trouble::Nobody(_)
            | Trouble::NoClaim(_)
            | Trouble::Came(_)
            | Trouble::Identity(IdentityRefusal::Nonce | IdentityRefusal::TooLongAgo)
            | Trouble::Status { said: Some("invalid_grant"), .. } => Fault::Person,
            Trouble::Unreachable(_)
            | Trouble::Resting
            | Trouble::Status { .. }
            | Trouble::Document(_)
            | Trouble::Origin(..)
            | Trouble::Address(_)
            | Trouble::NoToken
            | Trouble::NoKey
            | Trouble::Unsigned
            | Trouble::Identity(_) => Fault::Provider,
        }
    }
}

/// Whether an error is about how Baton asks, or about the provider itself, so that nobody who tries again gets further.
/// Source: RFC 6749, section 4.1.2.1.
fn says_we_are_wrong(error: &str) -> bool {
    matches!(
        error,
        "invalid_request"
            | "invalid_scope"
            | "server_error"
            | "temporarily_unavailable"
            | "unauthorized_client"
            | "unsupported_response_type"
    )
}
