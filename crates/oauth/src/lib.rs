//! The keys: who a client is, what it may be granted, and how it finds that out.
//!
//! Nothing here does I/O, reads a clock or rolls dice: randomness and time are parameters. What exists today is the
//! `client_credentials` grant with a client secret (RFC 6749), bearer tokens (RFC 6750), and signatures of others (RFC 7515).

pub mod bearer;
pub mod client;
pub mod discovery;
pub mod grant;
pub mod jws;
pub mod scope;
pub mod token;
