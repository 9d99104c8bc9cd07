//! Group commit: many jobs, one transaction, one flush of the disk.

use std::{sync::Arc, time::Instant};

use baton_exchange::{
    access::AccessChange,
    decision::Assert,
    id::{Home, ReferralId},
};
use rusqlite::{Connection, Statement};

use super::{
    account::AccountTable,
    audit::AuditTable,
    error::{fault, is_busy, is_conflict, is_disk_failure},
    job::{Job, Work},
    name::NameTable,
    notice::NoticeTable,
    orphan::OrphanTable,
    pointer::PointerTable,
    receipt::ReceiptTable,
    referral::ReferralTable,
    resource::ResourceTable,
    seal::SealTable,
    ticket::TicketTable,
    token::TokenTable,
    tree,
};
use crate::{
    Committed, StoreError,
    batch::{Packed, PackedChange},
    fatal::end_process,
    seal::{Keys, end_process_while_a_key_stays},
};

/// Why a job of a group was not done.
pub(super) enum Trouble {
    /// A row is in its place: another commit was first. The others of the group go on.
    Conflict,
    /// A fault of this job alone.
    Job(StoreError),
    /// Nothing can be written now.
    Group(StoreError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        // one damaged row is no reason to refuse those that have nothing to do with it
        let is_of_one_row = error.sqlite_error_code().is_none();
        match fault(error) {
            one if is_of_one_row => Trouble::Job(one),
            bug @ StoreError::Bug(_) => Trouble::Job(bug),
            other @ (StoreError::Unavailable(_) | StoreError::Corrupt(_)) => Trouble::Group(other),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Job(error)
    }
}

/// Reads a conflict as one, and all else as trouble.
pub(super) fn conflict_or_trouble(error: rusqlite::Error) -> Trouble {
    if is_conflict(&error) { Trouble::Conflict } else { error.into() }
}

/// The writer's statements, prepared once.
pub(super) struct Groups<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    receipts: ReceiptTable<'c>,
    referrals: ReferralTable<'c>,
    resources: ResourceTable<'c>,
    pointers: PointerTable<'c>,
    notices: NoticeTable<'c>,
    audit: AuditTable<'c>,
    tokens: TokenTable<'c>,
    tickets: TicketTable<'c>,
    accounts: AccountTable<'c>,
    names: NameTable<'c>,
    orphans: OrphanTable<'c>,
    seals: SealTable<'c>,
    keys: Arc<Keys>,
    /// Whether something was erased since it was asked for.
    is_erased: bool,
}

impl<'c> Groups<'c> {
    pub(super) fn prepare(connection: &'c Connection, keys: Arc<Keys>) -> Result<Groups<'c>, StoreError> {
        let prepared = move || -> rusqlite::Result<Groups<'c>> {
            Ok(Groups {
                connection,
                begin: connection.prepare("BEGIN IMMEDIATE")?,
                commit: connection.prepare("COMMIT")?,
                receipts: ReceiptTable::prepare(connection)?,
                referrals: ReferralTable::prepare(connection)?,
                resources: ResourceTable::prepare(connection)?,
                pointers: PointerTable::prepare(connection)?,
                notices: NoticeTable::prepare(connection)?,
                audit: AuditTable::prepare(connection)?,
                tokens: TokenTable::prepare(connection)?,
                tickets: TicketTable::prepare(connection)?,
                accounts: AccountTable::prepare(connection)?,
                names: NameTable::prepare(connection)?,
                orphans: OrphanTable::prepare(connection)?,
                seals: SealTable::prepare(connection)?,
                keys,
                is_erased: false,
            })
        };
        prepared().map_err(fault)
    }

    /// Writes a group and answers its jobs when it is durable. Gives back those that may still wait for another
    /// program that holds the write lock.
    pub(super) fn write(&mut self, mut jobs: Vec<Job>) -> Vec<Job> {
        jobs.retain(|job| !job.is_abandoned());
        while let Some(earliest) = jobs.iter().map(|job| job.deadline).min() {
            if let Err(error) = self.begin(earliest) {
                return give_up(jobs, error);
            }
            match self.apply_all(&mut jobs) {
                Ok(()) => {
                    self.commit(jobs);
                    break;
                }
                Err((place, trouble)) => {
                    self.roll_back();
                    jobs = without_the_troubled(jobs, place, trouble);
                }
            }
        }
        Vec::new()
    }

