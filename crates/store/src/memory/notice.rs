//! The outgoing queue: one line per referral and partner, and only its first may go.

use std::collections::{BTreeMap, BTreeSet};

use baton_exchange::{
    audit::Resent,
    delivery::Trouble,
    id::{Home, MessageId, NoticeId, PartnerId},
    notice::{Attempted, Backlog, Lease, LeaseToken, Notice, ParkedNotice, Resend},
    referral::Referral,
    time::Timestamp,
};

use super::State;
use crate::{
    Page, PageToken, ParkedQuestion,
    page::{cut_parked, limit},
};

/// A notice and how far it got.
#[derive(Clone)]
pub(super) struct Queued {
    pub(super) notice: Notice,
    state: Waiting,
    /// How often it was leased. It is the token too: it never repeats for one notice.
    attempt: u32,
    /// Its number in its partner's own count, once somebody has asked.
    pub(super) told: Option<u64>,
    /// When it was done, or a little later.
    pub(super) finished: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// To be leased from this moment on.
    From(Timestamp),
    /// In the hands of a worker until this moment.
    Leased(Timestamp),
    /// Given up. It stands in the way of those behind it, so that nobody hears the end before the beginning.
    Parked(Trouble),
    Done,
}

impl Queued {
    pub(super) fn new(notice: Notice) -> Queued {
        let state = Waiting::From(notice.due);
        Queued { notice, state, attempt: 0, told: None, finished: Timestamp(0) }
    }

    pub(super) fn is_to(&self, home: Home, partner: &PartnerId) -> bool {
        self.notice.home == home && self.notice.partner == *partner
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == Waiting::Done
    }

    pub(super) fn finish(&mut self, now: Timestamp) {
        (self.state, self.finished) = (Waiting::Done, now);
    }

    /// Whether a worker with that token holds it.
    pub(super) fn is_held(&self, notice: NoticeId, token: LeaseToken) -> bool {
        let is_leased = matches!(self.state, Waiting::Leased(_));
        is_leased && self.notice.id == notice && u64::from(self.attempt) == token.0
    }

    /// Whether somebody has still to be told.
    pub(super) fn is_open(&self) -> bool {
        self.state != Waiting::Done
    }

    fn from(&self) -> Option<Timestamp> {
        match self.state {
            Waiting::From(moment) | Waiting::Leased(moment) => Some(moment),
            Waiting::Parked(_) | Waiting::Done => None,
        }
    }

    fn parked(&self) -> Option<ParkedNotice> {
        let Waiting::Parked(trouble) = self.state else { return None };
        let Notice { id, exchange, partner, referral, event, created, .. } = self.notice.clone();
        Some(ParkedNotice { id, exchange, partner, referral, event, created, attempts: self.attempt, trouble })
    }

    fn same_line(&self, other: &Queued) -> bool {
        let (this, that) = (&self.notice, &other.notice);
        this.home == that.home && this.referral == that.referral && this.partner == that.partner
    }
}

impl State {
    /// The places of those that are due, by the moment since when.
    fn due(&self, now: Timestamp) -> Vec<(Timestamp, usize)> {
        let mut due: Vec<(Timestamp, usize)> = Vec::new();
        for (place, queued) in self.notices.iter().enumerate() {
            let is_first = !self.notices[..place]
                .iter()
                .any(|earlier| earlier.same_line(queued) && earlier.state != Waiting::Done);
            if let Some(from) = queued.from().filter(|from| is_first && *from <= now) {
                due.push((from, place));
            }
        }
        due.sort();
        due
    }

    pub(super) fn partners_due(&self, now: Timestamp) -> Vec<PartnerId> {
        let partners: BTreeSet<PartnerId> =
            self.due(now).into_iter().map(|(_, place)| self.notices[place].notice.partner.clone()).collect();
        partners.into_iter().collect()
    }

