//! Lets the tree grow every second, and tells its witness.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use baton_exchange::{audit::Checkpoint, time::Timestamp};

use super::{Grower, Witness};
use crate::{app::App, log::with_sources};

/// How long a line may wait until it is in the tree.
const EVERY: Duration = Duration::from_secs(1);
/// What was never.
const NEVER: i64 = i64::MIN;

/// How the tree is, for those who operate the server.
#[derive(Debug)]
pub struct Health {
    /// How many lines are in it.
    pub size: AtomicU64,
    /// When it was last seen to be well, in seconds.
    well: AtomicI64,
    /// When the witness last had all that is in it, in seconds.
    witnessed: AtomicI64,
}

impl Default for Health {
    fn default() -> Health {
        Health { size: AtomicU64::new(0), well: AtomicI64::new(NEVER), witnessed: AtomicI64::new(NEVER) }
    }
}

impl Health {
    /// Seconds since the tree last had all lines; nothing before the first time.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        since(&self.well, now)
    }

    /// Seconds since the witness last had all that is in the tree; nothing before the first time.
    #[must_use]
    pub fn witness_age(&self, now: Timestamp) -> Option<i64> {
        since(&self.witnessed, now)
    }
}

fn since(moment: &AtomicI64, now: Timestamp) -> Option<i64> {
    Some(moment.load(Relaxed)).filter(|moment| *moment != NEVER).map(|moment| now.secs().saturating_sub(moment).max(0))
}

/// Lets it grow again and again. Several servers on one store may do so at the same time.
pub async fn tend(app: Arc<App>, mut grower: Grower, witness: Option<Witness>, witness_every: Duration) {
    let mut told = Told { size: 0, secs: NEVER };
    loop {
        tokio::time::sleep(EVERY).await;
        let now = app.clock.now();
        let checkpoint = match grower.grow(&*app.store, now).await {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                tracing::error!("the tree of the audit does not grow: {}", with_sources(&error));
                continue;
            }
        };
        app.tree.well.store(now.secs(), Relaxed);
        let Some(checkpoint) = checkpoint else { continue };
        app.tree.size.store(checkpoint.edge.size(), Relaxed);
        if let Some(witness) = &witness {
            tell(&app, witness, &checkpoint, witness_every, &mut told).await;
        }
    }
}

/// What the witness has.
struct Told {
    size: u64,
    secs: i64,
}

async fn tell(app: &App, witness: &Witness, checkpoint: &Checkpoint, every: Duration, told: &mut Told) {
    let (size, now) = (checkpoint.edge.size(), app.clock.now());
    let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
    if size == told.size {
        app.tree.witnessed.store(now.secs(), Relaxed);
        return;
    }
    if now.secs().saturating_sub(told.secs) < every {
        return;
    }
    match witness.tell(&app.egress, &checkpoint.note).await {
        Ok(()) => {
            *told = Told { size, secs: now.secs() };
            app.tree.witnessed.store(now.secs(), Relaxed);
        }
        Err(error) => tracing::warn!("the witness of the audit has no new checkpoint: {}", with_sources(&error)),
    }
}
