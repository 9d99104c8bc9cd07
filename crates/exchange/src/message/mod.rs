//! Messages: how one is known again, and what is remembered of it.

mod arrival;
mod identity;
mod known;
mod receipt;

pub use arrival::{Arrival, arrival};
pub use identity::{ContentHash, Identity, ReceiptKey};
pub use known::{Known, MessageQuestion};
pub use receipt::Receipt;
