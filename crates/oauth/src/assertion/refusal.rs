//! Why an assertion is not good.

use super::{ASSERTION_BYTES_MAX, ASSERTION_SECS_MAX, NAME_BYTES_MAX};
use crate::jws::{NotCompact, NotOne};

/// Why an assertion is not good. The words are for the operator's log and hold nothing of the assertion; what the client
/// is told is the same for all of them, because who guesses must not learn how near the guess was: see
/// [`AssertionRefusal::told`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefusal {
    /// It is longer than anything that is looked at.
    #[error("the assertion is longer than {ASSERTION_BYTES_MAX} bytes")]
    TooLong,
    /// It is no signed token in compact form.
    #[error("the assertion is not three parts in base64url without padding, each with something in it")]
    NotCompact,
    /// Its header cannot be read.
    #[error("the header of the assertion is not one JSON object in which each member stands once")]
    Header,
    /// Its claims cannot be read.
    #[error("the claims of the assertion are not one JSON object in which each member stands once")]
    Claims,
    /// It is signed in a way that is not good.
    #[error("alg must be RS384 or ES384")]
    Algorithm,
    /// It brings keys along, or needs what is not understood.
    #[error("the header must not have jwk, x5u, x5c or crit")]
    HeaderMember,
    /// It says that it is something else.
    #[error("typ must be JWT")]
    Type,
    /// It names no key.
    #[error("kid must be a text of 1 to {NAME_BYTES_MAX} bytes")]
    NoKeyId,
    /// It names keys at another place than the registered one.
    #[error("jku is not the address of keys that is registered for the client")]
    KeyUrl,
    /// It names no client.
    #[error("iss must be the client's id")]
    NoClient,
    /// Who made it and whom it is about differ.
    #[error("iss and sub must both be the client's id")]
    TwoClients,
    /// The form names another client.
    #[error("client_id is not the client of the assertion")]
    OtherClient,
    /// Nobody of that name is registered, or not with keys.
    #[error("no client of that id is registered with keys")]
    UnknownClient,
    /// No key of that name signs that way.
    #[error("the client has no key of that kid which fits alg")]
    NoKey,
    /// Several keys have that name.
    #[error("the client has more than one key of that kid")]
    ManyKeys,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
    /// It is meant for somebody else, or for several.
    #[error("aud must be one text: the address of this token endpoint, or the issuer")]
    Audience,
    /// A time is no time.
    #[error("exp, iat and nbf must be whole numbers of seconds since 1970")]
    NoTime,
    /// It never expires.
    #[error("exp is missing")]
    NoExpiry,
    /// It is over.
    #[error("exp is past")]
    Expired,
    /// It would be good for too long.
    #[error("exp is more than {ASSERTION_SECS_MAX} seconds ahead")]
    ExpiresTooLate,
    /// It does not count yet.
    #[error("iat or nbf is in the future")]
    FromTheFuture,
    /// It has no number of its own.
    #[error("jti must be a text of 1 to {NAME_BYTES_MAX} bytes")]
    NoNumber,
    /// Its number was used before.
    #[error("an assertion of that jti was used before")]
    Replayed,
}

impl AssertionRefusal {
    /// The code in the answer. Source: RFC 7521, section 4.2.1; SMART App Launch 2.2 (`invalid_client` for all of them).
    #[must_use]
    pub fn code(self) -> &'static str {
        "invalid_client"
    }

    /// The words in the answer.
    #[must_use]
    pub fn told(self) -> &'static str {
        "the client is not known or its assertion is not good: it is an RS384 or ES384 JWT with kid, iss and sub (the client's \
         id), aud (this token endpoint, as one text), exp (at most 300 seconds ahead) and a jti that was not used before"
    }
}

impl From<NotCompact> for AssertionRefusal {
    fn from(not: NotCompact) -> AssertionRefusal {
        match not {
            NotCompact::Parts => AssertionRefusal::NotCompact,
            NotCompact::Header => AssertionRefusal::Header,
            NotCompact::Claims => AssertionRefusal::Claims,
        }
    }
}

impl From<NotOne> for AssertionRefusal {
    fn from(not: NotOne) -> AssertionRefusal {
        match not {
            NotOne::None => AssertionRefusal::NoKey,
            NotOne::Many => AssertionRefusal::ManyKeys,
        }
    }
}
