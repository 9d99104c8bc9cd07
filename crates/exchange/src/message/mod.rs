//! Messages: how one is known again, and what is remembered of it.

mod accept;
mod arrival;
mod decide;
mod identity;
mod known;
mod orphan;
mod receipt;

pub use accept::Accepted;
pub use arrival::{Arrival, arrival};
pub use decide::{Arrived, decide};
pub use identity::{ContentHash, Identity, ReceiptKey};
pub use known::{CaseNames, Known, KnownCase, MessageQuestion};
pub use orphan::Orphan;
pub use receipt::Receipt;
