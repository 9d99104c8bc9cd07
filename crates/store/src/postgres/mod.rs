//! The store for several processes: PostgreSQL, read committed.
//!
//! Each batch is one transaction. What it relies on is checked by row locks and unique indexes; statements that do not
//! need each other's results go out together. Connections are not encrypted yet.

mod account;
mod audit;
mod case;
mod clock;
mod commit;
mod connect;
mod endpoint;
mod erasure;
pub(crate) mod error;
mod expired;
mod find;
mod key_file;
mod key_report;
mod known;
mod listing;
mod name;
mod notice;
mod orphan;
mod parked;
mod part;
mod pipeline;
mod pointer;
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

use std::sync::Arc;

pub(crate) use self::key_report::key_report;
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
use deadpool_postgres::{Object, Pool};
use tokio::sync::OnceCell;

use self::{
    audit::Numbering,
    error::{fault, pool_fault},
};
use crate::{
    Answer, Committed, Keyless, Lines, ListedReferral, Looked, Mark, Page, PageToken, ParkedQuestion, ReferralQuestion,
    ResourceQuestion, SearchQuestion, Store, StoreError,
    batch::{self, Packed},
    ends::opened,
    migrations,
    seal::{Keys, end_process_while_a_key_stays, may_retire, owners, unused},
};

/// A store in a PostgreSQL database.
pub(crate) struct PostgresStore {
    pool: Pool,
    keys: Arc<Keys>,
    /// Set when it is on record that this database relies on the key file.
    relied: OnceCell<()>,
    numbering: Numbering,
}

impl PostgresStore {
    /// Connects, and brings the database up to date.
    pub(crate) async fn open(url: &str, keys: Arc<Keys>) -> Result<PostgresStore, StoreError> {
        let (pool, numbering) = (connect::pool(url)?, Numbering::default());
        let store = PostgresStore { pool, keys, relied: OnceCell::new(), numbering };
        let mut connection = store.connection().await?;
        migrations::postgres::migrate(&mut connection).await?;
        seal::finish(&connection, &store.keys).await?;
        drop(connection);
        Ok(store)
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(pool_fault)
    }

    /// Puts the key file on record before anything relies on it, in a commit of its own: so whatever a crash leaves of a sealed
    /// body, it is known with which file it was sealed.
    async fn rely_on_keys(&self) -> Result<(), StoreError> {
        let record = || async {
            self.keys.blind().await?;
            let ours = self.keys.fingerprint()?;
            self.keys.compare(key_file::record(&self.connection().await?, ours).await?)
        };
        self.relied.get_or_try_init(record).await.copied()
    }

    /// Seals the bodies of a batch. False when a key that it needs was destroyed meanwhile.
    async fn seal(&self, batch: &mut Packed) -> Result<bool, StoreError> {
        let owners = owners(batch);
        if owners.is_empty() && !may_retire(batch) {
            return Ok(true);
        }
        let Ok(home) = batch.home() else { return Ok(true) };
        if !owners.is_empty() {
            self.rely_on_keys().await?;
        }
        let found = seal::find(&self.connection().await?, home, &owners).await?;
        match crate::seal::seal(batch, &found, &self.keys).await {
            Err(StoreError::Corrupt(_)) if seal::find(&self.connection().await?, home, &owners).await? != found => {
                Ok(false)
            }
            sealed => sealed.map(|()| true),
        }
    }

    /// Commits a batch that retires keys, and destroys them. It goes on when nobody waits for it any more.
    async fn commit_and_destroy(&self, batch: Packed) -> Result<Committed, StoreError> {
        let (pool, keys) = (self.pool.clone(), Arc::clone(&self.keys));
        let task = tokio::spawn(async move {
            let mut connection = pool.get().await.map_err(pool_fault)?;
            let (committed, retired) = commit::commit(&mut connection, &batch).await?;
            if committed == Committed::Outdated {
                keys.discard(unused(&batch));
            }
            if !retired.is_empty()
                && let Err(error) = seal::destroy(&connection, &keys, retired).await
            {
                end_process_while_a_key_stays(&error);
            }
            Ok((committed, batch))
        });
        let (committed, batch) = task.await.map_err(|_| StoreError::Bug("a commit that did not end".into()))??;
        if committed == Committed::Done {
            self.numbering.after_commit(&batch, &self.pool);
        }
        Ok(committed)
    }
}

