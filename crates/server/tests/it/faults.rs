//! What callers see when the machine cannot: when to come back, an id to name, and nothing of what happened.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU32, Ordering},
};

use baton_exchange::{
    access::{AccessToken, Account, Elsewhere, Login, Ticket, TicketKey, TokenHash},
    audit::{AuditRecord, Checkpoint, Growth, Leaf, PartQuestion, TrailQuestion},
    decision::Batch,
    endpoint::Endpoint,
    erasure::Erasure,
    id::{ExchangeId, Home, MessageId, NoticeId, PartnerId, ReferralId},
    message::{Known, MessageQuestion},
    notice::{Attempted, Backlog, Lease, LeaseToken, ParkedNotice, Resend, Settled, Told, ToldQuestion},
    pointer::{Pointer, PointerId, PointerName, PointerPage, PointerSearch},
    resource::StoredResource,
    time::Timestamp,
};
use baton_store::{
    Answer, Committed, Keyless, Lines, ListedReferral, Looked, Mark, MemoryStore, Page, PageToken, ParkedQuestion,
    ReferralQuestion, ResourceQuestion, SearchQuestion, Store, StoreError,
};

use crate::{
    harness::{Ask, CONFIG, Server, message},
    visit::{lines, told},
};

pub const WELL: u8 = 0;
pub const UNAVAILABLE: u8 = 1;
pub const CORRUPT: u8 = 2;
const OUTDATED: u8 = 3;
pub const PANICS: u8 = 4;
/// Commits alone cannot be made.
pub const READ_ONLY: u8 = 5;
/// What waits cannot be made due: there is never an answer.
pub const HANGS: u8 = 6;
/// Resources alone cannot be read.
const DAMAGED: u8 = 7;

/// A store that can be told to fail.
#[derive(Default)]
pub struct Faulty {
    well: MemoryStore,
    pub fault: AtomicU8,
    /// How many commits find that another sender was faster.
    faster: AtomicU32,
}

impl Faulty {
    fn or<'a, T: Send + 'a>(&self, well: impl FnOnce() -> Answer<'a, T>) -> Answer<'a, T> {
        let hidden = || "hidden".to_owned();
        match self.fault.load(Ordering::SeqCst) {
            UNAVAILABLE => Box::pin(async move { Err(StoreError::Unavailable(hidden())) }),
            CORRUPT => Box::pin(async move { Err(StoreError::Corrupt(hidden())) }),
            PANICS => panic!("hidden"),
            _ => well(),
        }
    }
}

impl Store for Faulty {
    fn known(&self, question: MessageQuestion) -> Answer<'_, Known> {
        self.or(|| self.well.known(question))
    }

