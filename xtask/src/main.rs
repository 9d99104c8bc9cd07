//! Chores of the house, run as `cargo xtask COMMAND`.

mod definitions;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  definitions   makes the tables of FHIR definitions from HL7's packages";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let result = match command.as_str() {
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
