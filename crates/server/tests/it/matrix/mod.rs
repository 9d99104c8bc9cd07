//! Who may do what: every route × every kind of caller, systems and people's apps, against an oracle of its own.
//! Source: spec of security, T31 to T33, T44 to T53, T57, T62 and T68; 11.4 and 11.5.

mod cast;
mod cells;
mod coverage;
mod erased;
mod events;
mod letter;
mod may;
mod oracle;
mod questions;
mod roots;
mod submissions;
mod who;
mod words;
mod world;
mod worlds;
mod writes;
