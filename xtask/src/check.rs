//! `cargo xtask check`: the one command before a commit.

use std::process::Command;

use crate::{licences, tidy};

/// Format, clippy, tidy, licences, tests, documentation; stops at the first that fails.
pub fn run(_: &[String]) -> Result<(), String> {
    let has_nextest =
        Command::new("cargo").args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success());
    cargo("format", &["fmt", "--all", "--check"], &[])?;
    cargo("clippy", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], &[])?;
    step("tidy", || tidy::run(&[]))?;
    step("licences", || licences::run(&[]))?;
    if has_nextest {
        cargo("tests", &["nextest", "run", "--workspace"], &[])?;
        cargo("examples in the documentation", &["test", "--workspace", "--doc", "--quiet"], &[])?;
    } else {
        cargo("tests", &["test", "--workspace"], &[])?;
    }
    cargo("documentation", &["doc", "--workspace", "--no-deps", "--quiet"], &[("RUSTDOCFLAGS", "-D warnings")])
}

fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("== {name}");
    work()
}

fn cargo(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    step(name, || {
        let status = Command::new("cargo").args(arguments).envs(environment.iter().copied()).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(format!("{name} failed: cargo {}", arguments.join(" "))),
            Err(error) => Err(format!("could not start cargo: {error}")),
        }
    })
}
