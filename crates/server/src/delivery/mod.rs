//! Delivery: workers that lease what is due, tell the partners, and report what became of it.
//!
//! The store is the truth, and any process may work on it. Here is only what may be lost: who is being called now, and which
//! partners did not answer lately.

mod attempt;
mod bridge;
mod concern;
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

use baton_exchange::{delivery::Pace, id::PartnerId, time::Timestamp};

pub use door::Door;
use door::Turn;
pub use paper::fetch_paper;
pub use reply::known;
pub use round::{deliver, tell_now};
pub use signature::{SigningKey, new_secret, sign};
pub use target::call_once;
pub use wake::Wake;

use crate::{
    config::{Config, Partner},
    live::Live,
};

/// What delivery knows of the configuration, and how it is woken.
pub struct Delivery {
    /// The registered partners.
    doors: Live<HashMap<PartnerId, Arc<Door>>>,
    /// How fast attempts follow each other.
    pub pace: Pace,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// Rings when there is something to do.
    pub wake: Wake,
}

/// What another configuration changed.
#[derive(Default)]
pub struct Met {
    /// Partners that were not registered before.
    pub new: Vec<(PartnerId, Arc<Door>)>,
    /// Those for whom what waits may be tried at once.
    pub eased: Vec<PartnerId>,
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
        let door = |partner: &Partner| (id(partner), Arc::new(Door::of(config, partner, timeout)));
        let doors = Live::new(config.partners.iter().map(door).collect());
        Delivery { doors, pace, timeout, wake: Wake::default() }
    }

    /// The door of a registered partner.
    #[must_use]
    pub fn door(&self, partner: &PartnerId) -> Option<Arc<Door>> {
        self.doors.now().get(partner).cloned()
    }

    /// Takes in other partners. Doors that are there are kept, since somebody may stand in one: what a worker sends next, it
    /// sends as the new configuration has it.
    pub fn take_in(&self, config: &Config, now: Timestamp) -> Met {
        let (known, mut met, mut doors) = (self.doors.now(), Met::default(), HashMap::new());
        for partner in &config.partners {
            let id = id(partner);
            let door = match known.get(&id) {
                Some(door) => {
                    if door.take_in(config, partner, now) == Turn::Eased {
                        met.eased.push(id.clone());
                    }
                    door.clone()
                }
                None => {
                    let door = Arc::new(Door::of(config, partner, self.timeout));
                    met.new.push((id.clone(), door.clone()));
                    door
                }
            };
            doors.insert(id, door);
        }
        for (_, gone) in known.iter().filter(|(id, _)| !doors.contains_key(*id)) {
            gone.close();
        }
        self.doors.replace(doors);
        met
    }
}

fn id(partner: &Partner) -> PartnerId {
    PartnerId::from(partner.id.get_ref().0.as_str())
}
