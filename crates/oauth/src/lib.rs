//! The keys: who a client is, what it may be granted, and how it finds that out.
//!
//! Nothing here does I/O, reads a clock or rolls dice: randomness and time are parameters. It knows no
//! store either: what is remembered comes in, and what is to be remembered goes out.

pub mod assertion;
pub mod authorize;
pub mod bearer;
pub mod client;
pub mod client_key;
pub mod code;
pub mod consent;
pub mod discovery;
pub mod grant;
pub mod id_token;
pub mod introspect;
mod json;
pub mod jwks_cache;
pub mod jws;
pub mod launch;
pub mod pkce;
pub mod provider;
pub mod redirect;
pub mod refresh;
pub mod scope;
pub mod signing;
pub mod token;
