//! What people can let apps have.

use super::{
    Decided, IdentityScope, Letter, Letters, Level, Permissions, PermissionsV1, ResourceScope, Scope, bit,
    granted::bounded,
};

/// The scopes that can be put to a person, of those that an app is registered with and asks for; narrower where only a part of
/// one can be had. An app is told in its answer what it has.
///
/// Left out: what systems have, what has a query that is not decided, and writing that is bound to one patient.
#[must_use]
pub fn for_person(scopes: &[String], decided: Decided<'_>) -> Vec<String> {
    let mut offered = Vec::new();
    for text in scopes {
        let scope = match text.parse() {
            Ok(Scope::Resource(scope)) => narrowed(scope).map(|scope| scope.to_string()),
            Ok(Scope::Launch(_) | Scope::Identity(_) | Scope::Lasting(_)) => Some(text.clone()),
            Err(_) => None,
        };
        offered.extend(scope.filter(|scope| !offered.contains(scope)));
    }
    bounded(offered, decided)
}

/// Whether the app is told which resource stands for the person: in ID tokens, and when a token is looked into.
#[must_use]
pub fn tells_fhir_user(scopes: &[String]) -> bool {
    scopes
        .iter()
        .any(|scope| matches!(scope.parse(), Ok(Scope::Identity(IdentityScope::FhirUser | IdentityScope::Profile))))
}

fn narrowed(scope: ResourceScope) -> Option<ResourceScope> {
    match scope.level {
        Level::System => None,
        Level::User => Some(scope),
        Level::Patient => {
            let permissions = reading(scope.permissions)?;
            Some(ResourceScope { permissions, ..scope })
        }
    }
}

/// The part that only reads.
fn reading(permissions: Permissions) -> Option<Permissions> {
    match permissions {
        Permissions::V1(PermissionsV1::Read | PermissionsV1::All) => Some(Permissions::V1(PermissionsV1::Read)),
        Permissions::V1(PermissionsV1::Write) => None,
        Permissions::V2(Letters(letters)) => {
            let reads = letters & (bit(Letter::Read) | bit(Letter::Search));
            (reads != 0).then_some(Permissions::V2(Letters(reads)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_person;

    #[track_caller]
    fn check(asked: &[&str], expected: &[&str]) {
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        assert_eq!(for_person(&asked, &|scope| !scope.contains("unknown")), expected, "{asked:?}");
    }

    #[test]
    fn what_nobody_can_let_an_app_have_is_left_out() {
        check(&["system/*.rs", "system/Messaging.write", "patient/Task.cud", "patient/*.write", "other"], &[]);
        check(&["patient/Task.rs?unknown=requested", "user/Task.rs?status=requested&unknown=a"], &[]);
        check(&["system/Task.rs?status=requested", "patient/Task.cud?status=requested"], &[]);
    }

    #[test]
    fn a_query_goes_with_what_can_be_had() {
        let asked = ["patient/Task.cruds?status=a%2Cb&_id=1", "user/Task.cud?status=requested"];
        check(&asked, &["patient/Task.rs?status=a%2Cb&_id=1", "user/Task.cud?status=requested"]);
    }

    #[test]
    fn what_is_bound_to_a_patient_is_read() {
        check(
            &["patient/*.cruds", "patient/Task.*", "patient/Task.r"],
            &["patient/*.rs", "patient/Task.read", "patient/Task.r"],
        );
        check(&["patient/*.rs", "patient/*.cruds"], &["patient/*.rs"]);
    }

    #[test]
    fn the_rest_is_offered_as_it_is() {
        let rest =
            ["launch", "launch/patient", "openid", "fhirUser", "offline_access", "user/*.cruds", "user/Task.write"];
        check(&rest, &rest);
    }
}
