//! May this caller make or change resources of a type?

use super::{
    Caller, Reach,
    scope::{Deed, reach},
};
use crate::{refusal::Refusal, search::References};

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Writing {
    /// A resource that is new.
    Create,
    /// Another version of one that is there.
    Update,
}

impl Writing {
    /// The letter of SMART's second version.
    fn letter(self) -> char {
        match self {
            Writing::Create => 'c',
            Writing::Update => 'u',
        }
    }
}

/// Decides whether a caller may make, or change, resources of a type, and which.
///
/// Both versions of SMART's scopes count: `system/Task.write`, and `system/Task.cu` with `c` for what is new and `u` for what is
/// changed. With a scope that has a query, what is there and what becomes of it both have to be within reach. An app that a person
/// let have scopes of the level `patient` changes nothing: what it would write could be about somebody else before or after.
///
/// # Errors
/// [`Refusal::MissingScope`] when no scope covers it.
pub fn may_write(
    caller: &Caller,
    resource_type: &str,
    writing: Writing,
    references: References,
) -> Result<Reach, Refusal> {
    let deed = Deed { word: "write", letter: writing.letter() };
    reach(caller, resource_type, deed, None, references).ok_or_else(|| may_not_write(caller, resource_type, writing))
}

/// What a caller is told whose scopes do not reach so far.
#[must_use]
pub fn may_not_write(caller: &Caller, resource_type: &str, writing: Writing) -> Refusal {
    let (level, letter) = (caller.level(), writing.letter());
    let needed = vec![format!("{level}/{resource_type}.write"), format!("{level}/{resource_type}.{letter}")];
    Refusal::MissingScope { needed, granted: caller.scopes.clone() }
}

#[cfg(test)]
mod tests {
    use super::{Reach, References, Writing, may_write};
    use crate::access::{Caller, Person};

    fn check(scope: &str, create: bool, update: bool) {
        let caller = Caller::system("clinic-a".into(), vec![scope.to_owned()]);
        assert_eq!(may_write(&caller, "Task", Writing::Create, References::Ours).is_ok(), create, "{scope}");
        assert_eq!(may_write(&caller, "Task", Writing::Update, References::Ours).is_ok(), update, "{scope}");
    }

    #[test]
    fn what_does_not_say_write_does_not_cover_it() {
        let others = ["system/Task.read", "system/Task.rds", "system/Task.", "system/Task", "openid", ""];
        others.iter().for_each(|scope| check(scope, false, false));
    }

    #[test]
    fn messages_are_another_matter() {
        ["system/Messaging.write", "system/Messaging.*"].iter().for_each(|scope| check(scope, false, false));
    }

    #[test]
    fn another_type_or_level_does_not_count() {
        ["system/Appointment.write", "system/task.write", "tenant/Task.write", "Task.write"]
            .iter()
            .for_each(|scope| check(scope, false, false));
    }

    /// Threat: T31
    #[test]
    fn letters_in_another_order_are_no_scope() {
        ["system/Task.uc", "system/Task.cc", "system/Task.cx", "system/Task.cu?code=1", "system/*.cu?_id=1"]
            .iter()
            .for_each(|scope| check(scope, false, false));
    }

    #[test]
    fn each_letter_covers_what_it_says() {
        for rest in ["Task.c", "Task.cr", "*.crds"] {
            check(&format!("system/{rest}"), true, false);
        }
        for rest in ["Task.u", "Task.ru", "*.ruds"] {
            check(&format!("system/{rest}"), false, true);
        }
    }

    #[test]
    fn both_versions_cover_writing() {
        for level in ["patient", "user", "system"] {
            for rest in ["Task.write", "Task.*", "*.write", "*.*", "Task.cu", "*.cud", "*.cruds"] {
                check(&format!("{level}/{rest}"), true, true);
            }
        }
    }

    #[test]
    fn an_app_writes_as_its_user_and_not_about_a_patient() {
        let person = Person {
            subject: "ada".to_owned(),
            app: "app".to_owned(),
            exchange: "ontario".into(),
            patient: Some("1".to_owned()),
        };
        for (scope, may) in [("user/Task.cud", true), ("patient/Task.cud", false), ("system/*.*", false)] {
            let system = Caller::system("clinic-a".into(), vec![scope.to_owned()]);
            let caller = Caller { person: Some(person.clone()), ..system };
            assert_eq!(may_write(&caller, "Task", Writing::Update, References::Ours).is_ok(), may, "{scope}");
        }
    }

    #[test]
    fn a_scope_with_a_query_lets_change_what_fits_it() {
        let caller = Caller::system("clinic-a".into(), vec!["system/Task.cu?status=a".to_owned()]);
        let reach = may_write(&caller, "Task", Writing::Update, References::Ours).expect("a part");
        assert!(reach.is_limited() && reach != Reach::All);
        assert!(may_write(&caller, "Appointment", Writing::Update, References::Ours).is_err());
    }
}
