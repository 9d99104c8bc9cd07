//! The memory: one contract, kept by SQLite, PostgreSQL and a model in memory. SQL is nowhere else.

pub mod bare;
mod batch;
mod bytes;
mod chain;
mod codec;
mod column;
mod course;
mod details;
mod ends;
mod fatal;
mod key_report;
mod listing;
mod memory;
mod migrations;
mod open;
mod page;
mod part;
mod postgres;
mod question;
#[cfg(test)]
mod residue;
mod restored;
mod seal;
mod sqlite;
mod tree;

use std::{future::Future, pin::Pin};

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

pub use fatal::before_it_ends_the_process;
pub use key_report::{Fit, KeyFileReport, KeyReport, Reliance, key_report};
pub use listing::{ListedReferral, ReferralQuestion, Untold};
pub use memory::MemoryStore;
pub use open::{default_keys, open, open_with_keys};
pub use page::PAGE_BYTES_MAX;
pub use question::{Looked, Mark, Page, PageToken, ParkedQuestion, ResourceQuestion, SearchQuestion, Within};
pub use restored::{Keyless, clear_again};

/// What a store gives back later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Lines of the audit, with their numbers.
pub type Lines = Vec<(u64, AuditRecord)>;

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// All of it is written and survives a power cut.
    Done,
    /// Something that the decision relied on has changed; nothing was written. Ask again.
    Outdated,
}

/// Why the machine could not. "Not found" is not among it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached or written just now; the same may succeed later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A fault in this program.
    #[error("fault in the store's code: {0}")]
    Bug(String),
}

