//! The body: HTTP, configuration, and everything else that touches the world outside.

pub mod config;
