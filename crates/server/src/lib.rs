//! The body: HTTP, configuration, and everything else that touches the world outside.

pub mod app;
pub mod audit;
pub mod bench;
pub mod check;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod deliveries;
pub mod delivery;
pub mod demo;
pub mod directory;
pub mod egress;
pub mod endpoint;
mod erasure;
pub mod export;
pub mod failure;
pub mod http;
pub mod import;
pub mod limit;
pub mod locator;
pub mod log;
pub mod message;
pub mod metrics;
pub mod operator;
pub mod own;
pub mod pointer;
pub mod referral;
pub mod rest;
pub mod send;
pub mod serve;
mod start;
pub mod tls;
pub mod token;
pub mod work;

pub use start::{Running, StartError, start, start_with};
