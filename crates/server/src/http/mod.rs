//! HTTP: connections, routes, what is asked of a head and of a body, and how answers look.

mod accept;
pub(crate) mod admit;
pub mod body;
mod browser;
pub mod dispatch;
mod exchange;
pub mod header;
pub mod listen;
pub mod patience;
pub mod peer;
pub mod query;
pub mod refuse;
pub mod reply;
pub mod route;
pub mod trace;
