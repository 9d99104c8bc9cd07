//! Who looked at pointers, for those who may ask. Source: NRL "Auditing", requests for audit information.

use super::{AuditRecord, Audited, AuditedPointer, PointerAccess};
use crate::{
    id::{ExchangeId, Home},
    pointer::{Ods, SubjectKey},
    time::Timestamp,
};

/// A patient whose trail is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailPatient {
    /// Where the patient's pointers live.
    pub home: Home,
    /// The patient.
    pub subject: SubjectKey,
}

/// Asks for lines of the audit, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailQuestion {
    /// Through which exchange.
    pub exchange: ExchangeId,
    /// Only lines about this patient.
    pub patient: Option<TrailPatient>,
    /// Only lines with a pointer of this owner.
    pub owner: Option<Ods>,
    /// Only lines with a pointer to records of this type. With an owner, one pointer has to fit both.
    pub record_type: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl TrailQuestion {
    /// Whether a line is asked for.
    #[must_use]
    pub fn fits(&self, record: &AuditRecord) -> bool {
        self.exchange == record.exchange
            && self.from.is_none_or(|from| record.at >= from)
            && self.until.is_none_or(|until| record.at < until)
            && match &record.what {
                Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => {
                    self.patient.is_none() && self.owner.is_none() && self.record_type.is_none()
                }
                Audited::Pointers(access) => self.fits_access(record.home, access),
            }
    }

    fn fits_access(&self, home: Home, access: &PointerAccess) -> bool {
        let fits = |pointer: &AuditedPointer| {
            self.owner.as_ref().is_none_or(|owner| pointer.custodian == *owner)
                && self.record_type.as_ref().is_none_or(|record_type| pointer.record_type == *record_type)
        };
        let is_about = |patient: TrailPatient| home == patient.home && access.subject == Some(patient.subject);
        let any_pointer = self.owner.is_none() && self.record_type.is_none();
        self.patient.is_none_or(is_about) && (any_pointer || access.pointers.iter().any(fits))
    }
}

/// The part of a line that an owner of pointers may see: its own pointers. Nothing when there is none among them.
#[must_use]
pub fn owned_part(mut record: AuditRecord, owner: &Ods) -> Option<AuditRecord> {
    match &mut record.what {
        Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => None,
        Audited::Pointers(access) => {
            access.pointers.retain(|pointer| pointer.custodian == *owner);
            (!access.pointers.is_empty()).then_some(record)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TrailPatient, TrailQuestion};
    use crate::{
        audit::{Agent, AuditAction, AuditRecord, Audited, AuditedPointer, Interaction, PointerAccess},
        id::{Home, MessageId, ReferralId},
        pointer::{Ods, PointerId, SubjectKey},
        time::Timestamp,
    };

    const SUBJECT: SubjectKey = SubjectKey([1; 16]);

    fn ods(code: &str) -> Ods {
        Ods::parse(code).expect(code)
    }

    /// A line about pointers of RR8 to plans and of RGD to charts.
    fn line() -> AuditRecord {
        let pointer = |custodian: &str, record_type: &str| AuditedPointer {
            id: PointerId([0; 26]),
            custodian: ods(custodian),
            record_type: record_type.to_owned(),
        };
        AuditRecord {
            home: Home(1),
            at: Timestamp(10),
            exchange: "nrl".into(),
            partner: None,
            actor: crate::audit::Actor::default(),
            message: MessageId([0; 16]),
            request_id: String::new(),
            query: None,
            what: Audited::Pointers(PointerAccess {
                interaction: Interaction::Search,
                status: 200,
                code: String::new(),
                subject: Some(SUBJECT),
                pointers: vec![pointer("RR8", "plan"), pointer("RGD", "chart")],
                agent: Agent::default(),
            }),
        }
    }

    fn all() -> TrailQuestion {
        TrailQuestion { exchange: "nrl".into(), patient: None, owner: None, record_type: None, from: None, until: None }
    }

    fn about(home: i64, subject: SubjectKey) -> TrailQuestion {
        TrailQuestion { patient: Some(TrailPatient { home: Home(home), subject }), ..all() }
    }

    fn of(owner: Option<&str>, record_type: Option<&str>) -> TrailQuestion {
        TrailQuestion { owner: owner.map(ods), record_type: record_type.map(str::to_owned), ..all() }
    }

    fn between(from: i64, until: i64) -> TrailQuestion {
        TrailQuestion { from: Some(Timestamp(from)), until: Some(Timestamp(until)), ..all() }
    }

    #[track_caller]
    fn check_fits(question: &TrailQuestion, expected: bool) {
        assert_eq!(question.fits(&line()), expected, "{question:?}");
    }

    #[test]
    fn a_line_of_another_exchange_is_not_asked_for() {
        check_fits(&TrailQuestion { exchange: "netsmart".into(), ..all() }, false);
    }

    #[test]
    fn a_line_about_another_patient_or_in_another_home_is_not_asked_for() {
        check_fits(&about(1, SubjectKey([2; 16])), false);
        check_fits(&about(2, SUBJECT), false);
    }

    #[test]
    fn owner_and_type_must_be_of_one_pointer() {
        check_fits(&of(Some("RR8"), Some("chart")), false);
        check_fits(&of(Some("RXA"), None), false);
        check_fits(&of(None, Some("letter")), false);
    }

    #[test]
    fn a_moment_before_the_first_or_at_the_end_is_not_asked_for() {
        check_fits(&between(11, 20), false);
        check_fits(&between(0, 10), false);
    }

    #[test]
    fn a_line_about_a_referral_has_no_patient_and_no_pointers() {
        let what = Audited::Referral { action: AuditAction::Submitted, referral: ReferralId([0; 16]) };
        let line = AuditRecord { what, ..line() };
        assert!(!about(1, SUBJECT).fits(&line) && !of(Some("RR8"), None).fits(&line) && all().fits(&line));
    }

    #[test]
    fn what_is_asked_for_fits() {
        for question in
            [all(), about(1, SUBJECT), of(Some("RR8"), Some("plan")), of(None, Some("chart")), between(10, 11)]
        {
            check_fits(&question, true);
        }
    }
}
