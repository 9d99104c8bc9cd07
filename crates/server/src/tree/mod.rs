//! The tree over the audit, from outside of the store: who signs it, how it grows, and who else is told.

mod grow;
mod head;
mod key;
mod note;
mod tend;
mod witness;

pub(crate) use grow::goes_on;
pub use grow::{GrowError, Grower};
pub use head::Head;
pub(crate) use key::sync_folder;
pub use key::{KeyFault, Signer, Verifier};
pub use note::{NoteFault, Signed};
pub use tend::{Health, Tending};
pub use witness::{Witness, WitnessError};
