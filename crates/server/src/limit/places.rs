//! Places for what partners have this server ask others: so many in all, and for each partner a share of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use baton_exchange::{id::PartnerId, refusal::Refusal};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// All places. As many shares are remembered as partners are registered.
pub struct Places {
    all: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<PartnerId, Arc<Semaphore>>>,
}

/// A place, as long as this lives.
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_partner: OwnedSemaphorePermit,
}

impl Places {
    /// So many in all, of which one partner has no more than its `share`: those who come first do not keep the others out.
    #[must_use]
    pub fn new(all: usize, share: usize) -> Places {
        Places { all: Arc::new(Semaphore::new(all)), share, shares: Mutex::default() }
    }

    /// Takes a place for a partner.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] when it has all of its share, or when there is none left.
    pub fn take(&self, partner: &PartnerId) -> Result<Place, Refusal> {
        let full = |_| Refusal::TooManyRequests { retry_after_secs: 1 };
        let share = self.share_of(partner).try_acquire_owned().map_err(full)?;
        let of_all = self.all.clone().try_acquire_owned().map_err(full)?;
        Ok(Place { _of_all: of_all, _of_partner: share })
    }

    /// Waits for a place of a partner. Who waits for its own share takes none that another partner could have.
    ///
    /// # Errors
    /// Never, since nothing closes the places.
    pub async fn wait(&self, partner: &PartnerId) -> Result<Place, AcquireError> {
        let share = self.share_of(partner).acquire_owned().await?;
        let of_all = self.all.clone().acquire_owned().await?;
        Ok(Place { _of_all: of_all, _of_partner: share })
    }

    fn share_of(&self, partner: &PartnerId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.entry(partner.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.share))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    /// Threat: T90
    #[test]
    fn there_are_so_many_places_and_each_partner_has_no_more_than_its_share() {
        let places = Places::new(5, 2);
        let take = |partner: &str| places.take(&partner.into());
        let held = [take("greedy"), take("greedy")];
        assert!(held.iter().all(Result::is_ok) && take("greedy").is_err());
        let others = [take("polite"), take("polite"), take("late")];
        assert!(others.iter().all(Result::is_ok), "the greedy one keeps nobody out");
        assert!(take("late").is_err(), "there are no more");
        drop(held);
        assert!(take("late").is_ok() && take("greedy").is_ok());
    }
}
