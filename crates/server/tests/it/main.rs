//! The server from outside: routes, access, limits, tokens, and one referral from end to end.

mod access;
mod audit;
mod bridge;
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
mod partner;
mod place;
mod program;
mod receiver;
mod replies;
mod search;
mod send;
mod story;
mod tls;
mod token;
mod walk;
mod work;