    fn commit(&self, batch: Batch) -> Answer<'_, Committed> {
        let is_late = self.faster.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_late || self.fault.load(Ordering::SeqCst) == OUTDATED {
            return Box::pin(async { Ok(Committed::Outdated) });
        }
        if self.fault.load(Ordering::SeqCst) == READ_ONLY {
            return Box::pin(async { Err(StoreError::Unavailable("hidden".to_owned())) });
        }
        self.or(|| self.well.commit(batch))
    }

    fn resource(&self, question: ResourceQuestion) -> Answer<'_, Looked> {
        if self.fault.load(Ordering::SeqCst) == DAMAGED {
            return Box::pin(async { Err(StoreError::Corrupt("hidden".to_owned())) });
        }
        self.or(|| self.well.resource(question))
    }

    fn history(&self, question: ResourceQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        self.or(|| self.well.history(question, page))
    }

    fn search(&self, question: SearchQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        self.or(|| self.well.search(question, page))
    }

    fn count(&self, question: SearchQuestion) -> Answer<'_, u64> {
        self.or(|| self.well.count(question))
    }

    fn pointers(&self, names: Vec<PointerName>) -> Answer<'_, Vec<Option<Pointer>>> {
        self.or(|| self.well.pointers(names))
    }

    fn find_pointers(&self, search: PointerSearch, page: Page<PointerId>) -> Answer<'_, PointerPage> {
        self.or(|| self.well.find_pointers(search, page))
    }

    fn export_pointers(
        &self,
        exchange: ExchangeId,
        page: Page<PointerId>,
    ) -> Answer<'_, (Vec<Pointer>, Option<PointerId>)> {
        self.or(|| self.well.export_pointers(exchange, page))
    }

    fn token(&self, hash: TokenHash) -> Answer<'_, Option<AccessToken>> {
        self.or(|| self.well.token(hash))
    }

    fn ticket(&self, key: TicketKey) -> Answer<'_, Option<Ticket>> {
        self.or(|| self.well.ticket(key))
    }

    fn account(&self, login: Login) -> Answer<'_, Option<Account>> {
        self.or(|| self.well.account(login))
    }

    fn account_elsewhere(&self, elsewhere: Elsewhere) -> Answer<'_, Option<Account>> {
        self.or(|| self.well.account_elsewhere(elsewhere))
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        self.or(|| self.well.accounts())
    }

    fn is_anything_expired(&self, before: Timestamp) -> Answer<'_, bool> {
        self.or(|| self.well.is_anything_expired(before))
    }

    fn partners_due(&self, now: Timestamp) -> Answer<'_, Vec<PartnerId>> {
        self.well.partners_due(now)
    }

    fn lease_notices(
        &self,
        partner: PartnerId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<Lease>> {
        self.well.lease_notices(partner, now, until, limit)
    }

    fn parked_notices(
        &self,
        question: ParkedQuestion,
        page: Page,
    ) -> Answer<'_, (Vec<ParkedNotice>, Option<PageToken>)> {
        self.well.parked_notices(question, page)
    }

    fn resend(&self, which: Resend, now: Timestamp, message: MessageId) -> Answer<'_, u64> {
        self.or(|| self.well.resend(which, now, message))
    }

    fn hasten(&self, partner: PartnerId, now: Timestamp) -> Answer<'_, u64> {
        if self.fault.load(Ordering::SeqCst) == HANGS {
            return Box::pin(std::future::pending());
        }
        self.well.hasten(partner, now)
    }

    fn endpoints(&self, after: u64) -> Answer<'_, Vec<Endpoint>> {
        self.well.endpoints(after)
    }

    fn put_endpoint(&self, endpoint: Endpoint, line: AuditRecord) -> Answer<'_, Committed> {
        self.well.put_endpoint(endpoint, line)
    }

    fn told(&self, question: ToldQuestion) -> Answer<'_, Told> {
        self.well.told(question)
    }

    fn unsettled(&self, home: Home, partner: PartnerId, through: u64) -> Answer<'_, Vec<Settled>> {
        self.well.unsettled(home, partner, through)
    }

    fn settle_told(&self, home: Home, partner: PartnerId, through: u64, line: AuditRecord) -> Answer<'_, Vec<Settled>> {
        if self.fault.load(Ordering::SeqCst) == READ_ONLY {
            return Box::pin(async { Err(StoreError::Unavailable("hidden".to_owned())) });
        }
        self.well.settle_told(home, partner, through, line)
    }

    fn forget_told(&self, before: Timestamp) -> Answer<'_, u64> {
        self.well.forget_told(before)
    }

    fn referrals(
        &self,
        question: ReferralQuestion,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<ListedReferral>, Option<ReferralId>)> {
        self.well.referrals(question, page)
    }

    fn backlogs(&self) -> Answer<'_, Vec<Backlog>> {
        self.well.backlogs()
    }

    fn attempted(&self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> Answer<'_, bool> {
        self.well.attempted(notice, token, outcome)
    }

    fn is_leased(&self, notice: NoticeId, token: LeaseToken) -> Answer<'_, bool> {
        self.well.is_leased(notice, token)
    }

    fn audit(&self, after: u64, limit: u32) -> Answer<'_, Lines> {
        self.well.audit(after, limit)
    }

    fn trail(&self, question: TrailQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        self.or(|| self.well.trail(question, page))
    }

    fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<Erasure>, Option<ReferralId>)> {
        self.well.erasures(home, only, page)
    }

    fn keyless(&self) -> Answer<'_, Vec<Keyless>> {
        self.well.keyless()
    }

    fn part(&self, question: PartQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        self.or(|| self.well.part(question, page))
    }

    fn part_line(&self, question: PartQuestion, number: u64) -> Answer<'_, Option<AuditRecord>> {
        self.or(|| self.well.part_line(question, number))
    }

    fn tree(&self) -> Answer<'_, Option<Checkpoint>> {
        self.well.tree()
    }

    fn grow_tree(&self, growth: Growth) -> Answer<'_, Committed> {
        self.well.grow_tree(growth)
    }

    fn leaves(&self, after: u64, limit: u32) -> Answer<'_, Vec<(u64, Leaf)>> {
        self.well.leaves(after, limit)
    }

    fn checkpoints(&self, after: u64, limit: u32) -> Answer<'_, Vec<Checkpoint>> {
        self.well.checkpoints(after, limit)
    }

    fn clock_mark(&self) -> Answer<'_, Option<Timestamp>> {
        self.well.clock_mark()
    }

    fn mark_clock(&self, at: Timestamp, how: Mark) -> Answer<'_, ()> {
        self.well.mark_clock(at, how)
    }

    fn blind_secret(&self) -> Answer<'_, [u8; 32]> {
        self.well.blind_secret()
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.or(|| self.well.ready())
    }
}

