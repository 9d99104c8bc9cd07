//! `cargo xtask tidy`: holds the rules of the house that no compiler knows. Each module here is one group of rules.

mod complaint;
mod documents;
mod elements;
mod graph;
mod house;
mod lex;
mod mirror;
mod places;
mod purity;
mod rule_ids;
mod sizes;
mod source;
mod words;

use complaint::without_exceptions;

use crate::threats;

pub use complaint::Complaint;
pub use house::House;
pub use source::Source;

const USAGE: &str = "usage: cargo xtask tidy [--notes]

  --notes   also lists files and functions that are long enough to talk about";

/// Runs the command; gives what went wrong, for people.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let notes = match arguments {
        [] => false,
        [only] if only == "--notes" => true,
        _ => return Err(USAGE.to_owned()),
    };
    let house = House::of_workspace()?;
    if notes {
        for note in sizes::notes(&house) {
            println!("{note}");
        }
    }
    let complaints = without_exceptions(&house, check(&house));
    for complaint in &complaints {
        println!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        1 => Err("tidy: one rule of the house is broken".to_owned()),
        count => Err(format!("tidy: rules of the house are broken in {count} places")),
    }
}

fn check(house: &House) -> Vec<Complaint> {
    let groups: [fn(&House) -> Vec<Complaint>; 10] = [
        graph::check,
        purity::check,
        places::check,
        elements::check,
        sizes::check,
        mirror::check,
        words::check,
        documents::check,
        rule_ids::check,
        threats::check,
    ];
    groups.iter().flat_map(|group| group(house)).collect()
}

/// What rules say of a house, for their tests.
#[cfg(test)]
fn complaints(group: fn(&House) -> Vec<Complaint>, files: &[(&str, &str)]) -> Vec<String> {
    group(&House::of(files.iter().copied())).iter().map(ToString::to_string).collect()
}
