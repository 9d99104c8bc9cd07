//! The server from outside: routes, access, limits, tokens, and one referral from end to end.

mod access;
mod audit;
mod certificates;
mod crash;
mod delivery;
mod egress;
mod export;
mod faults;
mod formats;
mod harness;
mod http;
mod import;
mod locator;
mod place;
mod program;
mod receiver;
mod revoke;
mod search;
mod story;
mod tls;
mod token;
mod walk;
mod work;
