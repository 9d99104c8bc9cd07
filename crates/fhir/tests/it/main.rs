//! HL7's own suites and random input, through what the crate offers to others.

mod fhirpath;
mod json_patch;
mod patch;
mod random;

use std::path::PathBuf;

/// A file of HL7's suites, which may lie beside the project in `../shared/hl7`. A clone without them says so and passes.
fn suite(name: &str) -> Option<String> {
    let suites: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "..", "shared", "hl7"].iter().collect();
    let path = suites.join(name);
    if !path.exists() {
        println!("HL7's suite {name} is not beside the project: nothing was run");
        return None;
    }
    Some(std::fs::read_to_string(path).expect("a suite that is there can be read"))
}
