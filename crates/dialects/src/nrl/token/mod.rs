//! The audit token: who says to ask, for which organisation, and why. It is no credential; the connection proves who calls.
//! Source: NRL "Access Tokens and Audit (JWT)"; docs/dialects/nrl.md.

mod check;
mod claims;
mod time;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_exchange::{audit::Agent, pointer::Ods};

pub(crate) use check::check;
pub(crate) use time::check_times;

use super::{Locator, fault::Fault};
use crate::Mode;
use claims::Claims;

/// Whether tokens have to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTrust {
    /// With a key that is known.
    Signed,
    /// They need not, because mutual TLS stands in front.
    Unsigned,
}

/// Whether the times of tokens are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTimes {
    /// A token is good for five minutes.
    Checked,
    /// Old tokens are taken, too.
    Ignored,
}

/// Checks the signature of a whole token; nothing where no keys are known.
pub type Verify<'v> = Option<&'v dyn Fn(&str) -> bool>;

/// What a token has to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To read or find pointers.
    Read,
    /// To make or change them.
    Write,
    /// To fetch records.
    Fetch,
}

/// For whom a token was made. Source: NRL "Access Tokens and Audit (JWT)", 2.8, the three modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody who works for the organisation.
    Professional,
    /// A patient, by NHS number.
    Citizen(String),
    /// Nobody: a system by itself.
    Unattended,
}

/// A token whose claims hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) holder: Holder,
    /// The number of the system that it was made for.
    pub(crate) asid: String,
    /// The organisation of that system.
    pub(crate) ods: Ods,
    /// What the audit keeps of it.
    pub(crate) agent: Agent,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
}

/// Reads the header `Authorization`: its three sections, and the claims in the second one.
pub(super) fn read(locator: &Locator, header: Option<&str>, verify: Verify<'_>) -> Result<Claims, Fault> {
    let token = compact(locator, header.map(str::trim).unwrap_or_default());
    if token.is_empty() {
        return Err(Fault::TokenMissing);
    }
    let sections: Vec<&str> = token.split('.').collect();
    let [_, claims, signature] = sections[..] else { return Err(Fault::TokenSections) };
    if claims.is_empty() {
        return Err(Fault::TokenEmpty);
    }
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).map_err(|_| Fault::TokenUnreadable)?;
    let claims = Claims::read(&bytes).ok_or(Fault::TokenUnreadable)?;
    let is_trusted = match (locator.trust, signature.is_empty(), verify) {
        (TokenTrust::Signed, true, _) | (TokenTrust::Signed, false, None) => false,
        (TokenTrust::Unsigned, true, _) | (TokenTrust::Unsigned, false, None) => true,
        (_, false, Some(verify)) => verify(token),
    };
    if is_trusted { Ok(claims) } else { Err(Fault::TokenUntrusted) }
}

/// The token without its scheme, which some leave out.
fn compact<'h>(locator: &Locator, header: &'h str) -> &'h str {
    let (scheme, token) = header.split_once(char::is_whitespace).unwrap_or(("", header));
    let may_be_bare = locator.mode == Mode::Compat && locator.wording.takes_bare_tokens();
    match scheme {
        "" if may_be_bare && !header.eq_ignore_ascii_case("bearer") => header,
        scheme if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    }
}
