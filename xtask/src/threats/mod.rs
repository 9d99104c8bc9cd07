//! `cargo xtask threats`: each threat with the tests that show it held off, and those without a test with the reason.

mod table;
mod tags;

use std::collections::BTreeMap;

use crate::tidy::{Complaint, House};

use table::{TABLE, Threat};
use tags::Tag;

const USAGE: &str = "usage: cargo xtask threats";

/// Prints the table; gives what went wrong, for people.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err(USAGE.to_owned());
    }
    let house = House::of_workspace()?;
    let (threats, faults) = table::read(&house);
    let tags = tags::all(&house);
    let tests = tests(&threats, &tags);
    print!("{}", written(&threats, &tests));
    match faults.is_empty() && check(&house).is_empty() {
        true => Ok(()),
        false => Err("threats: the table and the tests do not agree: see cargo xtask tidy".to_owned()),
    }
}

/// `threats`: each row of the table has tests or a reason, tests name rows that there are, and names of tests are those of tests.
pub fn check(house: &House) -> Vec<Complaint> {
    let (threats, mut complaints) = table::read(house);
    let tags = tags::all(house);
    for tag in &tags {
        if !threats.iter().any(|threat| threat.id == tag.id) {
            complaints.push(complaint(&tag.path, tag.line, format!("{} is no row of {TABLE}", tag.id)));
        }
        if tag.test.is_none() {
            let says = format!("what names {} stands at no test: put it right above one", tag.id);
            complaints.push(complaint(&tag.path, tag.line, says));
        }
    }
    let tests = tests(&threats, &tags);
    for threat in &threats {
        let is_tested = tests.contains_key(threat.id.as_str());
        let says = match (is_tested, &threat.untested) {
            (false, None) => {
                "has neither a test nor a reason: tag a test with `/// Threat: ID` or say why not in `untested`"
            }
            (true, Some(_)) => "has tests and a reason why it has none: take `untested` out",
            (true, None) | (false, Some(_)) => continue,
        };
        complaints.push(complaint(TABLE, 1, format!("{} {says}", threat.id)));
    }
    let named = threats.iter().flat_map(|threat| threat.tests.iter().map(|test| (TABLE, test.clone())));
    for (path, test) in named.chain(tags::named_in_pages(house)) {
        if !tags::is_test(house, &test) {
            complaints.push(complaint(path, 1, format!("there is no test {test}")));
        }
    }
    complaints
}

fn complaint(path: &str, line: usize, says: String) -> Complaint {
    Complaint::new("threats", path, line, says)
}

type Tests<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// The tests of each threat, as `path::name`.
fn tests<'t>(threats: &'t [Threat], tags: &'t [Tag]) -> Tests<'t> {
    let mut tests = Tests::new();
    for (id, test) in tags.iter().filter_map(|tag| Some((&tag.id, tag.test.as_ref()?))) {
        tests.entry(id).or_default().push(test);
    }
    for threat in threats {
        for test in &threat.tests {
            tests.entry(&threat.id).or_default().push(test);
        }
    }
    tests
}

fn written(threats: &[Threat], tests: &Tests<'_>) -> String {
    let mut lines = Vec::new();
    let (tested, untested): (Vec<_>, Vec<_>) = threats.iter().partition(|it| tests.contains_key(it.id.as_str()));
    for threat in &tested {
        lines.push(format!("{}  {}", threat.id, threat.name));
        lines.extend(threat.note.iter().map(|note| format!("     ({note})")));
        lines.extend(tests[threat.id.as_str()].iter().map(|test| format!("     {test}")));
    }
    lines.push(format!("\nWithout a test: {} of {}\n", untested.len(), threats.len()));
    for threat in &untested {
        let reason = threat.untested.as_deref().unwrap_or("no reason is given");
        lines.push(format!("{}  {}: {reason}", threat.id, threat.name));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests;
