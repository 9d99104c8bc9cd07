//! The part of the audit that a partner may see: what was done to referrals in which it has a part, and what it did itself.

use std::collections::BTreeSet;

use super::{AuditRecord, Audited};
use crate::{
    id::{ExchangeId, Home, PartnerId, ReferralId},
    time::Timestamp,
};

/// Asks for lines about referrals, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartQuestion {
    /// Through which exchange.
    pub exchange: ExchangeId,
    /// Where its referrals live.
    pub home: Home,
    /// Who reads it.
    pub reader: PartnerId,
    /// Whether others have a part in what lives there. If not, all of it is the reader's.
    pub is_shared: bool,
    /// Only lines about this referral.
    pub referral: Option<ReferralId>,
    /// Only what this partner did.
    pub agent: Option<PartnerId>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl PartQuestion {
    /// Whether a line is asked for, if the reader may see it.
    #[must_use]
    pub fn fits(&self, record: &AuditRecord) -> bool {
        let about = record.what.referrals();
        self.home == record.home
            && self.exchange == record.exchange
            && self.referral.is_none_or(|referral| about.contains(&referral))
            && self.agent.as_ref().is_none_or(|agent| record.partner.as_ref() == Some(agent))
            && self.from.is_none_or(|from| record.at >= from)
            && self.until.is_none_or(|until| record.at < until)
    }

    /// The referrals of which it has to be known whether the reader has a part in them.
    pub fn doubtful<'r>(&self, records: impl Iterator<Item = &'r AuditRecord>) -> BTreeSet<ReferralId> {
        match self.is_shared {
            false => BTreeSet::new(),
            true => {
                records.filter(|record| self.fits(record)).flat_map(|record| record.what.referrals().to_vec()).collect()
            }
        }
    }

    /// What the reader may see of a line, when it has a part in `own` of those that were [`PartQuestion::doubtful`]. What others
    /// saw besides is not told, nor by which request and by which person.
    #[must_use]
    pub fn part(&self, mut record: AuditRecord, own: &BTreeSet<ReferralId>) -> Option<AuditRecord> {
        if !self.fits(&record) {
            return None;
        }
        let is_own = |referral: &ReferralId| !self.is_shared || own.contains(referral);
        let is_actor = record.partner.as_ref() == Some(&self.reader);
        let may_see = match &mut record.what {
            Audited::Referral { referral, .. } => is_own(referral),
            Audited::Visit(visit) => {
                visit.referrals.retain(is_own);
                is_actor || !visit.referrals.is_empty()
            }
            Audited::Operator(operation) => operation.referral.as_ref().is_some_and(is_own),
            Audited::Pointers(_) => false,
        };
        if !is_actor {
            record.request_id.clear();
            // which of its people did it is for the partner to tell
            record.actor.account = None;
        }
        // it is for who has the key, and no partner has it
        if let Some(query) = &mut record.query {
            query.sealed = None;
        }
        // of a line that is the reader's own for what it did, the referral that was asked for may be another's
        (may_see && self.fits(&record)).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditRecord, Audited, BTreeSet, Home, PartQuestion, ReferralId, Timestamp};
    use crate::{
        audit::{Actor, AuditAction, Errand, Visit},
        id::MessageId,
    };

    const OWN: ReferralId = ReferralId([1; 16]);
    const OTHER: ReferralId = ReferralId([2; 16]);

    fn line(by: &str, what: Audited) -> AuditRecord {
        AuditRecord {
            home: Home(1),
            at: Timestamp(5),
            exchange: "ontario".into(),
            partner: Some(by.into()),
            actor: Actor::default(),
            message: MessageId([1; 16]),
            request_id: "r-1".to_owned(),
            query: None,
            what,
        }
    }

    fn search(by: &str, shown: &[ReferralId]) -> AuditRecord {
        let (code, resource_type, referrals) = (String::new(), "Task".to_owned(), shown.to_vec());
        line(by, Audited::Visit(Visit { errand: Errand::Search, status: 200, code, resource_type, referrals }))
    }

    fn moved(by: &str, referral: ReferralId) -> AuditRecord {
        line(by, Audited::Referral { action: AuditAction::Moved, referral })
    }

    fn question() -> PartQuestion {
        PartQuestion {
            exchange: "ontario".into(),
            home: Home(1),
            reader: "a".into(),
            is_shared: true,
            referral: None,
            agent: None,
            from: None,
            until: None,
        }
    }

    #[track_caller]
    fn check(question: &PartQuestion, record: AuditRecord, shown: Option<&[ReferralId]>) {
        let part = question.part(record, &BTreeSet::from([OWN]));
        assert_eq!(part.as_ref().map(|line| line.what.referrals()), shown);
    }

    #[test]
    fn what_was_done_to_the_referrals_of_others_is_not_told() {
        check(&question(), moved("b", OTHER), None);
        check(&question(), search("b", &[OTHER]), None);
        check(&question(), search("b", &[]), None);
        check(&question(), search("b", &[OWN, OTHER]), Some(&[OWN]));
        check(&PartQuestion { referral: Some(OTHER), ..question() }, search("a", &[OTHER]), None);
        check(&PartQuestion { exchange: "x".into(), ..question() }, moved("a", OWN), None);
        check(&PartQuestion { home: Home(2), ..question() }, moved("a", OWN), None);
    }

    #[test]
    fn who_reads_sees_what_was_done_to_its_referrals_and_what_it_did() {
        check(&question(), moved("b", OWN), Some(&[OWN]));
        check(&question(), search("a", &[]), Some(&[]));
        check(&PartQuestion { is_shared: false, ..question() }, search("b", &[OTHER]), Some(&[OTHER]));
        check(&PartQuestion { referral: Some(OWN), ..question() }, search("b", &[OWN]), Some(&[OWN]));
    }

    #[test]
    fn the_request_id_is_for_the_caller_who_chose_it() {
        let of = |by| question().part(search(by, &[OWN]), &BTreeSet::from([OWN])).map(|record| record.request_id);
        assert_eq!((of("a").as_deref(), of("b").as_deref()), (Some("r-1"), Some("")));
    }

    #[test]
    fn the_person_is_for_the_partner_and_the_app_for_all() {
        let line = |by| AuditRecord { actor: Actor::person("p").through(Some("app")), ..search(by, &[OWN]) };
        let of = |by| question().part(line(by), &BTreeSet::from([OWN])).map(|record| record.actor);
        assert_eq!(of("a"), Some(Actor::person("p").through(Some("app"))));
        assert_eq!(of("b"), Some(Actor::app("app")));
    }

    #[test]
    fn agent_and_dates_narrow_it() {
        let by = |agent: &str| PartQuestion { agent: Some(agent.into()), ..question() };
        let between =
            |from, until| PartQuestion { from: Some(Timestamp(from)), until: Some(Timestamp(until)), ..question() };
        check(&by("b"), moved("b", OWN), Some(&[OWN]));
        check(&by("c"), moved("b", OWN), None);
        check(&between(5, 6), moved("b", OWN), Some(&[OWN]));
        check(&between(6, 9), moved("b", OWN), None);
        check(&between(0, 5), moved("b", OWN), None);
    }
}
