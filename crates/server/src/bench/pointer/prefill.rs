//! Fills registries through the stores directly, with many commits under way at once.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use baton_exchange::decision::{Batch, Change};
use baton_store::{
    Committed, StoreError,
    bare::{BareRegistry, NewPointer, Written},
};
use indicatif::ProgressBar;
use tokio::task::JoinSet;

use super::{bare::line, mould::Mould, registry::Registry};
use crate::bench::BenchError;

/// How many commits are under way: twice what one transaction takes, so that the next one never waits.
const UNDER_WAY: usize = 512;

/// How a registry was filled.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How large the file was then, with the log moved into it.
    pub bytes: u64,
}

/// Fills Baton's store with the rows that creating makes.
pub async fn fill_baton(
    database: &Path,
    registry: &Registry,
    mould: &Arc<Mould>,
    bar: &ProgressBar,
) -> Result<Filled, BenchError> {
    let start = Instant::now();
    let store = baton_store::open(&format!("sqlite:{}", database.display())).await?;
    let (registry, mould) = (registry.clone(), mould.clone());
    fill(registry.pointers, bar, move |number| {
        let (store, mould, pointer) = (store.clone(), mould.clone(), mould.pointer(&registry, number));
        async move {
            let line = mould.line(&pointer);
            let changes = vec![Change::PutPointer(pointer), Change::PutAudit(line)];
            match store.commit(Batch { asserts: Vec::new(), changes }).await? {
                Committed::Done => Ok(()),
                Committed::Outdated => Err(StoreError::Bug("a pointer was there already".to_owned())),
            }
        }
    })
    .await?;
    // whoever had the store last has moved the log into the file
    filled(start, database)
}

/// Fills the bare loop's database with the same bodies.
pub async fn fill_bare(
    database: &Path,
    registry: &Registry,
    mould: &Arc<Mould>,
    bar: &ProgressBar,
) -> Result<Filled, BenchError> {
    let start = Instant::now();
    let (bare, registry, mould) = (Arc::new(BareRegistry::open(database)?), registry.clone(), mould.clone());
    fill(registry.pointers, bar, move |number| {
        let (bare, pointer) = (bare.clone(), mould.pointer(&registry, number));
        async move {
            let line = line(pointer.subject, 1);
            let master = pointer.master.ok_or_else(|| StoreError::Bug("a pointer without a name".to_owned()))?;
            let new = NewPointer { id: pointer.id, subject: pointer.subject, master, body: pointer.body };
            bare.write(Written::New(new), line).await
        }
    })
    .await?;
    filled(start, database)
}

fn filled(start: Instant, database: &Path) -> Result<Filled, BenchError> {
    let outside = |source| BenchError::Outside { what: "could not look at a database", source };
    Ok(Filled { seconds: start.elapsed().as_secs_f64(), bytes: std::fs::metadata(database).map_err(outside)?.len() })
}

async fn fill<W>(
    pointers: u64,
    bar: &ProgressBar,
    write: impl Fn(u64) -> W + Send + Sync + 'static,
) -> Result<(), BenchError>
where
    W: Future<Output = Result<(), StoreError>> + Send,
{
    let (next, write) = (Arc::new(AtomicU64::new(0)), Arc::new(write));
    let mut writers = JoinSet::<Result<(), StoreError>>::new();
    for _ in 0..UNDER_WAY {
        let (next, write, bar) = (next.clone(), write.clone(), bar.clone());
        writers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= pointers {
                    return Ok(());
                }
                write(number).await?;
                bar.inc(1);
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.map_err(|_| BenchError::Side("a writer panicked".to_owned()))??;
    }
    Ok(())
}
