//! Scopes of SMART that cover resources, in both versions. Source: SMART App Launch 1 and 2, "Scopes for requesting FHIR resources".

/// Whether a scope covers something that is done to resources of a type. `permits` looks at what stands behind the dot.
/// Scopes that are narrowed by a query (`?…`) are not understood and so cover nothing.
pub(super) fn covers(scope: &str, resource_type: &str, permits: impl FnOnce(&str) -> bool) -> bool {
    let Some((level, rest)) = scope.split_once('/') else {
        return false;
    };
    let Some((covered, permission)) = rest.split_once('.') else {
        return false;
    };
    matches!(level, "patient" | "user" | "system")
        && (covered == resource_type || covered == "*")
        && permits(permission)
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
