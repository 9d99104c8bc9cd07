//! May this caller read resources of a type, and which of them?

use super::{
    Caller,
    scope::{Level, covering, is_cruds},
};
use crate::refusal::Refusal;

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

/// How far a caller may look, of all that its partner may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At all of it.
    All,
    /// At what is about the patient with this id.
    Patient(String),
}

/// What has to be known of a resource to say whether it is within reach.
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// FHIR type.
    pub resource_type: &'s str,
    /// Logical id.
    pub id: &'s str,
    /// The ids of the patients that it says it is about.
    pub patients: &'s [&'s str],
    /// Whether it belongs to the referral of the patient that is looked for.
    pub same_referral: bool,
}

impl Reach {
    /// Whether a resource is within it: the patient, what says that it is about the patient, and what says nothing of the kind
    /// and belongs to the patient's referral, such as who refers. A Bundle has others inside, so it is about nobody.
    #[must_use]
    pub fn has(&self, subject: &Subject<'_>) -> bool {
        let Reach::Patient(patient) = self else { return true };
        match (subject.resource_type, subject.patients) {
            ("Patient", _) => subject.id == patient,
            ("Bundle", _) => false,
            (_, []) => subject.same_referral,
            (_, patients) => patients.contains(&patient.as_str()),
        }
    }
}

/// Decides whether a caller may look at resources of a type, and how far.
///
/// Both versions of SMART's scopes count: `system/Patient.read`, and `system/Patient.rs` with `r` to read and `s` to search.
/// A person's app with scopes of the level `patient` alone sees the patient of its launch, and nothing where there is none. A
/// system is nobody's app: all levels mean to it what its partner may see.
///
/// # Errors
/// [`Refusal::MissingScope`] when no scope covers it.
pub fn may_read(caller: &Caller, resource_type: &str, looking: Looking) -> Result<Reach, Refusal> {
    let permits = |permission: &str| match permission {
        "read" | "*" => true,
        letters => is_cruds(letters) && letters.contains(looking.letter()),
    };
    let levels = covering(caller, resource_type, permits);
    let patient = caller.person.as_ref().and_then(|person| person.patient.clone());
    match (levels.iter().any(|level| *level != Level::Patient || caller.is_system()), patient) {
        (true, _) => Ok(Reach::All),
        (false, Some(patient)) if !levels.is_empty() => Ok(Reach::Patient(patient)),
        (false, _) => {
            let level = caller.level();
            let needed = ["read", "rs"].map(|permission| format!("{level}/{resource_type}.{permission}")).to_vec();
            Err(Refusal::MissingScope { needed, granted: caller.scopes.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Looking, Reach, Subject, may_read};
    use crate::access::{Caller, Person};

    fn may(scope: &str, looking: Looking) -> bool {
        let caller = Caller::system("clinic-a".into(), vec![scope.to_owned()]);
        may_read(&caller, "Patient", looking).is_ok()
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
            assert_eq!(may_read(caller, "Task", looking).ok(), expected, "{caller:?}");
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
        ["system/Patient.sr", "system/Patient.rr", "system/Patient.rx", "system/Patient.rs?code=1"]
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
        check_reach(&person(&["patient/*.rs"], Some("1")), Some(Reach::Patient("1".to_owned())));
    }

    #[test]
    fn an_app_gets_of_a_person_what_the_person_has_and_not_what_a_system_has() {
        check_reach(&person(&["system/*.rs", "system/*.*"], Some("1")), None);
        check_reach(&person(&["user/*.rs"], None), Some(Reach::All));
        check_reach(&person(&["patient/*.rs", "user/Task.rs"], Some("1")), Some(Reach::All));
    }

    #[test]
    fn within_reach_of_a_patient_is_what_is_about_the_patient() {
        let reach = Reach::Patient("1".to_owned());
        let about = |resource_type, id, patients: &[&str], same_referral| {
            reach.has(&Subject { resource_type, id, patients, same_referral })
        };
        assert!(about("Patient", "1", &[], false) && !about("Patient", "2", &[], true));
        assert!(about("Task", "t", &["1"], false) && !about("Task", "t", &["2"], true));
        assert!(about("Practitioner", "p", &[], true) && !about("Practitioner", "p", &[], false));
        assert!(!about("Bundle", "b", &[], true));
        let all = Subject { resource_type: "Patient", id: "2", patients: &[], same_referral: false };
        assert!(Reach::All.has(&all));
    }
}
