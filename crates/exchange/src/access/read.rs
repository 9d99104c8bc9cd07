//! May this caller read resources of a type, and which of them?

use super::{
    Caller, Reach,
    scope::{Deed, reach},
};
use crate::{refusal::Refusal, search::References};

/// How somebody looks for resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Looking {
    /// One resource by its id, one version of it, or all of them.
    Read,
    /// All that fit.
    Search,
}

impl Looking {
    /// The letter of SMART's second version.
    fn letter(self) -> char {
        match self {
            Looking::Read => 'r',
            Looking::Search => 's',
        }
    }
}

/// Decides whether a caller may look at resources of a type, and how far.
///
/// Both versions of SMART's scopes count: `system/Patient.read`, and `system/Patient.rs` with `r` to read and `s` to search.
/// A person's app with scopes of the level `patient` alone sees the patient of its launch, and nothing where there is none. A
/// system is nobody's app: all levels mean to it what its partner may see. A scope with a query, such as
/// `user/Task.rs?status=requested`, opens what fits it; several scopes open what any of them does.
///
/// # Errors
/// [`Refusal::MissingScope`] when no scope covers it.
pub fn may_read(
    caller: &Caller,
    resource_type: &str,
    looking: Looking,
    references: References,
) -> Result<Reach, Refusal> {
    let patient = caller.person.as_ref().and_then(|person| person.patient.as_deref());
    let deed = Deed { word: "read", letter: looking.letter() };
    reach(caller, resource_type, deed, patient, references).ok_or_else(|| {
        let level = caller.level();
        let needed = ["read", "rs"].map(|permission| format!("{level}/{resource_type}.{permission}")).to_vec();
        Refusal::MissingScope { needed, granted: caller.scopes.clone() }
    })
}

#[cfg(test)]
mod tests {
    use super::{Looking, Reach, References, may_read};
    use crate::access::{Caller, Limit, Part, Person};

    fn may(scope: &str, looking: Looking) -> bool {
        let caller = Caller::system("clinic-a".into(), vec![scope.to_owned()]);
        may_read(&caller, "Patient", looking, References::Ours).is_ok()
    }

    fn check(scope: &str, may_both: bool) {
        let (read, search) = (may(scope, Looking::Read), may(scope, Looking::Search));
        assert_eq!((read, search), (may_both, may_both), "{scope}");
    }

    fn person(scopes: &[&str], patient: Option<&str>) -> Caller {
        let person = Person {
            subject: "ada".to_owned(),
            app: "app".to_owned(),
            exchange: "ontario".into(),
            patient: patient.map(str::to_owned),
        };
        let scopes = scopes.iter().map(ToString::to_string).collect();
        Caller { person: Some(person), ..Caller::system("clinic-a".into(), scopes) }
    }

    #[track_caller]
    fn check_reach(caller: &Caller, expected: Option<Reach>) {
        for looking in [Looking::Read, Looking::Search] {
            assert_eq!(may_read(caller, "Task", looking, References::Ours).ok(), expected, "{caller:?}");
        }
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
        [
            "system/Patient.sr",
            "system/Patient.rr",
            "system/Patient.rx",
            "system/Patient.rs?code=1",
            "system/*.rs?_id=1",
        ]
        .iter()
        .for_each(|scope| check(scope, false));
    }

    #[test]
    fn both_versions_cover_reading() {
        for level in ["patient", "user", "system"] {
            for rest in ["Patient.read", "Patient.*", "*.read", "*.*", "Patient.rs", "*.cruds"] {
                check(&format!("{level}/{rest}"), true);
            }
        }
    }

    #[test]
    fn each_letter_covers_what_it_says() {
        for (rest, read, search) in [("Patient.r", true, false), ("*.s", false, true), ("*.crd", true, false)] {
            let scope = format!("system/{rest}");
            assert_eq!((may(&scope, Looking::Read), may(&scope, Looking::Search)), (read, search), "{scope}");
        }
    }

    /// Threat: T32
    #[test]
    fn a_scope_about_the_patient_covers_nothing_without_one() {
        check_reach(&person(&["patient/*.rs"], None), None);
        check_reach(&person(&["patient/*.rs"], Some("1")), Some(Reach::patient("1")));
    }

    #[test]
    fn an_app_gets_of_a_person_what_the_person_has_and_not_what_a_system_has() {
        check_reach(&person(&["system/*.rs", "system/*.*"], Some("1")), None);
        check_reach(&person(&["user/*.rs"], None), Some(Reach::All));
        check_reach(&person(&["patient/*.rs", "user/Task.rs"], Some("1")), Some(Reach::All));
    }

    fn parts(of: &[(Option<&str>, &str)]) -> Option<Reach> {
        let limit = |query: &str| Limit::read("Task", query, References::Ours).expect("a limit");
        let part = |(patient, query): &(Option<&str>, &str)| Part {
            patient: patient.map(str::to_owned),
            limit: if query.is_empty() { Limit::default() } else { limit(query) },
        };
        Some(Reach::Parts(of.iter().map(part).collect()))
    }

    /// Threat: T33
    #[test]
    fn a_scope_with_a_query_reaches_what_fits_it_and_no_more() {
        let system = |scopes: &[&str]| Caller { person: None, ..person(scopes, None) };
        check_reach(&system(&["system/Task.rs?status=a"]), parts(&[(None, "status=a")]));
        check_reach(
            &system(&["system/Task.rs?status=a", "system/Task.read?_id=1"]),
            parts(&[(None, "status=a"), (None, "_id=1")]),
        );
        check_reach(&system(&["system/Task.rs?status=a", "system/*.rs"]), Some(Reach::All));
        check_reach(&system(&["system/Patient.rs?_id=a", "system/Task.cud?status=a", "system/Task.rs?foo=a"]), None);
        check_reach(&person(&["system/Task.rs?status=a", "patient/Task.rs?status=a"], None), None);
        check_reach(&person(&["patient/Task.rs?status=a"], Some("1")), parts(&[(Some("1"), "status=a")]));
        let both = person(&["patient/Task.rs", "user/Task.rs?status=a"], Some("1"));
        check_reach(&both, parts(&[(Some("1"), ""), (None, "status=a")]));
    }

    /// Threat: T33
    #[test]
    fn a_query_that_an_exchange_cannot_decide_opens_nothing_there() {
        let caller = Caller { person: None, ..person(&["system/Task.rs?patient=1"], None) };
        assert!(may_read(&caller, "Task", Looking::Read, References::Ours).is_ok());
        assert!(may_read(&caller, "Task", Looking::Read, References::OfSender).is_err());
    }
}