/// Asks everything that needs the store, with a token from before it failed, and lets it recover at the end.
#[track_caller]
fn check_fault(fault: u8, status: u16, code: &str, retry_after: Option<&str>) {
    let store = Arc::new(Faulty::default());
    let server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    let read = Ask::get("/netsmart/v4/ServiceRequest/sr-1").bearer(&token).json();
    let submit = Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).json();
    assert_eq!(read.send(&server).status, 404);
    store.fault.store(fault, Ordering::SeqCst);
    let asked = if fault == OUTDATED { vec![&submit] } else { vec![&submit, &read] };
    for ask in asked {
        let answer = ask.clone().header("X-Request-ID", "request-7").send(&server);
        answer.check_refusal(status, code);
        assert_eq!(answer.header("retry-after"), retry_after);
        assert!(answer.member("issue/0/diagnostics").contains("request-7"), "{}", answer.text());
        assert!(!answer.text().contains("hidden"), "{}", answer.text());
    }
    store.fault.store(WELL, Ordering::SeqCst);
    assert_eq!(submit.send(&server).status, 200);
}

#[test]
fn a_store_that_is_away_is_waited_for() {
    check_fault(UNAVAILABLE, 503, "transient", Some("5"));
}

#[test]
fn a_damaged_store_is_no_case_for_a_resend() {
    check_fault(CORRUPT, 500, "exception", None);
}

/// Threat: T114
#[test]
fn a_failure_of_the_machine_has_a_line_where_the_store_takes_one() {
    let store = Arc::new(Faulty::default());
    let server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    store.fault.store(DAMAGED, Ordering::SeqCst);
    let read = Ask::get("/netsmart/v4/ServiceRequest/sr-1").bearer(&token).json();
    assert_eq!(read.send(&server).status, 500);
    let store: Arc<dyn Store> = store;
    let lines: Vec<String> = lines(&store, 0).iter().map(told).collect();
    assert_eq!(lines, ["clinic-a token 200 0", "clinic-a read ServiceRequest 500 0"]);
}

#[test]
fn a_decision_that_is_outdated_again_and_again_is_given_up() {
    check_fault(OUTDATED, 503, "transient", Some("1"));
}

#[test]
fn many_may_be_faster_before_a_sender_is_sent_away() {
    let store = Arc::new(Faulty::default());
    let server = Server::with(CONFIG, store.clone());
    let submit = Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&server.token("clinic-a")).json();
    store.faster.store(100, Ordering::SeqCst);
    assert_eq!(submit.send(&server).status, 200);
}

/// Threat: T91
#[test]
fn a_panic_costs_one_answer() {
    check_fault(PANICS, 500, "exception", None);
}

#[test]
fn health_tells_of_the_store() {
    let store = Arc::new(Faulty::default());
    let server = Server::with(CONFIG, store.clone());
    store.fault.store(UNAVAILABLE, Ordering::SeqCst);
    assert_eq!(Ask::get("/health/ready").send(&server).status, 503);
    assert_eq!(Ask::get("/health/live").send(&server).status, 200);
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=secret-of-clinic-a";
    let token = Ask::post("/oauth/token").header("Content-Type", crate::harness::FORM).body(form).send(&server);
    assert_eq!((token.status, token.header("retry-after")), (503, Some("5")));
    store.fault.store(WELL, Ordering::SeqCst);
    assert_eq!(Ask::get("/health/ready").send(&server).status, 200);
}
