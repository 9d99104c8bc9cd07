//! How late it was when a server last looked.

use std::sync::Arc;

use baton_exchange::time::Timestamp;
use baton_store::{Mark, Store};

use crate::sample::NOW;

pub async fn a_mark_of_the_clock_only_rises_unless_it_is_replaced(store: Arc<dyn Store>) {
    let (earlier, later) = (Timestamp(NOW.0 - 1), Timestamp(NOW.0 + 1));
    assert_eq!(store.clock_mark().await.unwrap(), None);
    for (at, how, expected) in [
        (NOW, Mark::Raised, NOW),
        (earlier, Mark::Raised, NOW),
        (later, Mark::Raised, later),
        (earlier, Mark::Replaced, earlier),
        (NOW, Mark::Raised, NOW),
    ] {
        store.mark_clock(at, how).await.unwrap();
        assert_eq!(store.clock_mark().await.unwrap(), Some(expected), "{at} {how:?}");
    }
}
