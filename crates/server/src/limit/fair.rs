//! Turns at the processor: when there is more to do than it can, those partners go first who have the least in work.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    num::NonZero,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use baton_exchange::id::PartnerId;
use tokio::{sync::oneshot, time::Instant};

/// So long after somebody came others leave something for it.
const LATELY: Duration = Duration::from_secs(1);

/// Places for steps of work, for which partners wait in lines of their own.
#[derive(Clone)]
pub struct Fair(Arc<Mutex<Lines>>);

struct Lines {
    free: usize,
    /// How many one partner has while others have something to do, too.
    share: usize,
    /// Who came last, and who came last before of all others.
    came: [Option<(PartnerId, Instant)>; 2],
    /// How often somebody was let in.
    turns: u64,
    /// Of those who have something in work, or wait. There are no more than partners.
    of: HashMap<PartnerId, Line>,
}

#[derive(Default)]
struct Line {
    in_work: usize,
    /// When it was let in last.
    turn: u64,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A step that is being done, as long as this lives.
pub struct Place {
    partner: PartnerId,
    fair: Fair,
}

/// A wish for a place.
struct Wish<'w> {
    fair: &'w Fair,
    partner: &'w PartnerId,
    coming: Option<oneshot::Receiver<Place>>,
}

impl Fair {
    /// With so many places, which a partner may have all of.
    #[must_use]
    pub fn new(places: NonZero<usize>) -> Fair {
        Fair::shared(places, places)
    }

    /// With so many places, of which one partner has no more than its `share` as long as others came lately, too. Whoever is alone may have
    /// all.
    #[must_use]
    pub fn shared(places: NonZero<usize>, share: NonZero<usize>) -> Fair {
        let (free, share) = (places.get(), share.get());
        Fair(Arc::new(Mutex::new(Lines { free, share, came: [None, None], turns: 0, of: HashMap::new() })))
    }

    /// Waits for a place.
    pub async fn place(&self, partner: &PartnerId) -> Place {
        let mut wish = Wish { fair: self, partner, coming: None };
        poll_fn(|cx| wish.poll(cx)).await
    }

    /// Does work in steps, each of which has a place: from where it was woken to where it waits again. While it waits, for its body, the
    /// store or a commit, it has none.
    pub async fn steps<F: Future>(&self, partner: &PartnerId, work: F) -> F::Output {
        let mut work = pin!(work);
        let mut wish = Wish { fair: self, partner, coming: None };
        poll_fn(|cx| {
            let Poll::Ready(place) = wish.poll(cx) else { return Poll::Pending };
            let progress = work.as_mut().poll(cx);
            drop(place);
            progress
        })
        .await
    }

    fn lines<T>(&self, work: impl FnOnce(&mut Lines) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wish<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Place> {
        let coming = match &mut self.coming {
            Some(coming) => coming,
            None => match self.fair.lines(|lines| lines.enter(self.partner, Instant::now())) {
                None => return Poll::Ready(self.of_own()),
                Some(coming) => self.coming.insert(coming),
            },
        };
        let came = std::task::ready!(Pin::new(coming).poll(cx));
        self.coming = None;
        Poll::Ready(came.expect("whoever waits is sent a place"))
    }

    fn of_own(&self) -> Place {
        Place { partner: self.partner.clone(), fair: self.fair.clone() }
    }
}

impl Lines {
    /// Takes a place; or stands in line, where one is sent to later.
    fn enter(&mut self, partner: &PartnerId, now: Instant) -> Option<oneshot::Receiver<Place>> {
        self.comes(partner, now);
        let share = self.share_of(partner, now);
        if !self.of.contains_key(partner) {
            self.of.insert(partner.clone(), Line::default());
        }
        let line = self.of.get_mut(partner)?;
        if self.free == 0 || line.in_work >= share {
            let (let_in, coming) = oneshot::channel();
            line.waiting.push_back(let_in);
            return Some(coming);
        }
        self.free -= 1;
        self.turns += 1;
        (line.in_work, line.turn) = (line.in_work + 1, self.turns);
        None
    }

    fn comes(&mut self, partner: &PartnerId, now: Instant) {
        if self.came[0].as_ref().is_some_and(|(last, _)| last != partner) {
            self.came.swap(0, 1);
        }
        match &mut self.came[0] {
            Some((last, at)) if last == partner => *at = now,
            other => *other = Some((partner.clone(), now)),
        }
    }

    /// How many a partner may have now.
    fn share_of(&self, partner: &PartnerId, now: Instant) -> usize {
        let is_other = |(other, at): &(PartnerId, Instant)| other != partner && now.duration_since(*at) < LATELY;
        if self.came.iter().flatten().any(is_other) { self.share } else { usize::MAX }
    }

    /// Gives a place back.
    fn leave(&mut self, partner: &PartnerId) {
        self.free += 1;
        if let Some(line) = self.of.get_mut(partner) {
            line.in_work -= 1;
            if line.in_work == 0 && line.waiting.is_empty() {
                self.of.remove(partner);
            }
        }
    }

