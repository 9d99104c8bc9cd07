//! Chores of the house, run as `cargo xtask COMMAND`.

mod cargo;
mod check;
mod definitions;
mod licences;
mod supply;
mod threats;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  check         the one command before a commit: format, clippy, tidy, licences, tests, documentation
  tidy          the crate graph and the sources against the rules of the house (--notes: what is long)
  licences      the licences of all dependencies against deny.toml
  sbom          all foreign crates that the program is built of, as CycloneDX JSON (PLATFORM: for another one)
  advisories    what is known against them, by cargo-deny or cargo-audit where one is installed
  threats       each threat with its tests, and those without one with the reason
  definitions   makes the tables of FHIR definitions from HL7's packages";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let result = match command.as_str() {
        "check" => check::run(rest),
        "tidy" => tidy::run(rest),
        "licences" => licences::run(rest),
        "sbom" => supply::sbom(rest),
        "advisories" => supply::advisories(rest),
        "threats" => threats::run(rest),
        "definitions" => definitions::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
