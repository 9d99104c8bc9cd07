//! Pure crates do no I/O and have no clock, no chance and no `async`: time, ids and chance are parameters.

use super::{complaint::Complaint, graph::PURE, house::House, source::Source};

/// `pure`: outside of tests, the code of pure crates names nothing that reaches the world.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in house.sources.iter().filter(|source| PURE.contains(&source.krate())) {
        for (offset, word) in source.product_words() {
            if let Some(reach) = reach(&source.code, offset, word) {
                let says = format!(
                    "{} is pure and this {reach}: let the caller do it and pass what comes of it",
                    source.krate()
                );
                complaints.push(complain(source, offset, says));
            }
        }
    }
    complaints
}

fn complain(source: &Source, offset: usize, says: String) -> Complaint {
    Complaint::at("pure", source, offset, says)
}

/// What a word in code does to the world, if it does anything. Modules of `std` count where a path goes through them or
/// renames them, because an import alone does nothing.
fn reach(code: &str, offset: usize, word: &str) -> Option<&'static str> {
    let before = code[..offset].trim_end();
    let after = code[offset + word.len()..].trim_start();
    let in_std = before.ends_with("std::");
    let as_module = in_std || (!before.ends_with("::") && (after.starts_with("::") || after.starts_with("as ")));
    match word {
        "fs" | "net" | "process" | "thread" | "env" if as_module => Some("reaches the system"),
        "println" | "print" | "eprintln" | "eprint" if after.starts_with('!') => Some("prints"),
        "stdin" | "stdout" | "stderr" if before.ends_with("::") => Some("prints or reads"),
        "SystemTime" => Some("reads a clock"),
        "Instant" if before.ends_with("time::") || in_use_of_time(before) => Some("reads a clock"),
        "now" if before.ends_with("::") && after.starts_with('(') => Some("reads a clock"),
        "RandomState" | "getrandom" => Some("rolls dice"),
        "async" => Some("is async"),
        "await" if before.ends_with('.') => Some("is async"),
        _ => None,
    }
}

/// Whether the text before ends within `time::{…`.
fn in_use_of_time(before: &str) -> bool {
    before.rsplit_once("time::{").is_some_and(|(_, list)| !list.contains(['}', ';']))
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    #[track_caller]
    fn check(code: &str, reach: &str) {
        let found = complaints(super::check, &[("crates/exchange/src/a.rs", code)]);
        let says =
            format!(": exchange is pure and this {reach}: let the caller do it and pass what comes of it [pure]");
        assert_eq!(found.len(), 1, "{code}: {found:?}");
        assert!(found[0].ends_with(&says), "{code}: {found:?}");
    }

    #[test]
    fn the_system_is_out_of_reach() {
        check("use std::fs;", "reaches the system");
        check("use std::{fs::File, fmt};", "reaches the system");
        check("use std::{env as place};", "reaches the system");
        check("fn f() { net::lookup() }", "reaches the system");
        check("fn f() { std::thread::yield_now() }", "reaches the system");
    }

    #[test]
    fn there_is_no_clock() {
        check("use std::time::SystemTime;", "reads a clock");
        check("use std::time::{Duration, Instant};", "reads a clock");
        check("fn f() { jiff::Timestamp::now() }", "reads a clock");
    }

    #[test]
    fn there_is_no_chance_and_no_async() {
        check("use std::hash::RandomState;", "rolls dice");
        check("async fn f() {}", "is async");
        check("fn f() { g.await }", "is async");
    }

    #[test]
    fn nothing_is_printed() {
        check("fn f() { println!() }", "prints");
        check("fn f() { std::io::stdout() }", "prints or reads");
    }

    #[test]
    fn the_line_is_named() {
        let found = complaints(super::check, &[("crates/fhir/src/a.rs", "fn f() {\n    eprintln!(\"\")\n}")]);
        assert!(found[0].starts_with("crates/fhir/src/a.rs:2: fhir is pure"), "{found:?}");
    }

    #[track_caller]
    fn check_fine(path: &str, code: &str) {
        assert_eq!(complaints(super::check, &[(path, code)]), [""; 0]);
    }

    #[test]
    fn words_that_only_look_so_are_fine() {
        check_fine(
            "crates/fhir/src/a.rs",
            "enum P { Instant } // std::fs\nfn f(now: u8, env: &str) { \"std::fs\"; env.len(); time::Duration::ZERO; }",
        );
    }

    #[test]
    fn tests_and_other_crates_may() {
        check_fine("crates/fhir/src/a.rs", "#[cfg(test)]\nmod tests { use std::fs; }");
        check_fine("crates/fhir/tests/a.rs", "use std::fs;");
        check_fine("crates/server/src/a.rs", "use std::fs; async fn f() {}");
    }
}
