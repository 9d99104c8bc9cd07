//! The embedded store: one SQLite file, one thread that writes, any number of readers.
//!
//! Writes wait in a channel. The writer takes all that wait into one transaction (group commit), and answers after the
//! disk has it. Readers never wait for it.

mod account;
mod audit;
mod case;
mod checkpoint;
mod chore;
mod clock;
mod connect;
mod endpoint;
mod erasure;
pub(crate) mod error;
mod expired;
mod find;
mod group;
mod job;
mod key_file;
mod key_report;
mod known;
mod listing;
mod name;
mod notice;
mod orphan;
mod parked;
mod part;
mod party;
mod pointer;
mod readers;
mod receipt;
mod referral;
mod resource;
mod seal;
mod search;
mod ticket;
mod token;
mod told;
mod trail;
mod tree;
mod version;
mod writer;

use std::{path::PathBuf, sync::Arc};

pub(crate) use self::{
    checkpoint::LOG_PAGES_MAX,
    connect::{PAGE_BYTES, WRITER_CACHE_KIB},
    key_report::key_report,
    readers::Readers,
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
use rusqlite::Connection;
use tokio::sync::OnceCell;

use self::{
    group::Trouble,
    job::{AttemptReport, LeaseQuestion, Work},
    writer::Writer,
};
use crate::{
    Answer, Committed, Keyless, Lines, ListedReferral, Looked, Mark, Page, PageToken, ParkedQuestion, ReferralQuestion,
    ResourceQuestion, SearchQuestion, Store, StoreError,
    batch::{self, Packed},
    ends::opened,
    seal::{Keys, may_retire, owners, unused},
};

/// How many rows of a patient are looked at here and now. A patient with more pointers than that delays no one.
const POINTERS_HERE_MAX: usize = 256;

/// A store in one file.
pub(crate) struct SqliteStore {
    keys: Arc<Keys>,
    /// Set when it is on record that this database relies on the key file.
    relied: OnceCell<()>,
    // The readers are closed before the writer, whose end moves the log into the file.
    readers: Arc<Readers>,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, makes it when it is not there, and brings it up to date.
    pub(crate) fn open(path: PathBuf, keys: Arc<Keys>) -> Result<SqliteStore, StoreError> {
        let writer = Writer::start(&path, Arc::clone(&keys))?;
        let readers = Readers::open(path)?;
        Ok(SqliteStore { keys, relied: OnceCell::new(), readers, writer })
    }

    /// Answers a question about bodies here and now. One that was just cleared is asked for again: the rows are gone before the
    /// key is.
    fn look<T>(&self, ask: impl Fn(&Connection, &Keys) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.readers.now(|connection| ask(connection, &self.keys)) {
            Err(StoreError::Corrupt(_)) => self.readers.now(|connection| ask(connection, &self.keys)),
            other => other,
        }
    }

    /// The same on a thread where it delays no one.
    async fn look_aside<T: Send + 'static>(
        &self,
        ask: impl Fn(&Connection, &Keys) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let keys = Arc::clone(&self.keys);
        let twice = move |connection: &Connection| match ask(connection, &keys) {
            Err(StoreError::Corrupt(_)) => ask(connection, &keys),
            other => other,
        };
        Arc::clone(&self.readers).aside(twice).await
    }

    /// Puts the key file on record before anything relies on it, in a commit of its own: so whatever a crash leaves of a sealed
    /// body, it is known with which file it was sealed.
    async fn rely_on_keys(&self) -> Result<(), StoreError> {
        let record = || async {
            self.keys.blind().await?;
            let ours = self.keys.fingerprint()?;
            let record = move |connection: &Connection| key_file::record(connection, ours).map_err(Trouble::from);
            self.keys.compare(self.writer.chore(record).await?)
        };
        self.relied.get_or_try_init(record).await.copied()
    }

    /// Seals the bodies of a batch. False when a key that it needs was destroyed meanwhile.
    async fn seal(&self, batch: &mut Packed) -> Result<bool, StoreError> {
        let owners = owners(batch);
        if owners.is_empty() && !may_retire(batch) || !self.keys.care().seals() {
            return Ok(true);
        }
        let Ok(home) = batch.home() else { return Ok(true) };
        if !owners.is_empty() {
            self.rely_on_keys().await?;
        }
        let find = || self.readers.now(|connection| seal::find(connection, home, &owners));
        let found = find()?;
        match crate::seal::seal(batch, &found, &self.keys).await {
            Err(StoreError::Corrupt(_)) if find()? != found => Ok(false),
            sealed => sealed.map(|()| true),
        }
    }
}

