//! Delivery: what becomes of an attempt to tell a partner, and when the next one may be made.

mod health;
mod pace;
mod retry_after;
#[cfg(test)]
mod tests;
mod trouble;
mod verdict;

pub use health::Health;
pub use pace::{Chance, Pace};
pub use retry_after::retry_after;
pub use trouble::Trouble;
pub use verdict::{Attempt, Endpoint, Heard, Verdict, verdict};
