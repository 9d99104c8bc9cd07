//! Takes over a pointer that was made before, elsewhere or in another store.

use super::{Pointer, PointerState};
use crate::decision::Assert;

/// Who gave a pointer its version and its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A locator did, before: the same version of it has the same body everywhere.
    Before,
    /// They are given now, at least one of them: what it is known by is its id alone, made from what it says.
    Now,
}

/// What becomes of a pointer that is to be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is new here: to be written while this is still true.
    New(Vec<Assert>),
    /// It is here already, as it is or changed since.
    There,
    /// It cannot be taken over.
    Not(NotAdopted),
}

/// Why a pointer cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdopted {
    /// Another pointer of this patient has, or had, its masterIdentifier.
    MasterIdentifierTaken,
    /// It was here, and its custodian removed it.
    Removed,
    /// It is here with other content.
    Differs,
    /// It is here in an older version. Pointers here change by their custodians' requests only.
    Newer,
}

/// Decides whether a pointer is taken over. `here` is the pointer with its id, `namesake` the patient's with its
/// masterIdentifier.
#[must_use]
pub fn adopt(pointer: &Pointer, stamp: Stamp, here: Option<&Pointer>, namesake: Option<&Pointer>) -> Adoption {
    if let Some(here) = here {
        return known(pointer, stamp, here);
    }
    if namesake.is_some() {
        return Adoption::Not(NotAdopted::MasterIdentifierTaken);
    }
    let Pointer { home, subject, .. } = *pointer;
    Adoption::New(pointer.master.map(|master| Assert::NoPointer { home, subject, master }).into_iter().collect())
}

fn known(pointer: &Pointer, stamp: Stamp, here: &Pointer) -> Adoption {
    if here.state == PointerState::Removed {
        return Adoption::Not(NotAdopted::Removed);
    }
    match stamp {
        Stamp::Now => Adoption::There,
        Stamp::Before if here.subject != pointer.subject => Adoption::Not(NotAdopted::Differs),
        Stamp::Before if here.version > pointer.version => Adoption::There,
        Stamp::Before if here.version < pointer.version => Adoption::Not(NotAdopted::Newer),
        Stamp::Before if here.body == pointer.body => Adoption::There,
        Stamp::Before => Adoption::Not(NotAdopted::Differs),
    }
}

#[cfg(test)]
mod tests {
    use super::{Adoption, NotAdopted, Stamp, adopt};
    use crate::{
        decision::Assert,
        id::Home,
        pointer::{MasterKey, Ods, Pointer, PointerId, PointerState, SubjectKey},
        time::Timestamp,
    };

    fn pointer() -> Pointer {
        Pointer {
            id: PointerId([1; 26]),
            home: Home(1),
            subject: SubjectKey([1; 16]),
            custodian: Ods::parse("RR8").expect("a code"),
            record_type: "plan".to_owned(),
            master: Some(MasterKey([1; 16])),
            state: PointerState::Superseded,
            version: 2,
            created: Timestamp(1),
            updated: Timestamp(2),
            body: b"{}".to_vec(),
        }
    }

    #[track_caller]
    fn check(stamp: Stamp, here: Pointer, expected: Adoption) {
        assert_eq!(adopt(&pointer(), stamp, Some(&here), Some(&here)), expected);
    }

    #[test]
    fn a_masteridentifier_of_another_pointer_is_not_taken_over() {
        let other = Pointer { id: PointerId([2; 26]), ..pointer() };
        let expected = Adoption::Not(NotAdopted::MasterIdentifierTaken);
        assert_eq!(adopt(&pointer(), Stamp::Before, None, Some(&other)), expected);
    }

    /// Threat: T54
    #[test]
    fn a_removed_pointer_does_not_come_back() {
        for stamp in [Stamp::Before, Stamp::Now] {
            let removed = Pointer { state: PointerState::Removed, version: 3, ..pointer() };
            check(stamp, removed, Adoption::Not(NotAdopted::Removed));
        }
    }

    #[test]
    fn the_same_version_with_another_body_is_another_pointer() {
        check(Stamp::Before, Pointer { body: b"[]".to_vec(), ..pointer() }, Adoption::Not(NotAdopted::Differs));
        check(Stamp::Before, Pointer { version: 1, ..pointer() }, Adoption::Not(NotAdopted::Newer));
        let of_another = Pointer { version: 3, subject: SubjectKey([2; 16]), ..pointer() };
        check(Stamp::Before, of_another, Adoption::Not(NotAdopted::Differs));
    }

    #[test]
    fn what_is_here_is_there_also_when_it_has_changed_since() {
        check(Stamp::Before, pointer(), Adoption::There);
        check(Stamp::Before, Pointer { version: 3, body: b"[]".to_vec(), ..pointer() }, Adoption::There);
        check(Stamp::Now, Pointer { version: 1, body: b"[]".to_vec(), ..pointer() }, Adoption::There);
    }

    #[test]
    fn what_is_not_here_is_new_while_its_masteridentifier_is_free() {
        let Pointer { home, subject, .. } = pointer();
        let free = Assert::NoPointer { home, subject, master: MasterKey([1; 16]) };
        assert_eq!(adopt(&pointer(), Stamp::Now, None, None), Adoption::New(vec![free]));
        let unnamed = Pointer { master: None, ..pointer() };
        assert_eq!(adopt(&unnamed, Stamp::Now, None, None), Adoption::New(Vec::new()));
    }
}