    /// Takes a place for whose turn it is, if there is one and somebody who may have it.
    fn next(&mut self, now: Instant) -> Option<(PartnerId, oneshot::Sender<Place>)> {
        let may = |(partner, line): &(&PartnerId, &Line)| {
            !line.waiting.is_empty() && line.in_work < self.share_of(partner, now)
        };
        let waiting = self.of.iter().filter(may).filter(|_| self.free > 0);
        let next = waiting.min_by_key(|(_, line)| (line.in_work, line.turn))?.0.clone();
        let line = self.of.get_mut(&next)?;
        let let_in = line.waiting.pop_front()?;
        self.free -= 1;
        self.turns += 1;
        (line.in_work, line.turn) = (line.in_work + 1, self.turns);
        Some((next, let_in))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = Instant::now();
        self.fair.lines(|lines| lines.leave(&self.partner));
        // several where a partner is alone now; who waits no more sends the place back by dropping it
        while let Some((partner, let_in)) = self.fair.lines(|lines| lines.next(now)) {
            let _ = let_in.send(Place { partner, fair: self.fair.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::{Context, Fair, LATELY, NonZero, PartnerId, Pin, Place, Poll, oneshot};

    type Waiting<'w> = Pin<Box<dyn Future<Output = Place> + 'w>>;

    fn fair(places: usize) -> Fair {
        Fair::new(NonZero::new(places).expect("there are some"))
    }

    fn ids() -> [PartnerId; 2] {
        ["greedy".into(), "polite".into()]
    }

    fn look<F: Future + ?Sized>(work: Pin<&mut F>) -> Poll<F::Output> {
        work.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn came(waiting: &mut Waiting<'_>) -> Option<Place> {
        match look(waiting.as_mut()) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    /// The order in which these are let in where one place is given back again and again.
    fn order(fair: &Fair, first: Place, lines: &[&PartnerId]) -> String {
        let mut waiting: Vec<(&PartnerId, Waiting<'_>)> =
            lines.iter().map(|partner| (*partner, Box::pin(fair.place(partner)) as Waiting<'_>)).collect();
        assert!(waiting.iter_mut().all(|(_, waiting)| came(waiting).is_none()));
        let (mut order, mut place) = (String::new(), first);
        while !waiting.is_empty() {
            drop(place);
            let mut let_in = waiting.iter_mut().enumerate().filter_map(|(at, (_, one))| Some((at, came(one)?)));
            let (at, next) = let_in.next().expect("somebody is next");
            drop(let_in);
            order.push_str(&waiting.remove(at).0.as_str()[..1]);
            place = next;
        }
        order
    }

    /// Threat: T90
    #[tokio::test]
    async fn partners_who_wait_take_turns_however_many_of_one_wait() {
        let (fair, [greedy, polite]) = (fair(1), ids());
        let first = fair.place(&greedy).await;
        assert_eq!(order(&fair, first, &[&greedy, &greedy, &greedy, &greedy, &polite, &polite]), "pgpggg");
    }

    /// Threat: T90
    #[tokio::test]
    async fn who_has_less_in_work_goes_first() {
        let (fair, [greedy, polite]) = (fair(3), ids());
        let (first, _second, _third) =
            (fair.place(&greedy).await, fair.place(&greedy).await, fair.place(&greedy).await);
        assert_eq!(order(&fair, first, &[&greedy, &polite, &polite]), "ppg");
    }

    #[tokio::test]
    async fn a_partner_alone_has_all_places() {
        let (fair, [greedy, _]) = (fair(2), ids());
        let (first, _second) = (fair.place(&greedy).await, fair.place(&greedy).await);
        let mut third: Waiting<'_> = Box::pin(fair.place(&greedy));
        assert!(came(&mut third).is_none());
        drop(first);
        assert!(came(&mut third).is_some());
    }

    /// Threat: T90
    #[tokio::test(start_paused = true)]
    async fn a_partner_has_its_share_while_others_come_and_all_when_it_is_alone() {
        let (two, three) = (NonZero::new(2).expect("some"), NonZero::new(3).expect("some"));
        let (fair, [greedy, polite]) = (Fair::shared(three, two), ids());
        drop(fair.place(&polite).await);
        let (first, _second) = (fair.place(&greedy).await, fair.place(&greedy).await);
        let [mut third, mut fourth]: [Waiting<'_>; 2] = [Box::pin(fair.place(&greedy)), Box::pin(fair.place(&greedy))];
        assert!(came(&mut third).is_none() && came(&mut fourth).is_none(), "it has its share");
        let mut other: Waiting<'_> = Box::pin(fair.place(&polite));
        drop(came(&mut other).expect("for the others there is one"));
        tokio::time::advance(LATELY).await;
        drop(first);
        assert!(came(&mut third).is_some() && came(&mut fourth).is_some(), "nobody else came for a second");
    }

    /// Threat: T90
    #[tokio::test]
    async fn who_waits_no_more_keeps_nobody_waiting() {
        let (fair, [greedy, polite]) = (fair(1), ids());
        let first = fair.place(&greedy).await;
        let (mut gone, mut late): (Waiting<'_>, Waiting<'_>) =
            (Box::pin(fair.place(&greedy)), Box::pin(fair.place(&polite)));
        assert!(came(&mut gone).is_none() && came(&mut late).is_none());
        drop(late);
        drop(first);
        let mut next: Waiting<'_> = Box::pin(fair.place(&polite));
        assert!(came(&mut next).is_none(), "the place was sent to the one before");
        drop(gone);
        drop(came(&mut next).expect("who was sent a place and is gone gave it back"));
        assert!(fair.lines(|lines| lines.of.is_empty() && lines.free == 1), "nobody is remembered");
    }

    /// Threat: T90
    #[tokio::test]
    async fn work_that_waits_for_something_has_no_place() {
        let (fair, [greedy, polite]) = (fair(1), ids());
        let (commit, committed) = oneshot::channel::<()>();
        let mut work = Box::pin(fair.steps(&greedy, committed));
        assert!(look(work.as_mut()).is_pending());
        let other = fair.place(&polite).await;
        commit.send(()).expect("it waits");
        assert!(look(work.as_mut()).is_pending(), "it goes on when it is its turn");
        drop(other);
        assert!(look(work.as_mut()).is_ready());
        assert!(fair.lines(|lines| lines.of.is_empty() && lines.free == 1));
    }
}
