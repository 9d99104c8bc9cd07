//! Scopes of SMART that cover resources, in both versions. Source: SMART App Launch 1 and 2, "Scopes for requesting FHIR resources".

use super::Caller;

/// Whose resources a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Patient,
    User,
    System,
}

/// The levels at which a caller's scopes cover something that is done to resources of a type. `permits` looks at what stands
/// behind the dot. Scopes that are narrowed by a query (`?…`) are not understood and so cover nothing.
///
/// What a person lets an app have is never more than their own: a scope of the level `system` is for clients that ask for
/// themselves.
pub(super) fn covering(caller: &Caller, resource_type: &str, permits: impl Fn(&str) -> bool) -> Vec<Level> {
    let covers = |scope: &String| {
        let (level, rest) = scope.split_once('/')?;
        let (covered, permission) = rest.split_once('.')?;
        let level = match level {
            "patient" => Level::Patient,
            "user" => Level::User,
            "system" if caller.is_system() => Level::System,
            _ => return None,
        };
        ((covered == resource_type || covered == "*") && permits(permission)).then_some(level)
    };
    caller.scopes.iter().filter_map(covers).collect()
}

/// The letters of `cruds`, each at most once and in that order.
pub(super) fn is_cruds(letters: &str) -> bool {
    let mut rest = "cruds";
    letters.chars().all(|letter| match rest.split_once(letter) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}
