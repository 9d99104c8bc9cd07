//! The outgoing queue: one line per referral and partner, and only its first may go.

use baton_exchange::{
    id::NoticeId,
    notice::{Attempted, Lease, LeaseToken, Notice},
    time::Timestamp,
};

use super::State;

/// A notice and how far it got.
#[derive(Clone)]
pub(super) struct Queued {
    pub(super) notice: Notice,
    state: Waiting,
    /// How often it was leased. It is the token too: it never repeats for one notice.
    attempt: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// To be leased from this moment on.
    From(Timestamp),
    /// In the hands of a worker until this moment.
    Leased(Timestamp),
    /// Given up. It stands in the way of those behind it, so that nobody hears the end before the beginning.
    Parked,
    Done,
}

impl Queued {
    pub(super) fn new(notice: Notice) -> Queued {
        let state = Waiting::From(notice.due);
        Queued { notice, state, attempt: 0 }
    }

    fn from(&self) -> Option<Timestamp> {
        match self.state {
            Waiting::From(moment) | Waiting::Leased(moment) => Some(moment),
            Waiting::Parked | Waiting::Done => None,
        }
    }

    fn same_line(&self, other: &Queued) -> bool {
        let (this, that) = (&self.notice, &other.notice);
        this.home == that.home && this.referral == that.referral && this.partner == that.partner
    }
}

impl State {
    pub(super) fn lease_notices(&mut self, now: Timestamp, until: Timestamp, limit: u32) -> Vec<Lease> {
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
        due.truncate(limit as usize);
        due.into_iter().map(|(_, place)| self.notices[place].lease(until)).collect()
    }

    pub(super) fn attempted(&mut self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> bool {
        let holds = |queued: &&mut Queued| {
            queued.notice.id == notice
                && matches!(queued.state, Waiting::Leased(_))
                && u64::from(queued.attempt) == token.0
        };
        let Some(queued) = self.notices.iter_mut().find(holds) else {
            return false;
        };
        queued.state = match outcome {
            Attempted::Delivered => Waiting::Done,
            Attempted::Again(moment) => Waiting::From(moment),
            Attempted::Parked => Waiting::Parked,
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