impl Store for PostgresStore {
    fn known(&self, question: MessageQuestion) -> Answer<'_, Known> {
        Box::pin(async move {
            let mut connection = self.connection().await?;
            match known::known(&mut connection, &self.keys, &question).await {
                Err(StoreError::Corrupt(_)) => known::known(&mut connection, &self.keys, &question).await,
                other => other,
            }
        })
    }

    fn commit(&self, batch: Batch) -> Answer<'_, Committed> {
        Box::pin(async move {
            let mut packed = batch::pack(batch).await?;
            if !self.seal(&mut packed).await? {
                return Ok(Committed::Outdated);
            }
            if may_retire(&packed) {
                return self.commit_and_destroy(packed).await;
            }
            let (committed, _) = commit::commit(&mut self.connection().await?, &packed).await?;
            match committed {
                Committed::Done => self.numbering.after_commit(&packed, &self.pool),
                Committed::Outdated => self.keys.discard(unused(&packed)),
            }
            Ok(committed)
        })
    }

    fn resource(&self, question: ResourceQuestion) -> Answer<'_, Looked> {
        Box::pin(async move {
            let connection = self.connection().await?;
            match version::read(&connection, &self.keys, &question).await {
                Err(StoreError::Corrupt(_)) => version::read(&connection, &self.keys, &question).await,
                other => other,
            }
        })
    }

    fn history(&self, question: ResourceQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        Box::pin(async move {
            let connection = self.connection().await?;
            match version::history(&connection, &self.keys, &question, page).await {
                Err(StoreError::Corrupt(_)) => version::history(&connection, &self.keys, &question, page).await,
                other => other,
            }
        })
    }

    fn search(&self, question: SearchQuestion, page: Page) -> Answer<'_, (Vec<StoredResource>, Option<PageToken>)> {
        Box::pin(async move {
            let connection = self.connection().await?;
            match search::search(&connection, &self.keys, &question, page).await {
                Err(StoreError::Corrupt(_)) => search::search(&connection, &self.keys, &question, page).await,
                other => other,
            }
        })
    }

    fn count(&self, question: SearchQuestion) -> Answer<'_, u64> {
        Box::pin(async move { search::count(&self.connection().await?, &question).await })
    }

    fn pointers(&self, names: Vec<PointerName>) -> Answer<'_, Vec<Option<Pointer>>> {
        Box::pin(async move { pointer::by_names(&self.connection().await?, &names).await })
    }

    fn find_pointers(&self, search: PointerSearch, page: Page<PointerId>) -> Answer<'_, PointerPage> {
        Box::pin(async move { find::find(&self.connection().await?, &search, page).await })
    }

    fn export_pointers(
        &self,
        exchange: ExchangeId,
        page: Page<PointerId>,
    ) -> Answer<'_, (Vec<Pointer>, Option<PointerId>)> {
        Box::pin(async move { find::export(&self.connection().await?, &exchange, page).await })
    }

    fn token(&self, hash: TokenHash) -> Answer<'_, Option<AccessToken>> {
        Box::pin(async move { token::find(&self.connection().await?, hash).await })
    }

    fn ticket(&self, key: TicketKey) -> Answer<'_, Option<Ticket>> {
        Box::pin(async move { ticket::find(&self.connection().await?, key).await })
    }

    fn account(&self, login: Login) -> Answer<'_, Option<Account>> {
        Box::pin(async move { account::find(&self.connection().await?, &login).await })
    }

    fn account_elsewhere(&self, elsewhere: Elsewhere) -> Answer<'_, Option<Account>> {
        Box::pin(async move { account::find_elsewhere(&self.connection().await?, &elsewhere).await })
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        Box::pin(async move { account::all(&self.connection().await?).await })
    }

    fn partners_due(&self, now: Timestamp) -> Answer<'_, Vec<PartnerId>> {
        Box::pin(async move { notice::partners_due(&self.connection().await?, now).await })
    }

    fn lease_notices(
        &self,
        partner: PartnerId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<Lease>> {
        Box::pin(
            async move { notice::lease(&mut self.connection().await?, &self.keys, &partner, now, until, limit).await },
        )
    }

    fn attempted(&self, notice: NoticeId, token: LeaseToken, outcome: Attempted) -> Answer<'_, bool> {
        Box::pin(async move { notice::attempted(&mut self.connection().await?, notice, token, outcome).await })
    }

    fn is_leased(&self, notice: NoticeId, token: LeaseToken) -> Answer<'_, bool> {
        Box::pin(async move { notice::is_leased(&self.connection().await?, notice, token).await })
    }

    fn parked_notices(
        &self,
        question: ParkedQuestion,
        page: Page,
    ) -> Answer<'_, (Vec<ParkedNotice>, Option<PageToken>)> {
        Box::pin(async move { parked::parked(&self.connection().await?, &question, page).await })
    }

    fn resend(&self, which: Resend, now: Timestamp, message: MessageId) -> Answer<'_, u64> {
        Box::pin(async move {
            let (mut connection, mut tries) = (self.connection().await?, 0);
            loop {
                match notice::resend(&mut connection, &which, now, message).await {
                    Ok(number) => return Ok(number),
                    Err(trouble) => told::again(trouble, &mut tries)?,
                }
            }
        })
    }

    fn hasten(&self, partner: PartnerId, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(async move { notice::hasten(&self.connection().await?, &partner, now).await })
    }

    fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<Erasure>, Option<ReferralId>)> {
        Box::pin(async move { erasure::erasures(&self.connection().await?, home, only, page).await })
    }

    fn backlogs(&self) -> Answer<'_, Vec<Backlog>> {
        Box::pin(async move { parked::backlogs(&self.connection().await?).await })
    }

    fn endpoints(&self, after: u64) -> Answer<'_, Vec<Endpoint>> {
        Box::pin(async move { opened(endpoint::changed(&self.connection().await?, after).await?, &self.keys) })
    }

    fn put_endpoint(&self, endpoint: Endpoint, line: AuditRecord) -> Answer<'_, Committed> {
        Box::pin(async move {
            self.rely_on_keys().await?;
            let sealed = self.keys.secrets()?.sealed(endpoint)?;
            endpoint::put(&mut self.connection().await?, &sealed, &line).await
        })
    }

    fn told(&self, question: ToldQuestion) -> Answer<'_, Told> {
        Box::pin(async move { told::told(&mut self.connection().await?, &self.keys, &question).await })
    }

    fn unsettled(&self, home: Home, partner: PartnerId, through: u64) -> Answer<'_, Vec<Settled>> {
        Box::pin(async move { told::unsettled(&self.connection().await?, home, &partner, through).await })
    }

    fn settle_told(&self, home: Home, partner: PartnerId, through: u64, line: AuditRecord) -> Answer<'_, Vec<Settled>> {
        Box::pin(async move { told::settle(&mut self.connection().await?, home, &partner, through, &line).await })
    }

    fn is_anything_expired(&self, before: Timestamp) -> Answer<'_, bool> {
        Box::pin(async move { expired::is_there(&self.connection().await?, before).await })
    }

    fn forget_told(&self, before: Timestamp) -> Answer<'_, u64> {
        Box::pin(async move { told::forget(&self.connection().await?, before).await })
    }

    fn referrals(
        &self,
        question: ReferralQuestion,
        page: Page<ReferralId>,
    ) -> Answer<'_, (Vec<ListedReferral>, Option<ReferralId>)> {
        Box::pin(async move { listing::referrals(&self.connection().await?, &question, page).await })
    }

    fn keyless(&self) -> Answer<'_, Vec<Keyless>> {
        Box::pin(async move { seal::keyless(&self.connection().await?, &self.keys).await })
    }

    fn audit(&self, after: u64, limit: u32) -> Answer<'_, Lines> {
        Box::pin(async move { audit::after(&mut self.connection().await?, after, limit).await })
    }

    fn trail(&self, question: TrailQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        Box::pin(async move { trail::trail(&mut self.connection().await?, &question, page).await })
    }

    fn part(&self, question: PartQuestion, page: Page) -> Answer<'_, (Lines, Option<PageToken>)> {
        Box::pin(async move { part::part(&mut self.connection().await?, &question, page).await })
    }

    fn part_line(&self, question: PartQuestion, number: u64) -> Answer<'_, Option<AuditRecord>> {
        Box::pin(async move { part::line(&mut self.connection().await?, &question, number).await })
    }

    fn tree(&self) -> Answer<'_, Option<Checkpoint>> {
        Box::pin(async move { tree::newest(&self.connection().await?).await })
    }

    fn grow_tree(&self, growth: Growth) -> Answer<'_, Committed> {
        Box::pin(async move { tree::grow(&mut self.connection().await?, &growth).await })
    }

    fn leaves(&self, after: u64, limit: u32) -> Answer<'_, Vec<(u64, Leaf)>> {
        Box::pin(async move { tree::leaves(&self.connection().await?, after, limit).await })
    }

    fn checkpoints(&self, after: u64, limit: u32) -> Answer<'_, Vec<Checkpoint>> {
        Box::pin(async move { tree::checkpoints(&self.connection().await?, after, limit).await })
    }

    fn clock_mark(&self) -> Answer<'_, Option<Timestamp>> {
        Box::pin(async move { clock::mark(&self.connection().await?).await })
    }

    fn mark_clock(&self, at: Timestamp, how: Mark) -> Answer<'_, ()> {
        Box::pin(async move { clock::put(&mut self.connection().await?, at, how).await })
    }

    fn blind_secret(&self) -> Answer<'_, [u8; 32]> {
        Box::pin(async move {
            self.rely_on_keys().await?;
            self.keys.blind().await
        })
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            const ASK: &str = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
            let row = self.connection().await?.query_one(ASK, &[]).await.map_err(fault)?;
            if row.try_get(0).map_err(fault)? {
                return Err(StoreError::Unavailable("PostgreSQL takes no writes".into()));
            }
            Ok(())
        })
    }
}
