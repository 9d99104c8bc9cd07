//! Where partners want to be told, as they and operators say while the server is running: by the API, or by `baton endpoints`.
//!
//! The store is the truth. What is here is its newest state as this process has seen it; each process looks every two seconds.

mod act;
mod catch_up;
mod command;
mod http;
mod registry;
mod sent;
mod shown;
mod trial;

pub use act::{Act, Done, Fresh, changed};
pub use command::{Args, run};
#[cfg(test)]
pub(crate) use http::BODY_BYTES_MAX;
pub use http::answer;
pub use registry::{LOOK_EVERY, Registry, overlaid};
pub use sent::{Addresses, read, wanted_of};
pub use shown::{shown, shown_configured};
pub use trial::{notice_of_trial, trial_of};
