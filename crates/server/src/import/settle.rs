//! One batch: ask what is there, decide, commit everything that is new at the same time.
//!
//! Lines that name the same pointer or the same masterIdentifier are settled one after the other, in their order, so that an
//! import ends in the same state however often it was stopped and begun again.

use std::collections::HashSet;

use baton_dialects::nrl::{Imported, Remark};
use baton_exchange::{
    audit::{AuditedPointer, Interaction},
    decision::{Assert, Batch, Change},
    pointer::{Adoption, MasterKey, Pointer, PointerId, PointerName, SubjectKey, adopt},
};
use baton_store::{Committed, StoreError};
use tokio::task::JoinSet;

use super::{ImportError, batch::Checked, rules};
use crate::operator::{Account, Place, Told};

/// How often a batch may turn out to be outdated by others. Each time somebody else was faster.
const TRIES_MAX: u32 = 16;

/// What became of a line.
pub(super) enum Settled {
    /// Its pointer is written.
    Taken,
    /// Its pointer was there already.
    There,
    /// It cannot be taken.
    Refused(Vec<Remark>),
}

struct Waiting {
    line: u64,
    imported: Box<Imported>,
}

/// Settles all lines of a batch. Gives them in their order.
pub(super) async fn settle(
    place: &Place,
    account: &Account,
    lines: Vec<Checked>,
) -> Result<Vec<(u64, Settled)>, ImportError> {
    let (mut settled, mut waiting) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
    for Checked { line, pointer } in lines {
        match pointer {
            Ok(imported) => waiting.push(Waiting { line, imported }),
            Err(remarks) => settled.push((line, Settled::Refused(remarks))),
        }
    }
    let mut tries = 0;
    while !waiting.is_empty() {
        let round = Round::of(place, account, waiting, &mut settled).await?;
        tries += u32::from(round.outdated);
        if tries > TRIES_MAX {
            return Err(ImportError::Contended);
        }
        waiting = round.later;
    }
    settled.sort_by_key(|(line, _)| *line);
    Ok(settled)
}

/// One round through the lines that wait.
struct Round {
    /// Lines that have to wait for those before them, or that others overtook.
    later: Vec<Waiting>,
    /// Whether others overtook one.
    outdated: bool,
}

impl Round {
    async fn of(
        place: &Place,
        account: &Account,
        waiting: Vec<Waiting>,
        settled: &mut Vec<(u64, Settled)>,
    ) -> Result<Round, ImportError> {
        let known = ask(place, &waiting).await?;
        let (mut claimed, mut commits) = (Claimed::default(), JoinSet::new());
        let mut round = Round { later: Vec::new(), outdated: false };
        for (waiting, (here, namesake)) in waiting.into_iter().zip(known) {
            let Waiting { line, imported } = &waiting;
            if claimed.has(&imported.pointer) {
                claimed.claim(&imported.pointer);
                round.later.push(waiting);
                continue;
            }
            match adopt(&imported.pointer, imported.stamp, here.as_ref(), namesake.as_ref()) {
                Adoption::There => settled.push((*line, Settled::There)),
                Adoption::Not(why) => settled.push((*line, Settled::Refused(vec![rules::not_adopted(why)]))),
                Adoption::New(asserts) => {
                    claimed.claim(&imported.pointer);
                    let batch = written(place, account, &imported.pointer, asserts);
                    let store = place.store.clone();
                    commits.spawn(async move { (waiting, store.commit(batch).await) });
                }
            }
        }
        round.committed(commits, settled).await
    }

    async fn committed(
        mut self,
        mut commits: JoinSet<(Waiting, Result<Committed, StoreError>)>,
        settled: &mut Vec<(u64, Settled)>,
    ) -> Result<Round, ImportError> {
        while let Some(joined) = commits.join_next().await {
            let (waiting, committed) = joined.map_err(|_| StoreError::Bug("a commit did not end".to_owned()))?;
            match committed? {
                Committed::Done => settled.push((waiting.line, Settled::Taken)),
                Committed::Outdated => {
                    self.outdated = true;
                    self.later.push(waiting);
                }
            }
        }
        self.later.sort_by_key(|waiting| waiting.line);
        Ok(self)
    }
}

/// For each line the pointer with its id and the one with its masterIdentifier.
async fn ask(place: &Place, waiting: &[Waiting]) -> Result<Vec<(Option<Pointer>, Option<Pointer>)>, StoreError> {
    let exchange = &place.locator.exchange;
    let pointers = || waiting.iter().map(|waiting| &waiting.imported.pointer);
    let ids = pointers().map(|pointer| PointerName::id(exchange, pointer.id));
    let named = pointers().filter_map(|pointer| Some((pointer.subject, pointer.master?)));
    let masters = named.map(|(subject, master)| PointerName::master(exchange, subject, master));
    let mut found = place.store.pointers(ids.chain(masters).collect()).await?.into_iter();
    let by_id: Vec<Option<Pointer>> = found.by_ref().take(waiting.len()).collect();
    let known =
        pointers().zip(by_id).map(|(pointer, here)| (here, pointer.master.and_then(|_| found.next().flatten())));
    Ok(known.collect())
}

/// A pointer and its line in the audit.
fn written(place: &Place, account: &Account, pointer: &Pointer, asserts: Vec<Assert>) -> Batch {
    let audited = AuditedPointer {
        id: pointer.id,
        custodian: pointer.custodian.clone(),
        record_type: pointer.record_type.clone(),
    };
    let told = Told {
        interaction: Interaction::Create,
        status: 201,
        code: "RESOURCE_CREATED",
        subject: Some(pointer.subject),
        pointers: vec![audited],
    };
    let line = account.line(place, told);
    Batch { asserts, changes: vec![Change::AdoptPointer(pointer.clone()), Change::PutAudit(line)] }
}

/// What lines before have taken for themselves, whether or not it becomes theirs.
#[derive(Default)]
struct Claimed {
    ids: HashSet<PointerId>,
    masters: HashSet<(SubjectKey, MasterKey)>,
}

impl Claimed {
    fn has(&self, pointer: &Pointer) -> bool {
        let has_master = |master| self.masters.contains(&(pointer.subject, master));
        self.ids.contains(&pointer.id) || pointer.master.is_some_and(has_master)
    }

    fn claim(&mut self, pointer: &Pointer) {
        self.ids.insert(pointer.id);
        self.masters.extend(pointer.master.map(|master| (pointer.subject, master)));
    }
}
