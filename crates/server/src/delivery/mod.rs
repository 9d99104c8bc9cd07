//! Delivery: workers that lease what is due, tell the partners, and report what became of it.
//!
//! The store is the truth, and any process may work on it. Here is only what may be lost: who is being called now, and which
//! partners did not answer lately.

mod attempt;
mod bridge;
mod door;
mod granted;
mod lane;
mod paper;
mod reply;
mod round;
mod signature;
mod target;
mod wake;

use std::{collections::HashMap, sync::Arc, time::Duration};

use baton_exchange::{delivery::Pace, id::PartnerId};

pub use door::Door;
pub use paper::fetch_paper;
pub use reply::settle as answered;
pub use round::{deliver, tell_now};
pub use signature::{SigningKey, new_secret, sign};
pub use target::call_once;
pub use wake::Wake;

use crate::config::Config;

/// What delivery knows of the configuration, and how it is woken.
pub struct Delivery {
    /// The registered partners.
    pub doors: HashMap<PartnerId, Arc<Door>>,
    /// How fast attempts follow each other.
    pub pace: Pace,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// Rings when there is something to do.
    pub wake: Wake,
}

impl Delivery {
    /// As the configuration has it.
    #[must_use]
    pub fn of(config: &Config) -> Delivery {
        let table = &config.delivery;
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let pace = Pace {
            first: micros(table.retry_first.0),
            cap: micros(table.retry_cap.0),
            give_up: micros(table.give_up_after.0),
        };
        let timeout = table.timeout.0;
        let door = |partner: &crate::config::Partner| {
            let id = PartnerId::from(partner.id.get_ref().0.as_str());
            (id, Arc::new(Door::of(config, partner, timeout)))
        };
        Delivery { doors: config.partners.iter().map(door).collect(), pace, timeout, wake: Wake::default() }
    }
}
