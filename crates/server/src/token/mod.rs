//! Access tokens: the endpoint that gives them, and the check of those that come back.

mod account;
mod clients;
mod endpoint;
mod keys;
mod prove;
mod verify;

pub use clients::{Client, Clients};
pub use endpoint::{refused_by_http, served, token};
pub use verify::caller;