    /// Whether something was erased since this was last asked, and so old pages should leave the log.
    pub(super) fn take_erased(&mut self) -> bool {
        std::mem::take(&mut self.is_erased)
    }

    fn begin(&mut self, until: Instant) -> rusqlite::Result<()> {
        self.connection.busy_timeout(until.saturating_duration_since(Instant::now()))?;
        self.begin.execute([]).map(drop)
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        match self.commit.execute([]) {
            Ok(_) => self.answer(jobs),
            Err(error) if is_disk_failure(&error) => end_process_after_failed_flush(&fault(error)),
            Err(error) => {
                self.roll_back();
                let text = fault(error).to_string();
                jobs.into_iter().for_each(|job| job.fail(StoreError::Unavailable(text.clone())));
            }
        }
    }

    /// What is durable is answered. Where keys may have been retired they are destroyed first.
    fn answer(&mut self, jobs: Vec<Job>) {
        self.seals.is_forgotten();
        if jobs.iter().any(Job::may_retire_keys)
            && let Err(error) = self.seals.destroy_retired(&self.keys)
        {
            end_process_while_a_key_stays(&error);
        }
        jobs.into_iter().for_each(Job::answer);
    }

    fn roll_back(&self) {
        // Some errors have rolled back already.
        if !self.connection.is_autocommit() && self.connection.execute_batch("ROLLBACK").is_err() {
            tracing::error!("a transaction could not be rolled back");
        }
    }

    /// Does all jobs in order; each sees what the earlier ones wrote. Stops at the first that is in trouble.
    fn apply_all(&mut self, jobs: &mut [Job]) -> Result<(), (usize, Trouble)> {
        let begun = self.resources.begin().and_then(|()| self.seals.forget_destroyed());
        begun.map_err(|error| (0, Trouble::Group(fault(error))))?;
        for (place, job) in jobs.iter_mut().enumerate() {
            self.apply(&mut job.work).map_err(|trouble| (place, trouble))?;
        }
        Ok(())
    }

    fn apply(&mut self, work: &mut Work) -> Result<(), Trouble> {
        match work {
            Work::Commit(batch, reply) => reply.set(self.apply_batch(batch)?),
            Work::Lease(question, reply) => reply.set(self.notices.lease(question, &self.keys)?),
            Work::Attempted(report, reply) => reply.set(self.notices.attempted(report)?),
            Work::Chore(chore) => chore.apply(self.connection)?,
            Work::Probe(reply) => reply.set(()),
        }
        Ok(())
    }

    /// All asserts come before the first write, so a batch that is outdated needs no rollback.
    fn apply_batch(&mut self, batch: &Packed) -> Result<Committed, Trouble> {
        for assert in &batch.asserts {
            if !self.holds(batch, assert)? {
                return Ok(Committed::Outdated);
            }
        }
        for change in &batch.changes {
            self.change(batch, change)?;
        }
        Ok(Committed::Done)
    }

    fn holds(&mut self, batch: &Packed, assert: &Assert) -> Result<bool, Trouble> {
        match assert {
            Assert::NoReceipt { keys, now } => self.receipts.none_has(batch.home()?, keys, *now),
            Assert::NoReferral { home, request_id } => self.referrals.none_has(*home, request_id),
            Assert::NoNames { home, names, seen, orphans, now } => {
                Ok(self.names.none_has(*home, names, seen)? && self.orphans.none_unseen(*home, names, orphans, *now)?)
            }
            Assert::ReferralAt { home, id, version } => self.referrals.is_at(*home, *id, *version),
            Assert::NoPointer { home, subject, master } => self.pointers.none_has(*home, *subject, *master),
            Assert::PointerAt { home, id, version } => self.pointers.is_at(*home, *id, *version),
        }
    }

