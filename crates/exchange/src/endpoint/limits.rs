//! How long the texts of an endpoint may be, and what may stand in them.

use super::{Given, Grant, Wanted};
use crate::refusal::Refusal;

/// How many events an endpoint may list: more than any guide has.
pub const EVENTS_MAX: usize = 100;
/// How long the code of an event may be.
pub const EVENT_CHARS_MAX: usize = 100;
/// How long an address, a token or any other text may be.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// Decides whether the texts can be kept and sent. Whether addresses may be called is another question.
///
/// # Errors
/// [`Refusal::ParameterInvalid`] with the name of the part.
pub fn check_texts(wanted: &Wanted) -> Result<(), Refusal> {
    let Wanted { url, events, token, grant } = wanted;
    check("url", url)?;
    if events.len() > EVENTS_MAX || events.iter().any(|event| !is_event(event)) {
        return Err(wrong("events", "at most 100 codes of events of at most 100 characters, or *"));
    }
    if let Given::Set(token) = token {
        check("token", token.show())?;
    }
    let Given::Set(Grant { token_url, client_id, client_secret, scope }) = grant else { return Ok(()) };
    check("oauth.token_url", token_url)?;
    check("oauth.client_id", client_id)?;
    check("oauth.client_secret", client_secret.show())?;
    match scope {
        Some(scope) if !scope.split(' ').all(is_visible) || scope.len() > TEXT_CHARS_MAX => {
            Err(wrong("oauth.scope", "scopes with one space between them"))
        }
        Some(_) | None => Ok(()),
    }
}

fn check(name: &'static str, text: &str) -> Result<(), Refusal> {
    if is_visible(text) && text.len() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    Err(wrong(name, "1 to 4000 visible ASCII characters without spaces"))
}

/// Events are words with single spaces, such as `PUT Bundle`.
fn is_event(event: &str) -> bool {
    event.len() <= EVENT_CHARS_MAX && event.split(' ').all(is_visible)
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn wrong(name: &str, expected: &'static str) -> Refusal {
    Refusal::ParameterInvalid { name: name.to_owned(), expected }
}
