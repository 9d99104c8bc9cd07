//! stub
use super::Migration;
pub(crate) const MIGRATIONS: &[Migration] = &[Migration { number: 1, sql: "" }];