/// Questions in the words of the domain, one snapshot each, and one way to write.
pub trait Store: Send + Sync + 'static {
    /// What is known about a message that arrived: its receipts and its referral.
    fn known(&self, question: MessageQuestion) -> Answer<'_, Known>;

    /// Writes a batch when all its asserts hold: all of it or nothing, durable before the answer.
    fn commit(&self, batch: Batch) -> Answer<'_, Committed>;

    /// A resource: its current version, or a version by number even if a later message left it out.
    fn resource(&self, question: ResourceQuestion) -> Answer<'_, Looked>;

    /// All versions of a resource, newest first.
    fn history(&self, question: ResourceQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)>;

    /// Current resources of one type that fit, in the order in which they were first accepted, one per id.
    fn search(&self, question: SearchQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)>;

    /// How many current resources a search has in all.
    fn count(&self, question: SearchQuestion) -> Answer<'_, u64>;

    /// The pointers that are meant by these names, in the same order. Removed ones are found too.
    fn pointers(&self, names: Vec<PointerName>) -> Answer<'_, Vec<Option<Pointer>>>;

    /// The current pointers of a patient that fit, in the order of their ids, which is that of their creation, and how many
    /// there are on all pages. A page of size 0 only counts.
    fn find_pointers(&self, search: PointerSearch, page: Page<PointerId>) -> Answer<'_, PointerPage>;

    /// All pointers of an exchange, whatever their state, in the order of their homes and ids. A pointer that is made
    /// meanwhile may be left out when its place was passed already.
    fn export_pointers(
        &self,
        exchange: ExchangeId,
        page: Page<PointerId>,
    ) -> Answer<'_, (Vec<Pointer>, Option<PointerId>)>;

    /// The token with this hash, expired or not.
    fn token(&self, hash: TokenHash) -> Answer<'_, Option<AccessToken>>;

    /// The ticket with this hash, expired or not.
    fn ticket(&self, key: TicketKey) -> Answer<'_, Option<Ticket>>;

    /// The account of a person, open or not.
    fn account(&self, login: Login) -> Answer<'_, Option<Account>>;

    /// The account of a person whom an OpenID provider knows, open or not.
    fn account_elsewhere(&self, elsewhere: Elsewhere) -> Answer<'_, Option<Account>>;

    /// All accounts, in the order of their logins.
    fn accounts(&self) -> Answer<'_, Vec<Account>>;

    /// The partners for whom a lease would give something, and those whose notices wait because their endpoint is paused.
    fn partners_due(&self, now: Timestamp) -> Answer<'_, Vec<PartnerId>>;

    /// Takes up to `limit` notices to a partner that are due, for a worker to deliver until a moment. Of the notices about
    /// one referral only the oldest that is not done is given out, so that order is kept. What waits for a paused endpoint is not
    /// given out.
    fn lease_notices(&self, partner: PartnerId, now: Timestamp, until: Timestamp, limit: u32)
    -> Answer<'_, Vec<Lease>>;

    /// Reports an attempt. False when the lease was overtaken and the report does not count.
    fn attempted(&self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> Answer<'_, bool>;

    /// Whether a notice is still there and in the hands of the worker with that token: a revoke takes it out of them.
    fn is_leased(&self, notice: NoticeId, token: LeaseToken) -> Answer<'_, bool>;

    /// Notices that were given up and fit, in the order in which they were written.
    fn parked_notices(
        &self,
        question: ParkedQuestion,
        page: Page,
    ) -> Answer<'_, (Vec<ParkedNotice>, Option<PageToken>)>;

    /// Makes notices that were given up due now, with the lines of the audit that say so ([`Resent`](baton_exchange::audit::Resent)),
    /// and says how many. Those behind them still wait for their turn. `message` is the id of the lines.
    fn resend(&self, which: Resend, now: Timestamp, message: MessageId) -> Answer<'_, u64>;

    /// Makes all notices to a partner due that wait for their next attempt, since it is there again, and says how many. It changes when
    /// something is told and not what, so it has no line.
    fn hasten(&self, partner: PartnerId, now: Timestamp) -> Answer<'_, u64>;

    /// How much each partner has still to be told, those with nothing left out.
    fn backlogs(&self) -> Answer<'_, Vec<Backlog>>;

    /// Endpoints that were changed after a change with that number, oldest change first; 0 for all. Deleted ones are among them.
    fn endpoints(&self, after: u64) -> Answer<'_, Vec<Endpoint>>;

    /// Writes an endpoint in its next version, with the next number of all changes, and the line of the audit that says so: both or
    /// neither. Its own number says which version was seen.
    /// Outdated when that has changed, and when another partner of the exchange has its address.
    fn put_endpoint(&self, endpoint: Endpoint, line: AuditRecord) -> Answer<'_, Committed>;

    /// Whether anything is there that a `ForgetExpired` of that moment would take away: it takes some at a time.
    fn is_anything_expired(&self, before: Timestamp) -> Answer<'_, bool>;

    /// What one partner was told or is to be told, in its own count. What has no number yet gets one.
    fn told(&self, question: ToldQuestion) -> Answer<'_, Told>;

    /// Notices to a partner up to a number that are not done: what it says that it knows is put into effect before
    /// [`Store::settle_told`] makes them done, since nothing of them is told after that.
    fn unsettled(&self, home: Home, partner: PartnerId, through: u64) -> Answer<'_, Vec<Settled>>;

    /// Makes all notices to a partner up to a number done at the moment of `line`, since it knows them, and says which were not. Of
    /// many some are done at a time; each commit has the line in it, about the referrals whose notices it made done.
    fn settle_told(&self, home: Home, partner: PartnerId, through: u64, line: AuditRecord) -> Answer<'_, Vec<Settled>>;

    /// Forgets some of the notices that were done before a moment, and says how many; 0 when there are no more.
    fn forget_told(&self, before: Timestamp) -> Answer<'_, u64>;

    /// Referrals that fit, in the order of their ids, which is that of their submission.
    fn referrals(
        &self,
        question: ReferralQuestion,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<ListedReferral>, Option<ReferralId>)>;

    /// What is left of referrals of a home that were cleared, or of one of them, in the order of their ids.
    fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<Erasure>, Option<ReferralId>)>;

    /// Whose keys were destroyed although they stand in the database as alive, because it is a copy from before: see
    /// [`clear_again`].
    fn keyless(&self) -> Answer<'_, Vec<Keyless>>;

    /// Lines of the audit after a sequence number (0 for all), oldest first, with their numbers.
    fn audit(&self, after: u64, limit: u32) -> Answer<'_, Lines>;

    /// Lines of the audit that fit, oldest first, with their numbers.
    fn trail(&self, question: TrailQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)>;

    /// Lines of the audit that a partner may see, oldest first, with their numbers. A page may have less than it could, and none at
    /// all, and still lead on.
    fn part(&self, question: PartQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)>;

    /// One line of it, if the partner may see that.
    fn part_line(&self, question: PartQuestion, number: u64) -> Answer<'_, Option<AuditRecord>>;

    /// The newest checkpoint of the tree over the audit; nothing while there is none.
    fn tree(&self) -> Answer<'_, Option<Checkpoint>>;

    /// Grows that tree. Outdated when it is not as large as it was thought to be: another process was faster.
    fn grow_tree(&self, growth: Growth) -> Answer<'_, Committed>;

    /// What the tree has of the lines after a number, oldest first.
    fn leaves(&self, after: u64, limit: u32) -> Answer<'_, Vec<(u64, Leaf)>>;

    /// Checkpoints that are kept of more lines than these, oldest first.
    fn checkpoints(&self, after: u64, limit: u32) -> Answer<'_, Vec<Checkpoint>>;

    /// How late it was when a server last looked; nothing where none ever did. A machine's clock may say less.
    fn clock_mark(&self) -> Answer<'_, Option<Timestamp>>;

    /// Writes how late it is.
    fn mark_clock(&self, at: Timestamp, how: Mark) -> Answer<'_, ()>;

    /// The secret of this deployment with which search keys are blinded. It stays the same, and is not in the database.
    fn blind_secret(&self) -> Answer<'_, [u8; 32]>;

    /// Whether the store can be read and written now.
    fn ready(&self) -> Answer<'_, ()>;
}
