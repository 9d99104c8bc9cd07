//! `cargo xtask definitions`: turns HL7's published definitions into the compact table that `baton-fhir` reads.

mod codes;
mod source;
mod table;

use std::{fs, path::PathBuf};

use source::Source;

const USAGE: &str = "usage: cargo xtask definitions --fhir VERSION --source TEXT --out FILE JSON-FILE-OR-FOLDER...

  --fhir      the FHIR version that the table is of, such as 4.0.1
  --source    what the inputs are: package, version, licence
  --out       the table to write

Inputs are FHIR resources in JSON, alone or in Bundles; a folder means all .json files in it.";

/// Runs the command; gives what went wrong, for people.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut options: [(&str, Option<String>); 3] = [("--fhir", None), ("--source", None), ("--out", None)];
    let mut inputs: Vec<PathBuf> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match options.iter_mut().find(|(name, _)| name == argument) {
            Some((_, value)) => *value = rest.next().cloned(),
            None if argument.starts_with('-') => return Err(USAGE.to_owned()),
            None => inputs.push(argument.into()),
        }
    }
    let [(_, Some(fhir)), (_, Some(about)), (_, Some(out))] = options else {
        return Err(USAGE.to_owned());
    };
    let source = Source::read(&inputs)?;
    let text = table::write(&source, &fhir, &about)?;
    fs::write(&out, &text).map_err(|error| format!("could not write {out}: {error}"))?;
    println!("{out}: {} lines, {} bytes", text.lines().count(), text.len());
    Ok(())
}
