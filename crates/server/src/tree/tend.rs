//! Lets the tree grow every second, and tells its witness.

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use baton_exchange::{audit::Checkpoint, time::Timestamp};
use baton_store::Store;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{GrowError, Grower, KeyFault, Signer, Witness};
use crate::{app::App, config::Config, log::with_sources};

/// How long a line may wait until it is in the tree.
const EVERY: Duration = Duration::from_secs(1);
/// How long the last lines may take to be signed and told at a stop.
const LAST: Duration = Duration::from_secs(5);
/// What was never.
const NEVER: i64 = i64::MIN;

/// How the tree is, for those who operate the server.
#[derive(Debug)]
pub struct Health {
    /// How many lines are in it.
    pub size: AtomicU64,
    /// When it was last seen to be well, in seconds.
    well: AtomicI64,
    /// When each witness last had all that is in it, in seconds.
    witnessed: OnceLock<Vec<AtomicI64>>,
}

impl Default for Health {
    fn default() -> Health {
        Health { size: AtomicU64::new(0), well: AtomicI64::new(NEVER), witnessed: OnceLock::new() }
    }
}

impl Health {
    /// Seconds since the tree last had all lines; nothing before the first time.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        since(&self.well, now)
    }

    /// Seconds since all witnesses last had all that is in the tree; nothing before the first time.
    #[must_use]
    pub fn witness_age(&self, now: Timestamp) -> Option<i64> {
        let ages: Option<Vec<i64>> = self.witnessed.get()?.iter().map(|moment| since(moment, now)).collect();
        ages?.into_iter().max()
    }
}

fn since(moment: &AtomicI64, now: Timestamp) -> Option<i64> {
    Some(moment.load(Relaxed)).filter(|moment| *moment != NEVER).map(|moment| now.secs().saturating_sub(moment).max(0))
}

/// What lets it grow again and again. Several servers on one store may do so at the same time.
pub struct Tending {
    key_file: PathBuf,
    /// Nothing while the file of the key is not there.
    grower: Option<Grower>,
    witnesses: Vec<Witness>,
    tell_every: Duration,
}

impl Tending {
    /// As configured. A tree whose key is gone stands still until it is brought back, and the server works.
    ///
    /// # Errors
    /// [`GrowError`] of a key that cannot be used, or of the store.
    pub async fn of(config: &Config, store: &dyn Store) -> Result<Tending, GrowError> {
        let key_file = config.audit_key_file();
        let grower = match Grower::open(store, &key_file).await {
            Err(GrowError::Key(KeyFault::Gone(_))) => None,
            opened => Some(opened?),
        };
        let (witnesses, tell_every) = (Witness::all(&config.audit), config.audit.witness_every.0);
        Ok(Tending { key_file, grower, witnesses, tell_every })
    }

    /// The key, when its file is there.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.grower.as_ref().map(Grower::signer)
    }

    /// Does it until it is stopped, and once more then: who stops a server wants all lines signed.
    pub async fn run(mut self, app: Arc<App>, mut stopped: oneshot::Receiver<()>) {
        let (newest, _) = watch::channel(None);
        // each has its own time: a witness that hangs holds up neither the tree nor the others
        let mut telling = JoinSet::new();
        let moments = self.witnesses.iter().map(|_| AtomicI64::new(NEVER)).collect();
        let _ = app.tree.witnessed.set(moments);
        for (place, witness) in self.witnesses.drain(..).enumerate() {
            telling.spawn(tell(Arc::clone(&app), place, witness, self.tell_every, newest.subscribe()));
        }
        loop {
            let goes_on = tokio::select! { () = sleep(EVERY) => true, _ = &mut stopped => false };
            if goes_on {
                self.grow_and_tell(&app, &newest).await;
                continue;
            }
            let all = async {
                self.grow_and_tell(&app, &newest).await;
                // they tell what is new, and see then that nothing else comes
                drop(newest);
                while telling.join_next().await.is_some() {}
            };
            if timeout(LAST, all).await.is_err() {
                tracing::warn!("the last lines of the audit could not be signed and told in time");
            }
            return;
        }
    }

    async fn grow_and_tell(&mut self, app: &App, newest: &watch::Sender<Option<Checkpoint>>) {
        let now = app.clock.now();
        match self.grow(app, now).await {
            Ok(checkpoint) => {
                app.tree.well.store(now.secs(), Relaxed);
                if let Some(checkpoint) = checkpoint {
                    app.tree.size.store(checkpoint.edge.size(), Relaxed);
                    newest.send_replace(Some(checkpoint));
                }
            }
            Err(error) => tracing::error!("the tree of the audit does not grow: {}", with_sources(&error)),
        }
    }

    async fn grow(&mut self, app: &App, now: Timestamp) -> Result<Option<Checkpoint>, GrowError> {
        let grower = match &mut self.grower {
            Some(grower) => grower,
            none => none.insert(Grower::open(&*app.store, &self.key_file).await?),
        };
        grower.grow(&*app.store, now).await
    }
}

/// Tells a witness what is new, `every` so often at most, and the last in any case.
async fn tell(
    app: Arc<App>,
    place: usize,
    witness: Witness,
    every: Duration,
    mut newest: watch::Receiver<Option<Checkpoint>>,
) {
    let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
    let (mut told, mut not_before) = (0, NEVER);
    while newest.changed().await.is_ok() {
        let now = app.clock.now().secs();
        let Some(checkpoint) = newest.borrow_and_update().clone() else { continue };
        let size = checkpoint.edge.size();
        if size != told {
            let is_last = newest.has_changed().is_err();
            if now < not_before && !is_last {
                continue;
            }
            not_before = now.saturating_add(every);
            if let Err(error) = witness.tell(&app.egress, &checkpoint.note).await {
                tracing::warn!("a witness of the audit has no new checkpoint: {}", with_sources(&error));
                continue;
            }
            told = size;
        }
        if let Some(moment) = app.tree.witnessed.get().and_then(|moments| moments.get(place)) {
            moment.store(app.clock.now().secs(), Relaxed);
        }
    }
}
