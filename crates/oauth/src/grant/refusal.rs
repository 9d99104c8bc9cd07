//! Why there is no token. Source: RFC 6749, section 5.2.

use crate::assertion::{ASSERTION_TYPE, AssertionRefusal};

/// Why there is no token. Each has one code of RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The request is no form.
    #[error("the request must be application/x-www-form-urlencoded")]
    NotAForm,
    /// A parameter came twice.
    #[error("a parameter is repeated")]
    Repeated,
    /// A parameter stands in the address.
    #[error("the parameters belong into the form, and not into the address")]
    InAddress,
    /// There is no grant type.
    #[error("grant_type is missing")]
    NoGrantType,
    /// The grant type is not offered.
    #[error("this grant_type is not offered")]
    OtherGrantType,
    /// A parameter that this grant needs is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The client showed two kinds of credentials at once.
    #[error("a client authenticates in one way only")]
    TwoWays,
    /// The client showed no credentials that can be read.
    #[error("client authentication is missing or cannot be read")]
    NoCredentials,
    /// The client sent an assertion of another kind.
    #[error("client_assertion comes with the client_assertion_type {ASSERTION_TYPE}")]
    OtherAssertionType,
    /// The client sent an assertion that is not good.
    #[error("{}", .0.told())]
    WrongAssertion(AssertionRefusal),
    /// Nobody of that name has that secret.
    #[error("the client is not known or its secret is wrong")]
    WrongCredentials,
    /// The client may not ask in this way.
    #[error("this grant_type is not registered for this client")]
    NotForThisClient,
    /// The code or the refresh token is not good: not known, over, used before, or somebody else's. The client is not
    /// told which, because who has stolen one must not learn what it is worth.
    #[error("the code or refresh token is not good, or does not belong to this request")]
    WrongGrant,
    /// Nothing of what was asked for is registered for the client, or was granted.
    #[error("none of these scopes is registered for this client")]
    NoScope,
}

impl TokenRefusal {
    /// The code in the answer.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TokenRefusal::NotAForm
            | TokenRefusal::Repeated
            | TokenRefusal::InAddress
            | TokenRefusal::NoGrantType
            | TokenRefusal::Missing(_)
            | TokenRefusal::TwoWays => "invalid_request",
            TokenRefusal::OtherGrantType => "unsupported_grant_type",
            TokenRefusal::NoCredentials | TokenRefusal::OtherAssertionType | TokenRefusal::WrongCredentials => {
                "invalid_client"
            }
            TokenRefusal::WrongAssertion(refusal) => refusal.code(),
            TokenRefusal::NotForThisClient => "unauthorized_client",
            TokenRefusal::WrongGrant => "invalid_grant",
            TokenRefusal::NoScope => "invalid_scope",
        }
    }
}
