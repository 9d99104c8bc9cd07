//! May this caller read resources of a type?

use super::{
    Caller,
    scope::{covers, is_cruds},
};
use crate::refusal::Refusal;

/// Decides whether a caller may read, and search, resources of a type.
///
/// Both versions of SMART's scopes count: `system/Patient.read`, and `system/Patient.rs` with `r` or `s` among its
/// letters. Scopes that are narrowed by a query (`?…`) are not understood and so cover nothing.
///
/// # Errors
/// [`Refusal::MissingScope`] when no scope covers it.
pub fn may_read(caller: &Caller, resource_type: &str) -> Result<(), Refusal> {
    if caller.scopes.iter().any(|scope| covers(scope, resource_type, permits_read)) {
        return Ok(());
    }
    let needed = vec![format!("system/{resource_type}.read"), format!("system/{resource_type}.rs")];
    Err(Refusal::MissingScope { needed, granted: caller.scopes.clone() })
}

fn permits_read(permission: &str) -> bool {
    match permission {
        "read" | "*" => true,
        letters => is_cruds(letters) && letters.contains(['r', 's']),
    }
}

#[cfg(test)]
mod tests {
    use super::may_read;
    use crate::access::Caller;

    fn check(scope: &str, may: bool) {
        let caller = Caller { partner: "clinic-a".into(), scopes: vec![scope.to_owned()] };
        assert_eq!(may_read(&caller, "Patient").is_ok(), may, "{scope}");
    }

    #[test]
    fn what_does_not_say_read_does_not_cover_it() {
        let others = ["system/Patient.write", "system/Patient.cud", "system/Patient.", "system/Patient", "openid", ""];
        others.iter().for_each(|scope| check(scope, false));
    }

    /// Threat: T31
    #[test]
    fn another_type_or_level_does_not_count() {
        ["system/Group.read", "system/patient.read", "tenant/Patient.read", "Patient.read"]
            .iter()
            .for_each(|s| check(s, false));
    }

    /// Threat: T31
    #[test]
    fn letters_in_another_order_are_no_scope() {
        ["system/Patient.sr", "system/Patient.rr", "system/Patient.rx", "system/Patient.rs?code=1"]
            .iter()
            .for_each(|scope| check(scope, false));
    }

    #[test]
    fn both_versions_cover_reading() {
        for level in ["patient", "user", "system"] {
            for rest in ["Patient.read", "Patient.*", "*.read", "*.*", "Patient.r", "*.s", "Patient.rs", "*.cruds"] {
                check(&format!("{level}/{rest}"), true);
            }
        }
    }
}
