//! `cargo xtask tidy`: what a reviewer should not have to say twice, read from the crate graph and the sources.

mod crates;
mod mirror;
mod purity;
mod rule_ids;
mod sizes;
mod sources;
mod words;

use sources::Sources;

/// Something that is not as the house wants it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    file: String,
    line: usize,
    text: String,
}

impl Complaint {
    fn new(file: &str, line: usize, text: impl Into<String>) -> Complaint {
        Complaint {
            file: file.to_owned(),
            line,
            text: text.into(),
        }
    }
}

/// Runs all checks on the workspace in the current folder.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let sources = Sources::read()?;
    if arguments.iter().any(|argument| argument == "--notes") {
        for note in sizes::notes(&sources) {
            println!("note: {}:{}: {}", note.file, note.line, note.text);
        }
    }
    let checks = [
        crates::check,
        purity::check,
        sizes::check,
        words::check,
        mirror::check,
        rule_ids::check,
    ];
    let mut complaints: Vec<Complaint> = checks.iter().flat_map(|check| check(&sources)).collect();
    complaints.sort();
    for complaint in &complaints {
        eprintln!("{}:{}: {}", complaint.file, complaint.line, complaint.text);
    }
    match complaints.len() {
        0 => {
            println!("tidy: {} files are as the house wants them", sources.files.len());
            Ok(())
        }
        count => Err(format!("tidy: {count} complaints")),
    }
}
