//! Endpoints that were registered, and what each partner was told.

use baton_exchange::{
    audit::AuditRecord,
    endpoint::Endpoint,
    id::{ExchangeId, Home, PartnerId},
    notice::{Notice, Settled, Told, ToldQuestion},
    time::Timestamp,
};

use super::{State, notice::Queued};
use crate::Committed;

impl State {
    pub(super) fn endpoints(&self, after: u64) -> Vec<Endpoint> {
        let mut changed: Vec<Endpoint> =
            self.endpoints.iter().filter(|endpoint| endpoint.serial > after).cloned().collect();
        changed.sort_by_key(|endpoint| endpoint.serial);
        changed
    }

    pub(super) fn put_endpoint(&mut self, mut endpoint: Endpoint, line: AuditRecord) -> Committed {
        let is_it = |other: &Endpoint| other.exchange == endpoint.exchange && other.partner == endpoint.partner;
        let address = |endpoint: &Endpoint| endpoint.settings.as_ref().map(|settings| settings.url.clone());
        let wanted = address(&endpoint);
        let is_taken = self.endpoints.iter().any(|other| {
            !is_it(other) && other.exchange == endpoint.exchange && wanted.is_some() && address(other) == wanted
        });
        let place = self.endpoints.iter().position(is_it);
        if is_taken || place.map_or(0, |place| self.endpoints[place].serial) != endpoint.serial {
            return Committed::Outdated;
        }
        endpoint.serial = self.endpoints.iter().map(|other| other.serial).max().unwrap_or(0) + 1;
        match place {
            Some(place) => self.endpoints[place] = endpoint,
            None => self.endpoints.push(endpoint),
        }
        self.audit.push(line);
        Committed::Done
    }

    /// Whether notices to a partner wait.
    pub(super) fn is_paused(&self, exchange: &ExchangeId, partner: &PartnerId) -> bool {
        let is_it = |endpoint: &&Endpoint| endpoint.exchange == *exchange && endpoint.partner == *partner;
        self.endpoints.iter().find(is_it).is_some_and(Endpoint::is_paused)
    }

    pub(super) fn told(&mut self, question: &ToldQuestion) -> Told {
        let ToldQuestion { home, partner, after, limit } = question;
        let last = self.told.entry((*home, partner.clone())).or_default();
        for queued in &mut self.notices {
            if queued.is_to(*home, partner) && queued.told.is_none() {
                *last += 1;
                queued.told = Some(*last);
            }
        }
        let last = *last;
        let numbered = self.notices.iter().filter(|queued| queued.is_to(*home, partner));
        let mut notices: Vec<_> = numbered
            .filter_map(|queued| queued.told.filter(|number| number > after).map(|number| (number, queued)))
            .collect();
        notices.sort_by_key(|(number, _)| *number);
        notices.truncate(*limit as usize);
        let notices = notices.into_iter().map(|(number, queued)| (number, queued.notice.clone())).collect();
        Told { notices, last }
    }

    pub(super) fn settle_told(
        &mut self,
        home: Home,
        partner: &PartnerId,
        through: u64,
        line: &AuditRecord,
    ) -> Vec<Settled> {
        let meant = self.notices.iter_mut().filter(|queued| is_meant(queued, home, partner, through)).map(|queued| {
            queued.finish(line.at);
            settled(queued)
        });
        let settled: Vec<Settled> = meant.collect();
        if !settled.is_empty() {
            self.audit.push(line.about(settled.iter().map(|one| one.referral).collect()));
        }
        settled
    }

    pub(super) fn unsettled(&self, home: Home, partner: &PartnerId, through: u64) -> Vec<Settled> {
        self.notices.iter().filter(|queued| is_meant(queued, home, partner, through)).map(settled).collect()
    }

    pub(super) fn forget_told(&mut self, before: Timestamp) -> u64 {
        let all = self.notices.len();
        self.notices.retain(|queued| !queued.is_done() || queued.finished >= before);
        (all - self.notices.len()) as u64
    }
}

/// Whether a partner that knows all up to a number is not done with a notice.
fn is_meant(queued: &Queued, home: Home, partner: &PartnerId, through: u64) -> bool {
    queued.is_to(home, partner) && queued.told.is_some_and(|number| number <= through) && !queued.is_done()
}

fn settled(queued: &Queued) -> Settled {
    let Notice { id, referral, event, created, .. } = &queued.notice;
    Settled { id: *id, referral: *referral, event: event.clone(), created: *created }
}
