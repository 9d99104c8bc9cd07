//! The guide's tables, read once.

use std::sync::LazyLock;

use crate::outcomes::Outcomes;

/// How the guide words each refusal.
pub(crate) fn outcomes() -> &'static Outcomes {
    static OUTCOMES: LazyLock<Outcomes> = LazyLock::new(|| {
        toml::from_str(include_str!("outcomes.toml")).expect("the table is part of the program, and a test reads it")
    });
    &OUTCOMES
}