    pub(super) fn lease_notices(
        &mut self,
        partner: &PartnerId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Vec<Lease> {
        let mut due = self.due(now);
        due.retain(|(_, place)| {
            let notice = &self.notices[*place].notice;
            notice.partner == *partner && !self.is_paused(&notice.exchange, partner)
        });
        due.truncate(limit as usize);
        due.into_iter().map(|(_, place)| self.notices[place].lease(until)).collect()
    }

    pub(super) fn parked_notices(
        &self,
        question: &ParkedQuestion,
        page: Page,
    ) -> (Vec<ParkedNotice>, Option<PageToken>) {
        let after = page.after.map_or(0, |token| token.0);
        let fits = |notice: &Notice| {
            question.exchange.as_ref().is_none_or(|exchange| notice.exchange == *exchange)
                && question.partner.as_ref().is_none_or(|partner| notice.partner == *partner)
        };
        let found = (1..)
            .zip(&self.notices)
            .filter(|(place, queued)| *place > after && fits(&queued.notice))
            .filter_map(|(place, queued)| queued.parked().map(|parked| (place, parked)))
            .take(usize::try_from(limit(page)).unwrap_or(usize::MAX));
        cut_parked(found.collect(), page)
    }

    pub(super) fn resend(&mut self, which: &Resend, now: Timestamp, message: MessageId) -> u64 {
        let mut resent = Resent::default();
        for queued in &mut self.notices {
            let Notice { id, home, exchange, partner, referral, .. } = &queued.notice;
            let is_meant = match which {
                Resend::One(one) => id == one,
                Resend::ParkedOf(one) => partner == one,
                Resend::AllParked => true,
            };
            if is_meant && matches!(queued.state, Waiting::Parked(_)) {
                resent.add(*home, exchange.clone(), partner.clone(), *referral);
                (queued.state, queued.notice.due) = (Waiting::From(now), now);
            }
        }
        self.audit.extend(resent.lines(now, message));
        resent.count()
    }

    pub(super) fn hasten(&mut self, partner: &PartnerId, now: Timestamp) -> u64 {
        let mut changed = 0;
        for place in 0..self.notices.len() {
            let is_undone = |other: &Queued| other.same_line(&self.notices[place]) && other.state != Waiting::Done;
            let first = self.notices.iter().position(is_undone);
            let queued = &mut self.notices[place];
            let is_later = matches!(queued.state, Waiting::From(moment) if moment > now);
            if is_later && queued.notice.partner == *partner && first == Some(place) {
                queued.state = Waiting::From(now);
                changed += 1;
            }
        }
        changed
    }

    /// Lets nothing wait for a later time than this, whatever became of it: see [`crate::Mark::Replaced`].
    pub(super) fn pull_back(&mut self, now: Timestamp) {
        for queued in &mut self.notices {
            queued.notice.due = queued.notice.due.min(now);
            queued.finished = queued.finished.min(now);
            if let Waiting::From(moment) | Waiting::Leased(moment) = &mut queued.state {
                *moment = now.min(*moment);
            }
        }
    }

    pub(super) fn backlogs(&self) -> Vec<Backlog> {
        let mut backlogs: BTreeMap<&PartnerId, Backlog> = BTreeMap::new();
        for queued in self.notices.iter().filter(|queued| queued.state != Waiting::Done) {
            let Notice { partner, created, .. } = &queued.notice;
            let backlog = backlogs.entry(partner).or_insert_with(|| Backlog {
                partner: partner.clone(),
                waiting: 0,
                parked: 0,
                oldest: *created,
            });
            match queued.state {
                Waiting::Parked(_) => backlog.parked += 1,
                Waiting::From(_) | Waiting::Leased(_) | Waiting::Done => backlog.waiting += 1,
            }
            backlog.oldest = backlog.oldest.min(*created);
        }
        backlogs.into_values().collect()
    }

    /// To whom something has still to be told of a referral, once for each notice, and whether that was given up.
    pub(super) fn open_notices(&self, referral: &Referral) -> impl Iterator<Item = (PartnerId, bool)> {
        let is_its = |queued: &&Queued| queued.notice.home == referral.home && queued.notice.referral == referral.id;
        let open = self.notices.iter().filter(|queued| queued.state != Waiting::Done).filter(is_its);
        open.map(|queued| (queued.notice.partner.clone(), matches!(queued.state, Waiting::Parked(_))))
    }

    pub(super) fn attempted(&mut self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> bool {
        let Some(queued) = self.notices.iter_mut().find(|queued| queued.is_held(notice, token)) else {
            return false;
        };
        if let Waiting::Leased(until) = queued.state {
            queued.finished = until;
        }
        queued.state = match outcome {
            Attempted::Delivered => Waiting::Done,
            Attempted::Again(moment) => Waiting::From(moment),
            Attempted::Parked(trouble) => Waiting::Parked(trouble),
        };
        true
    }
}

impl Queued {
    fn lease(&mut self, until: Timestamp) -> Lease {
        self.state = Waiting::Leased(until);
        self.attempt += 1;
        let token = LeaseToken(u64::from(self.attempt));
        Lease { notice: self.notice.clone(), token, attempt: self.attempt, until }
    }
}
