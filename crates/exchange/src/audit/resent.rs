//! The lines of notices that an operator has sent again: one for each partner and exchange, in the commit that makes them due.

use std::collections::BTreeMap;

use super::{Actor, AuditRecord, Audited, Deed, Operation};
use crate::{
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
    time::Timestamp,
};

/// Notices that were made due, counted while they go by.
#[derive(Clone, Debug, Default)]
pub struct Resent(BTreeMap<(ExchangeId, PartnerId), Pile>);

/// Those to one partner at one exchange.
#[derive(Clone, Debug)]
struct Pile {
    home: Home,
    /// What all of them are about, as long as that is one.
    referral: Option<ReferralId>,
    notices: u64,
}

impl Resent {
    /// Takes the next one.
    pub fn add(&mut self, home: Home, exchange: ExchangeId, partner: PartnerId, referral: ReferralId) {
        let first = || Pile { home, referral: Some(referral), notices: 0 };
        let pile = self.0.entry((exchange, partner)).or_insert_with(first);
        pile.referral = pile.referral.filter(|known| *known == referral);
        pile.notices += 1;
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().map(|pile| pile.notices).sum()
    }

    /// Their lines, in the order of exchanges and partners. All have the id of the one command.
    pub fn lines(&self, at: Timestamp, message: MessageId) -> impl Iterator<Item = AuditRecord> {
        self.0.iter().map(move |((exchange, partner), pile)| AuditRecord {
            home: pile.home,
            at,
            exchange: exchange.clone(),
            partner: None,
            actor: Actor::default(),
            message,
            request_id: String::new(),
            query: None,
            what: Audited::Operator(Operation {
                partner: Some(partner.clone()),
                referral: pile.referral,
                lines: pile.notices,
                ..Operation::of(Deed::Resent)
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Audited, Home, MessageId, ReferralId, Resent, Timestamp};

    fn lines(sent: &[(&str, &str, u8)]) -> Vec<String> {
        let mut resent = Resent::default();
        for (exchange, partner, referral) in sent {
            resent.add(Home(1), (*exchange).into(), (*partner).into(), ReferralId([*referral; 16]));
        }
        assert_eq!(resent.count(), sent.len() as u64);
        let told = resent.lines(Timestamp(0), MessageId([9; 16])).map(|line| {
            let Audited::Operator(operation) = line.what else { panic!("an operator did it") };
            let partner = operation.partner.map(|partner| partner.as_str().to_owned()).unwrap_or_default();
            let referral = operation.referral.map_or(0, |referral| referral.0[0]);
            format!("{} {} {partner} {referral} {}", line.exchange, operation.deed.as_str(), operation.lines)
        });
        told.collect()
    }

    #[test]
    fn there_is_a_line_for_each_partner_of_each_exchange_and_none_for_nothing() {
        assert!(lines(&[]).is_empty());
        let said = lines(&[("y", "b", 1), ("x", "b", 2), ("x", "a", 3)]);
        assert_eq!(said, ["x resent a 3 1", "x resent b 2 1", "y resent b 1 1"]);
    }

    #[test]
    fn a_line_names_the_referral_when_all_its_notices_are_about_one() {
        assert_eq!(lines(&[("x", "b", 2), ("x", "b", 2)]), ["x resent b 2 2"]);
        assert_eq!(lines(&[("x", "b", 2), ("x", "b", 3), ("x", "b", 2)]), ["x resent b 0 3"]);
    }
}
