//! The model: everything in plain lists, looked through from one end to the other. It is what the databases are
//! compared with, and a fast store for tests. Nothing survives the process.

mod case;
mod commit;
mod ends;
mod erasure;
mod find;
mod listing;
mod notice;
mod part;
mod pointer;
mod resource;
mod trail;
mod tree;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use baton_exchange::{
    access::{AccessToken, Account, Elsewhere, Login, Ticket, TicketKey, TokenHash},
    audit::{AuditRecord, Checkpoint, Growth, Leaf, PartQuestion, TrailQuestion},
    decision::{Batch, Change},
    endpoint::Endpoint,
    erasure::Erasure,
    id::{ExchangeId, Home, MessageId, NoticeId, PartnerId, ReferralId},
    message::{Known, MessageQuestion, Orphan, Receipt, ReceiptKey},
    notice::{Attempted, Backlog, Lease, LeaseToken, ParkedNotice, Resend, Settled, Told, ToldQuestion},
    pointer::{Pointer, PointerId, PointerName, PointerPage, PointerSearch},
    referral::Referral,
    resource::{IndexKey, StoredResource},
    time::Timestamp,
};

use crate::{
    Answer, Committed, Keyless, Lines, ListedReferral, Looked, Mark, Page, PageToken, ParkedQuestion, ReferralQuestion,
    ResourceQuestion, SearchQuestion, Store, StoreError,
};

/// A store without a database.
#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

/// All that is remembered, in the order in which it was written.
#[derive(Clone, Default)]
struct State {
    receipts: Vec<Receipt>,
    referrals: Vec<Referral>,
    versions: Vec<resource::Version>,
    names: Vec<(Home, IndexKey, ReferralId)>,
    orphans: Vec<Orphan>,
    pointers: Vec<Pointer>,
    notices: Vec<notice::Queued>,
    audit: Vec<AuditRecord>,
    leaves: Vec<Leaf>,
    checkpoints: Vec<Checkpoint>,
    tokens: Vec<AccessToken>,
    tickets: Vec<Ticket>,
    accounts: Vec<Account>,
    endpoints: Vec<Endpoint>,
    /// How late it was when a server last looked.
    clock_mark: Option<Timestamp>,
    /// The highest number of each partner's own count.
    told: BTreeMap<(Home, PartnerId), u64>,
}

impl State {
    fn receipt(&self, home: Home, now: Timestamp, fits: impl Fn(&Receipt) -> bool) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.home == home && receipt.expires > now && fits(receipt))
    }

    fn referral(&self, home: Home, fits: impl Fn(&Referral) -> bool) -> Option<&Referral> {
        self.referrals.iter().find(|referral| referral.home == home && fits(referral))
    }

    fn known(&self, question: &MessageQuestion) -> Known {
        let is_envelope = |receipt: &Receipt| receipt.identity.envelope == question.envelope;
        let is_message = |receipt: &Receipt| question.message.is_some() && receipt.identity.message == question.message;
        let is_request = |referral: &Referral| question.request_id.as_ref() == Some(&referral.request_id);
        let names = question.names.as_ref();
        let cases = names.map(|names| self.known_cases(question.home, names)).unwrap_or_default();
        let orphans = names.map(|names| self.known_orphans(question.home, names, question.now)).unwrap_or_default();
        Known {
            cases,
            orphans,
            by_envelope: self.receipt(question.home, question.now, is_envelope).cloned(),
            by_message: self.receipt(question.home, question.now, is_message).cloned(),
            referral: self.referral(question.home, is_request).cloned(),
        }
    }
}

/// Whether a receipt can be found under a key.
fn has_key(receipt: &Receipt, key: ReceiptKey) -> bool {
    receipt.identity.envelope == key || receipt.identity.message == Some(key)
}

impl MemoryStore {
    fn now<'a, T: Send + 'a>(
        &'a self,
        work: impl FnOnce(&mut State) -> Result<T, StoreError> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            // A panic of another test leaves whole rows behind: every change is made on a copy.
            work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }
}

