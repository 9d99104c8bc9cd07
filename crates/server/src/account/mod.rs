//! People who log in here: their passwords, and `baton user`.

mod ask;
mod command;
pub(crate) mod password;

pub use command::{Args, run};
pub(crate) use password::{Passwords, hashed};
