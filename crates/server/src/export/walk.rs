//! A walk through all pointers of a locator, home by home.

use baton_exchange::{
    id::ExchangeId,
    pointer::{Bucket, PointerId, PointerState},
};
use baton_store::{Page, StoreError};

use crate::operator::Place;

/// How many pointers are read at once: few enough to be held, and enough that a home is seldom read twice.
const PAGE: u32 = 2_000;

/// Homes that a walk goes through, which are its steps.
pub const STEPS: u64 = 4_096;

/// Where a walk is.
pub struct Walk {
    after: Option<PointerId>,
    is_over: bool,
    page: u32,
    /// The homes in the order in which they are walked through.
    homes: Vec<i64>,
}

impl Walk {
    /// From the beginning, or on after a pointer.
    #[must_use]
    pub fn new(place: &Place, after: Option<PointerId>) -> Walk {
        Walk::with_pages(place, after, PAGE)
    }

    /// The same with pages of another size.
    #[must_use]
    pub fn with_pages(place: &Place, after: Option<PointerId>, page: u32) -> Walk {
        let exchange = &place.locator.exchange;
        let mut homes: Vec<i64> = Bucket::all().map(|bucket| home(bucket, exchange)).collect();
        homes.sort_unstable();
        Walk { after, is_over: false, page, homes }
    }

    /// The bodies of the next page, without those of removed pointers; nothing at the end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn page(&mut self, place: &Place) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let page = Page { size: self.page, after: self.after };
        let (pointers, next) = place.store.export_pointers(place.locator.exchange.clone(), page).await?;
        self.after = next.or(self.after);
        self.is_over = next.is_none();
        let kept = pointers.into_iter().filter(|pointer| pointer.state != PointerState::Removed);
        Ok(Some(kept.map(|pointer| pointer.body).collect()))
    }

    /// How many homes are behind. Pointers are spread over them evenly.
    #[must_use]
    pub fn step(&self, place: &Place) -> u64 {
        let passed = match (self.is_over, self.after) {
            (true, _) => self.homes.len(),
            (false, None) => 0,
            (false, Some(after)) => {
                let here = home(after.bucket(), &place.locator.exchange);
                self.homes.partition_point(|home| *home < here)
            }
        };
        passed as u64
    }
}

fn home(bucket: Bucket, exchange: &ExchangeId) -> i64 {
    bucket.home(exchange).0
}
