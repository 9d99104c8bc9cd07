//! How far a caller reaches, of all that its partner may see: what its scopes cover together.

use super::{Limit, limit::Condition};
use crate::resource::IndexKey;

/// How far a caller may look, or write, of all that its partner may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To all of it.
    All,
    /// To what is in one of these parts. There is at least one.
    Parts(Vec<Part>),
}

/// What one scope covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Only what is about the patient with this id.
    pub patient: Option<String>,
    /// Only what fits this.
    pub limit: Limit,
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
    /// By what it is found, before that is blinded.
    pub keys: &'s [IndexKey],
}

impl Reach {
    /// What parts cover together; nothing where there are none. One without a limit covers what limited ones beside it do.
    pub(super) fn of(parts: Vec<Part>) -> Option<Reach> {
        let is_whole = |part: &Part| part.patient.is_none() && part.limit.is_none();
        if parts.iter().any(is_whole) {
            return Some(Reach::All);
        }
        let unlimited = parts.iter().find(|part| part.limit.is_none()).cloned();
        let mut kept: Vec<Part> = Vec::new();
        for part in parts {
            let is_covered = unlimited.as_ref().is_some_and(|whole| part != *whole && part.patient == whole.patient);
            if !is_covered && !kept.contains(&part) {
                kept.push(part);
            }
        }
        (!kept.is_empty()).then_some(Reach::Parts(kept))
    }

    /// What is about one patient.
    #[must_use]
    pub fn patient(id: &str) -> Reach {
        Reach::Parts(vec![Part { patient: Some(id.to_owned()), limit: Limit::default() }])
    }

    /// Its parts; none where it is all.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        match self {
            Reach::All => &[],
            Reach::Parts(parts) => parts,
        }
    }

    /// The patient that a part of it is about; there is never more than one.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        self.parts().iter().find_map(|part| part.patient.as_deref())
    }

    /// Whether a part of it is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.parts().iter().any(|part| !part.limit.is_none())
    }

    /// Whether a resource is within it.
    #[must_use]
    pub fn has(&self, subject: &Subject<'_>) -> bool {
        match self {
            Reach::All => true,
            Reach::Parts(parts) => parts.iter().any(|part| part.has(subject)),
        }
    }
}

impl Part {
    /// Whether a resource is in it.
    #[must_use]
    pub fn has(&self, subject: &Subject<'_>) -> bool {
        self.is_about(subject) && self.limit.fits(subject.id, subject.keys)
    }

    /// Whether a resource is about its patient: the patient, what says that it is about the patient, and what says nothing of the
    /// kind and belongs to the patient's referral, such as who refers. A Bundle has others inside, so it is about nobody.
    #[must_use]
    pub fn is_about(&self, subject: &Subject<'_>) -> bool {
        let Some(patient) = &self.patient else { return true };
        match (subject.resource_type, subject.patients) {
            ("Patient", _) => subject.id == patient,
            ("Bundle", _) => false,
            (_, []) => subject.same_referral,
            (_, patients) => patients.contains(&patient.as_str()),
        }
    }

    /// The conditions of its limit.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        self.limit.conditions()
    }
}

#[cfg(test)]
mod tests {
    use super::{IndexKey, Limit, Part, Reach, Subject};
    use crate::search::References;

    fn part(patient: Option<&str>, query: &str) -> Part {
        let limit = match query {
            "" => Limit::default(),
            query => Limit::read("Task", query, References::Ours).expect("a limit"),
        };
        Part { patient: patient.map(str::to_owned), limit }
    }

    #[test]
    fn within_reach_of_a_patient_is_what_is_about_the_patient() {
        let reach = Reach::patient("1");
        let about = |resource_type, id, patients: &[&str], same_referral| {
            reach.has(&Subject { resource_type, id, patients, same_referral, keys: &[] })
        };
        assert!(about("Patient", "1", &[], false) && !about("Patient", "2", &[], true));
        assert!(about("Task", "t", &["1"], false) && !about("Task", "t", &["2"], true));
        assert!(about("Practitioner", "p", &[], true) && !about("Practitioner", "p", &[], false));
        assert!(!about("Bundle", "b", &[], true));
        let all = Subject { resource_type: "Patient", id: "2", patients: &[], same_referral: false, keys: &[] };
        assert!(Reach::All.has(&all));
    }

    /// Threat: T33
    #[test]
    fn of_several_parts_one_is_enough_and_each_has_to_fit_as_a_whole() {
        let reach = Reach::of(vec![part(Some("1"), "status=a"), part(None, "status=b")]).expect("two parts");
        let has = |patients: &[&str], code: &str| {
            let keys = [IndexKey::status(code)];
            reach.has(&Subject { resource_type: "Task", id: "t", patients, same_referral: true, keys: &keys })
        };
        assert!(has(&["1"], "a") && has(&["1"], "b") && has(&["2"], "b"));
        assert!(!has(&["2"], "a") && !has(&["1"], "c") && has(&[], "a"));
    }

    #[test]
    fn what_is_covered_without_a_limit_is_not_limited() {
        assert_eq!(Reach::of(vec![part(None, "status=a"), part(None, "")]), Some(Reach::All));
        assert_eq!(Reach::of(vec![part(Some("1"), "status=a"), part(Some("1"), "")]), Some(Reach::patient("1")));
        let both = vec![part(Some("1"), ""), part(None, "status=a")];
        assert_eq!(Reach::of(both.clone()), Some(Reach::Parts(both)));
        let twice = vec![part(None, "status=a"), part(None, "status=a")];
        assert_eq!(Reach::of(twice).map(|reach| reach.parts().len()), Some(1));
        assert_eq!(Reach::of(Vec::new()), None);
    }
}