impl Store for MemoryStore {
    fn known(&self, question: MessageQuestion) -> Answer<'_, Known> {
        self.now(move |state| Ok(state.known(&question)))
    }

    fn commit(&self, batch: Batch) -> Answer<'_, Committed> {
        self.now(move |state| {
            // lines of the audit are put behind those that are there, which nothing can stop half-way; there are many of them
            if batch.changes.iter().all(|change| matches!(change, Change::PutAudit(_))) {
                return commit::commit(state, batch);
            }
            let mut next = state.clone();
            let committed = commit::commit(&mut next, batch)?;
            if committed == Committed::Done {
                *state = next;
            }
            Ok(committed)
        })
    }

    fn resource(&self, question: ResourceQuestion) -> Answer<'_, Looked> {
        self.now(move |state| Ok(state.resource(&question)))
    }

    fn history(&self, question: ResourceQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        self.now(move |state| Ok(state.history(&question, page)))
    }

    fn search(&self, question: SearchQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        self.now(move |state| Ok(state.search(&question, page)))
    }

    fn count(&self, question: SearchQuestion) -> Answer<'_, u64> {
        self.now(move |state| Ok(state.found(&question).len() as u64))
    }

    fn pointers(&self, names: Vec<PointerName>) -> Answer<'_, Vec<Option<Pointer>>> {
        self.now(move |state| Ok(names.iter().map(|name| state.pointer(name).cloned()).collect()))
    }

    fn find_pointers(&self, search: PointerSearch, page: Page<PointerId>) -> Answer<'_, PointerPage> {
        self.now(move |state| Ok(state.find_pointers(&search, page)))
    }

    fn export_pointers(
        &self,
        exchange: ExchangeId,
        page: Page<PointerId>,
    ) -> Answer<'_, (Vec<Pointer>, Option<PointerId>)> {
        self.now(move |state| Ok(state.export_pointers(&exchange, page)))
    }

    fn token(&self, hash: TokenHash) -> Answer<'_, Option<AccessToken>> {
        self.now(move |state| Ok(state.tokens.iter().find(|token| token.hash == hash).cloned()))
    }

    fn ticket(&self, key: TicketKey) -> Answer<'_, Option<Ticket>> {
        self.now(move |state| Ok(state.tickets.iter().find(|ticket| ticket.key == key).cloned()))
    }

    fn account(&self, login: Login) -> Answer<'_, Option<Account>> {
        self.now(move |state| Ok(state.accounts.iter().find(|account| account.login == login).cloned()))
    }

    fn account_elsewhere(&self, elsewhere: Elsewhere) -> Answer<'_, Option<Account>> {
        self.now(move |state| {
            Ok(state.accounts.iter().find(|account| account.elsewhere.as_ref() == Some(&elsewhere)).cloned())
        })
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        self.now(|state| {
            let mut accounts = state.accounts.clone();
            accounts.sort_by(|one, other| one.login.cmp(&other.login));
            Ok(accounts)
        })
    }

    fn partners_due(&self, now: Timestamp) -> Answer<'_, Vec<PartnerId>> {
        self.now(move |state| Ok(state.partners_due(now)))
    }

    fn lease_notices(
        &self,
        partner: PartnerId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<Lease>> {
        self.now(move |state| Ok(state.lease_notices(&partner, now, until, limit)))
    }

    fn attempted(&self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> Answer<'_, bool> {
        self.now(move |state| Ok(state.attempted(notice, token, outcome)))
    }

    fn is_leased(&self, notice: NoticeId, token: LeaseToken) -> Answer<'_, bool> {
        self.now(move |state| Ok(state.notices.iter().any(|queued| queued.is_held(notice, token))))
    }

    fn parked_notices(
        &self,
        question: ParkedQuestion,
        page: Page,
    ) -> Answer<'_, (Vec<ParkedNotice>, Option<PageToken>)> {
        self.now(move |state| Ok(state.parked_notices(&question, page)))
    }

    fn resend(&self, which: Resend, now: Timestamp, message: MessageId) -> Answer<'_, u64> {
        self.now(move |state| Ok(state.resend(&which, now, message)))
    }

    fn hasten(&self, partner: PartnerId, now: Timestamp) -> Answer<'_, u64> {
        self.now(move |state| Ok(state.hasten(&partner, now)))
    }

    fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<Erasure>, Option<ReferralId>)> {
        self.now(move |state| Ok(state.erasures(home, only, page)))
    }

    fn backlogs(&self) -> Answer<'_, Vec<Backlog>> {
        self.now(|state| Ok(state.backlogs()))
    }

    fn endpoints(&self, after: u64) -> Answer<'_, Vec<Endpoint>> {
        self.now(move |state| Ok(state.endpoints(after)))
    }

    fn put_endpoint(&self, endpoint: Endpoint, line: AuditRecord) -> Answer<'_, Committed> {
        self.now(move |state| Ok(state.put_endpoint(endpoint, line)))
    }

    fn told(&self, question: ToldQuestion) -> Answer<'_, Told> {
        self.now(move |state| Ok(state.told(&question)))
    }

    fn unsettled(&self, home: Home, partner: PartnerId, through: u64) -> Answer<'_, Vec<Settled>> {
        self.now(move |state| Ok(state.unsettled(home, &partner, through)))
    }

    fn settle_told(&self, home: Home, partner: PartnerId, through: u64, line: AuditRecord) -> Answer<'_, Vec<Settled>> {
        self.now(move |state| Ok(state.settle_told(home, &partner, through, &line)))
    }

    fn is_anything_expired(&self, before: Timestamp) -> Answer<'_, bool> {
        self.now(move |state| Ok(commit::is_anything_expired(state, before)))
    }

    fn forget_told(&self, before: Timestamp) -> Answer<'_, u64> {
        self.now(move |state| Ok(state.forget_told(before)))
    }

    fn referrals(
        &self,
        question: ReferralQuestion,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<ListedReferral>, Option<ReferralId>)> {
        self.now(move |state| Ok(state.listed_referrals(&question, page)))
    }

    /// Nothing is sealed here, and nothing is restored.
    fn keyless(&self) -> Answer<'_, Vec<Keyless>> {
        self.now(|_| Ok(Vec::new()))
    }

    fn audit(&self, after: u64, limit: u32) -> Answer<'_, Lines> {
        self.now(move |state| {
            let lines = (1..).zip(state.audit.iter().cloned());
            Ok(lines.filter(|(number, _)| *number > after).take(limit as usize).collect())
        })
    }

    fn trail(&self, question: TrailQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        self.now(move |state| Ok(state.trail(&question, page)))
    }

    fn part(&self, question: PartQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        self.now(move |state| state.part(&question, page))
    }

    fn part_line(&self, question: PartQuestion, number: u64) -> Answer<'_, Option<AuditRecord>> {
        self.now(move |state| Ok(state.part_line(&question, number)))
    }

    fn tree(&self) -> Answer<'_, Option<Checkpoint>> {
        self.now(|state| Ok(state.checkpoints.last().cloned()))
    }

    fn grow_tree(&self, growth: Growth) -> Answer<'_, Committed> {
        self.now(move |state| Ok(state.grow_tree(growth)))
    }

    fn leaves(&self, after: u64, limit: u32) -> Answer<'_, Vec<(u64, Leaf)>> {
        self.now(move |state| Ok(state.leaves(after, limit)))
    }

    fn checkpoints(&self, after: u64, limit: u32) -> Answer<'_, Vec<Checkpoint>> {
        self.now(move |state| Ok(state.checkpoints(after, limit)))
    }

    fn clock_mark(&self) -> Answer<'_, Option<Timestamp>> {
        self.now(|state| Ok(state.clock_mark))
    }

    fn mark_clock(&self, at: Timestamp, how: Mark) -> Answer<'_, ()> {
        self.now(move |state| {
            match how {
                Mark::Raised => state.clock_mark = state.clock_mark.max(Some(at)),
                Mark::Replaced => {
                    state.clock_mark = Some(at);
                    state.pull_back(at);
                }
            }
            Ok(())
        })
    }

    /// The same in every process, so that tests can say what is blinded to what.
    fn blind_secret(&self) -> Answer<'_, [u8; 32]> {
        Box::pin(async { Ok([0; 32]) })
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.now(|_| Ok(()))
    }
}
