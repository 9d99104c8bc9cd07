//! The server from outside: routes, access, limits, tokens, and one referral from end to end.

mod access;
mod certificates;
mod crash;
mod delivery;
mod egress;
mod faults;
mod formats;
mod harness;
mod http;
mod locator;
mod program;
mod receiver;
mod search;
mod story;
mod tls;
mod token;
mod walk;