impl Store for SqliteStore {
    fn known(&self, question: MessageQuestion) -> Answer<'_, Known> {
        Box::pin(async move { self.look(|connection, keys| known::known(connection, keys, &question)) })
    }

    fn commit(&self, batch: Batch) -> Answer<'_, Committed> {
        Box::pin(async move {
            let mut packed = batch::pack(batch).await?;
            if !self.seal(&mut packed).await? {
                return Ok(Committed::Outdated);
            }
            let unused = unused(&packed);
            let committed = self.writer.ask(|reply| Work::Commit(packed, reply)).await?;
            if committed == Committed::Outdated {
                self.keys.discard(unused);
            }
            Ok(committed)
        })
    }

    fn resource(&self, question: ResourceQuestion) -> Answer<'_, Looked> {
        Box::pin(async move { self.look(|connection, keys| version::read(connection, keys, &question)) })
    }

    fn history(&self, question: ResourceQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        Box::pin(self.look_aside(move |connection, keys| version::history(connection, keys, &question, page)))
    }

    fn search(&self, question: SearchQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        Box::pin(self.look_aside(move |connection, keys| search::search(connection, keys, &question, page)))
    }

    fn count(&self, question: SearchQuestion) -> Answer<'_, u64> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| search::count(connection, &question)))
    }

    fn pointers(&self, names: Vec<PointerName>) -> Answer<'_, Vec<Option<Pointer>>> {
        Box::pin(async move { self.readers.now(|connection| pointer::by_names(connection, &names)) })
    }

    fn find_pointers(&self, search: PointerSearch, page: Page<PointerId>) -> Answer<'_, PointerPage> {
        Box::pin(async move {
            let here = |connection: &Connection| find::find(connection, &search, page, POINTERS_HERE_MAX);
            if let Some(found) = self.readers.now(here)? {
                return Ok(found);
            }
            let all = move |connection: &Connection| find::find(connection, &search, page, usize::MAX);
            Ok(Arc::clone(&self.readers).aside(all).await?.unwrap_or_default())
        })
    }

    fn export_pointers(
        &self,
        exchange: ExchangeId,
        page: Page<PointerId>,
    ) -> Answer<'_, (Vec<Pointer>, Option<PointerId>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| find::export(connection, &exchange, page)))
    }

    fn token(&self, hash: TokenHash) -> Answer<'_, Option<AccessToken>> {
        Box::pin(async move { self.readers.now(|connection| token::find(connection, hash)) })
    }

    fn ticket(&self, key: TicketKey) -> Answer<'_, Option<Ticket>> {
        Box::pin(async move { self.readers.now(|connection| ticket::find(connection, key)) })
    }

    fn account(&self, login: Login) -> Answer<'_, Option<Account>> {
        Box::pin(async move { self.readers.now(|connection| account::find(connection, &login)) })
    }

    fn account_elsewhere(&self, elsewhere: Elsewhere) -> Answer<'_, Option<Account>> {
        Box::pin(async move { self.readers.now(|connection| account::find_elsewhere(connection, &elsewhere)) })
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        Box::pin(Arc::clone(&self.readers).aside(account::all))
    }

    fn partners_due(&self, now: Timestamp) -> Answer<'_, Vec<PartnerId>> {
        Box::pin(async move { self.readers.now(|connection| notice::partners_due(connection, now)) })
    }

    fn lease_notices(
        &self,
        partner: PartnerId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            if !self.readers.now(|connection| notice::any_due(connection, &partner, now))? {
                return Ok(Vec::new());
            }
            self.writer.ask(|reply| Work::Lease(LeaseQuestion { partner, now, until, limit }, reply)).await
        })
    }

    fn attempted(&self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> Answer<'_, bool> {
        Box::pin(async move {
            self.writer.ask(|reply| Work::Attempted(AttemptReport { notice, token, outcome }, reply)).await
        })
    }

    fn is_leased(&self, notice: NoticeId, token: LeaseToken) -> Answer<'_, bool> {
        Box::pin(async move { self.readers.now(|connection| notice::is_leased(connection, notice, token)) })
    }

    fn parked_notices(
        &self,
        question: ParkedQuestion,
        page: Page,
    ) -> Answer<'_, (Vec<ParkedNotice>, Option<PageToken>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| parked::parked(connection, &question, page)))
    }

    fn resend(&self, which: Resend, now: Timestamp, message: MessageId) -> Answer<'_, u64> {
        Box::pin(self.writer.chore(move |connection| notice::resend(connection, &which, now, message)))
    }

    fn hasten(&self, partner: PartnerId, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(self.writer.chore(move |connection| notice::hasten(connection, &partner, now)))
    }

    fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<Erasure>, Option<ReferralId>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| erasure::erasures(connection, home, only, page)))
    }

    fn backlogs(&self) -> Answer<'_, Vec<Backlog>> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(parked::backlogs))
    }

    fn endpoints(&self, after: u64) -> Answer<'_, Vec<Endpoint>> {
        Box::pin(
            async move { opened(self.readers.now(|connection| endpoint::changed(connection, after))?, &self.keys) },
        )
    }

    fn put_endpoint(&self, endpoint: Endpoint, line: AuditRecord) -> Answer<'_, Committed> {
        Box::pin(async move {
            self.rely_on_keys().await?;
            let sealed = self.keys.secrets()?.sealed(endpoint)?;
            self.writer.chore(move |connection| endpoint::put(connection, &sealed, &line)).await
        })
    }

    fn told(&self, question: ToldQuestion) -> Answer<'_, Told> {
        Box::pin(async move {
            loop {
                let asked = question.clone();
                let told = self.look_aside(move |connection, keys| told::numbered(connection, keys, &asked)).await?;
                let (home, partner) = (question.home, question.partner.clone());
                let is_all = || self.readers.now(|connection| told::any_unnumbered(connection, home, &partner));
                if !told.notices.is_empty() || !is_all()? {
                    return Ok(told);
                }
                let partner = question.partner.clone();
                self.writer.chore(move |connection| told::number(connection, home, &partner)).await?;
            }
        })
    }

    fn unsettled(&self, home: Home, partner: PartnerId, through: u64) -> Answer<'_, Vec<Settled>> {
        Box::pin(async move { self.readers.now(|connection| told::unsettled(connection, home, &partner, through)) })
    }

    fn settle_told(&self, home: Home, partner: PartnerId, through: u64, line: AuditRecord) -> Answer<'_, Vec<Settled>> {
        Box::pin(async move {
            let mut all = Vec::new();
            loop {
                let (partner, line) = (partner.clone(), line.clone());
                let settle = move |connection: &Connection| told::settle(connection, home, &partner, through, &line);
                let mut some = self.writer.chore(settle).await?;
                if some.is_empty() {
                    return Ok(all);
                }
                all.append(&mut some);
            }
        })
    }

    fn is_anything_expired(&self, before: Timestamp) -> Answer<'_, bool> {
        Box::pin(async move { self.readers.now(|connection| expired::is_there(connection, before)) })
    }

    fn forget_told(&self, before: Timestamp) -> Answer<'_, u64> {
        Box::pin(self.writer.chore(move |connection| told::forget(connection, before)))
    }

    fn referrals(
        &self,
        question: ReferralQuestion,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<ListedReferral>, Option<ReferralId>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| listing::referrals(connection, &question, page)))
    }

    fn keyless(&self) -> Answer<'_, Vec<Keyless>> {
        let (readers, keys) = (Arc::clone(&self.readers), Arc::clone(&self.keys));
        Box::pin(readers.aside(move |connection| seal::keyless(connection, &keys)))
    }

    fn audit(&self, after: u64, limit: u32) -> Answer<'_, Lines> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| audit::after(connection, after, limit)))
    }

    fn trail(&self, question: TrailQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| trail::trail(connection, &question, page)))
    }

    fn part(&self, question: PartQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| part::part(connection, &question, page)))
    }

    fn part_line(&self, question: PartQuestion, number: u64) -> Answer<'_, Option<AuditRecord>> {
        Box::pin(async move { self.readers.now(|connection| part::line(connection, &question, number)) })
    }

    fn tree(&self) -> Answer<'_, Option<Checkpoint>> {
        Box::pin(async move { self.readers.now(tree::newest) })
    }

    fn grow_tree(&self, growth: Growth) -> Answer<'_, Committed> {
        Box::pin(self.writer.chore(move |connection| tree::grow(connection, &growth)))
    }

    fn leaves(&self, after: u64, limit: u32) -> Answer<'_, Vec<(u64, Leaf)>> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| tree::leaves(connection, after, limit)))
    }

    fn checkpoints(&self, after: u64, limit: u32) -> Answer<'_, Vec<Checkpoint>> {
        let readers = Arc::clone(&self.readers);
        Box::pin(readers.aside(move |connection| tree::checkpoints(connection, after, limit)))
    }

    fn clock_mark(&self) -> Answer<'_, Option<Timestamp>> {
        Box::pin(async move { self.readers.now(clock::mark) })
    }

    fn mark_clock(&self, at: Timestamp, how: Mark) -> Answer<'_, ()> {
        Box::pin(self.writer.chore(move |connection| clock::put(connection, at, how)))
    }

    fn blind_secret(&self) -> Answer<'_, [u8; 32]> {
        Box::pin(async move {
            self.rely_on_keys().await?;
            self.keys.blind().await
        })
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.readers.now(known::probe)?;
            self.writer.ask(Work::Probe).await
        })
    }
}
