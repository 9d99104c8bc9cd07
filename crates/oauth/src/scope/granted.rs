//! Which scopes a client gets of those that it asks for.
//!
//! A scope is granted as it was asked for, or not at all. It is granted where it is registered in the same words, or where
//! what is registered allows all of it: `system/Task.rs` under `system/*.read`, `system/Task.rs?status=requested` under
//! `system/Task.rs`. The answer says what was granted.
//! Source: RFC 6749, section 3.3; SMART App Launch 2.2, "Scopes and Launch Context".

use super::{Query, ResourceScope, Scope, Subject};

/// A client that refreshes its token asks for more than it was granted. Source: RFC 6749, section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is wider than what was granted")]
pub struct WiderScope;

/// Says of a scope with a query whether it can be decided of a resource that it fits. Others are granted to nobody: they would either
/// open nothing or too much.
pub type Decided<'d> = &'d dyn Fn(&str) -> bool;

/// With how many values all scopes of a client compare at most that have a query: each is looked up for each resource of a search.
pub const LIMIT_VALUES_MAX: usize = 200;

/// The scopes that a client gets: those it asks for that are within what it is registered for, all that is registered when
/// it asks for none. Nothing when nothing is left. Letter case counts.
#[must_use]
pub fn granted(registered: &[String], asked: Option<&str>, decided: Decided<'_>) -> Option<Vec<String>> {
    let granted: Vec<String> = match wished(asked) {
        None => registered.to_vec(),
        Some(asked) => asked.into_iter().filter(|scope| is_within(scope, registered)).map(str::to_owned).collect(),
    };
    let granted = bounded(granted, decided);
    (!granted.is_empty()).then_some(granted)
}

/// Without what cannot be decided, and what would be too much.
pub(super) fn bounded(mut scopes: Vec<String>, decided: Decided<'_>) -> Vec<String> {
    let mut left = LIMIT_VALUES_MAX;
    scopes.retain(|scope| match query_of(scope) {
        None => true,
        Some(query) => {
            let after = left.checked_sub(values(&query)).filter(|_| decided(scope));
            left = after.unwrap_or(left);
            after.is_some()
        }
    });
    scopes
}

/// With how many values scopes compare that have a query.
#[must_use]
pub fn limit_values(scopes: &[String]) -> usize {
    scopes.iter().filter_map(|scope| query_of(scope)).map(|query| values(&query)).sum()
}

fn values(query: &Query) -> usize {
    query.parameters().map(|parameter| parameter.values.len()).sum()
}

fn query_of(scope: &str) -> Option<Query> {
    match scope.parse() {
        Ok(Scope::Resource(scope)) => scope.query,
        Ok(Scope::Launch(_) | Scope::Identity(_) | Scope::Lasting(_)) | Err(_) => None,
    }
}

/// What is left of scopes that were granted before, since registrations change. Of none, nothing is: to have asked for none is
/// another thing.
#[must_use]
pub fn still(registered: &[String], granted: &[String]) -> Vec<String> {
    granted.iter().filter(|scope| is_within(scope, registered)).cloned().collect()
}

/// The scopes of a token that follows another: the same when none are asked for, or fewer. `granted` is what the user
/// let the client have at first, and not what the last token held.
///
/// # Errors
/// [`WiderScope`] when one of them is more than was granted, or cannot be granted: it is not left out silently.
pub fn narrowed(granted: &[String], asked: Option<&str>, decided: Decided<'_>) -> Result<Vec<String>, WiderScope> {
    let Some(asked) = wished(asked) else { return Ok(granted.to_vec()) };
    if !asked.iter().all(|scope| is_within(scope, granted)) {
        return Err(WiderScope);
    }
    let count = asked.len();
    let scopes = bounded(asked.into_iter().map(str::to_owned).collect(), decided);
    if scopes.len() == count { Ok(scopes) } else { Err(WiderScope) }
}

/// What is asked for, each once; nothing when there is no wish.
fn wished(asked: Option<&str>) -> Option<Vec<&str>> {
    let mut wished = Vec::new();
    for scope in asked?.split(' ').filter(|scope| !scope.is_empty()) {
        if !wished.contains(&scope) {
            wished.push(scope);
        }
    }
    (!wished.is_empty()).then_some(wished)
}

/// Whether all that a scope allows is allowed by others.
fn is_within(asked: &str, allowed: &[String]) -> bool {
    if allowed.iter().any(|one| one == asked) {
        return true;
    }
    let Ok(Scope::Resource(asked)) = asked.parse() else { return false };
    let mut letters = 0;
    for one in allowed {
        match one.parse() {
            Ok(Scope::Resource(one)) if reaches(&one, &asked) => letters |= one.permissions.letters().0,
            _ => {}
        }
    }
    let missing = asked.permissions.letters().0 & !letters;
    missing == 0
}

/// Whether a scope is about all resources that another is about, whatever may be done with them.
fn reaches(wide: &ResourceScope, narrow: &ResourceScope) -> bool {
    let subject = match (&wide.subject, &narrow.subject) {
        (Subject::EveryType, Subject::EveryType | Subject::Type(_)) | (Subject::Messaging, Subject::Messaging) => true,
        (Subject::Type(wide), Subject::Type(narrow)) => wide == narrow,
        (Subject::EveryType, Subject::Messaging)
        | (Subject::Type(_), Subject::EveryType | Subject::Messaging)
        | (Subject::Messaging, Subject::EveryType | Subject::Type(_)) => false,
    };
    let query = match (&wide.query, &narrow.query) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.is_within(wide),
    };
    wide.level == narrow.level && subject && query
}

#[cfg(test)]
mod tests {
    use super::still;

    #[test]
    fn of_no_scopes_that_were_granted_none_is_left() {
        let owned = |scopes: &[&str]| scopes.iter().map(ToString::to_string).collect::<Vec<_>>();
        let registered = owned(&["system/*.read", "openid"]);
        let granted = owned(&["system/Task.rs", "system/Task.u", "openid"]);
        assert_eq!(still(&registered, &granted), owned(&["system/Task.rs", "openid"]));
        assert_eq!(still(&registered, &[]), owned(&[]));
        assert_eq!(still(&[], &granted), owned(&[]));
    }
}