    fn change(&mut self, batch: &Packed, change: &PackedChange) -> Result<(), Trouble> {
        match change {
            PackedChange::PutSeals(seals) => self.seals.put(batch.home()?, seals),
            PackedChange::PutReceipt { receipt, transcript, is_shared } => {
                self.receipts.put(receipt, transcript, *is_shared)
            }
            PackedChange::PutReferral(referral) => self.referrals.put(referral),
            PackedChange::ReplaceResources { referral, at, parcels } => {
                self.resources.replace(batch.home()?, *referral, *at, parcels)
            }
            PackedChange::PutResources { referral, at, parcels, left_out } => {
                self.resources.put(batch.home()?, *referral, *at, parcels, left_out)
            }
            PackedChange::PutNames { referral, names } => self.names.put(batch.home()?, *referral, names),
            PackedChange::PutOrphan(orphan) => self.orphans.put(orphan),
            PackedChange::DropOrphans(ids) => self.orphans.drop(batch.home()?, ids),
            PackedChange::Erase(referral) => self.erase(batch.home()?, *referral),
            PackedChange::PutPointer(pointer) => self.pointers.put(pointer),
            PackedChange::AdoptPointer(pointer) => self.pointers.adopt(pointer),
            PackedChange::PutNotice(notice) => self.notices.put(notice),
            PackedChange::Redact(lines) => {
                self.is_erased = true;
                tree::redact(self.connection, lines)
            }
            PackedChange::PutAudit(record) => self.audit.put(record),
            PackedChange::Access(change) => self.access(change),
            PackedChange::ForgetExpired(before) => {
                self.receipts.forget_expired(*before)?;
                self.orphans.forget_expired(*before)?;
                self.tokens.forget_expired(*before)?;
                self.tickets.forget_expired(*before)
            }
        }
    }
}

impl Groups<'_> {
    fn access(&mut self, change: &AccessChange) -> Result<(), Trouble> {
        match change {
            AccessChange::PutToken(token) => self.tokens.put(token),
            AccessChange::DropToken(hash) => self.tokens.drop(*hash),
            AccessChange::PutTicket(ticket) => self.tickets.put(ticket),
            AccessChange::PutAccount(account) => self.accounts.put(account),
            AccessChange::EndFamily(family) => {
                self.tokens.end_family(*family)?;
                self.tickets.end_family(*family)
            }
        }
    }

    fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), Trouble> {
        self.is_erased = true;
        self.resources.erase(home, referral)?;
        self.receipts.erase(home, referral)?;
        self.notices.erase(home, referral)?;
        self.orphans.erase(home, referral)
    }
}

/// Answers those that cannot be written: all of them, or when it is only that another program holds the write lock,
/// those that have waited long enough.
fn give_up(jobs: Vec<Job>, error: rusqlite::Error) -> Vec<Job> {
    let (busy, now) = (is_busy(&error), Instant::now());
    let text = if busy { "another program holds the write lock".into() } else { fault(error).to_string() };
    let (waiting, over): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| busy && job.deadline > now);
    over.into_iter().for_each(|job| job.fail(StoreError::Unavailable(text.clone())));
    waiting
}

/// Answers the job in trouble; the others are to be done again, without it.
fn without_the_troubled(mut jobs: Vec<Job>, place: usize, trouble: Trouble) -> Vec<Job> {
    match trouble {
        Trouble::Conflict => jobs.remove(place).outdated(),
        Trouble::Job(error) => jobs.remove(place).fail(error),
        Trouble::Group(error) => {
            let text = error.to_string();
            jobs.drain(..).for_each(|job| job.fail(StoreError::Unavailable(text.clone())));
        }
    }
    jobs
}

/// Nobody knows what the disk has after a failed flush: the system may have thrown the unwritten pages away, and the
/// next flush would succeed without them. Only a new start, which reads what is really there, is safe.
pub(super) fn end_process_after_failed_flush(error: &StoreError) -> ! {
    tracing::error!("the disk did not take a commit, the process ends: {error}");
    end_process()
}
