//! HL7's suite of FHIRPath, as far as paths that lead to places have a use for it: what is supported answers as the suite says.

use baton_fhir::definitions::{FhirVersion, definitions};
use baton_fhir::path::{Path, PathError, PathFault};
use baton_fhir::reading::{ReadLimits, Reading};
use baton_fhir::tree::Tree;
use baton_fhir::{json, xml};

/// What an attribute of a tag says.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

fn read(name: &str) -> Option<Tree> {
    let text = super::suite(&format!("r4/examples/{name}"))?;
    let (limits, reading) = (ReadLimits::default(), Reading::Repair);
    let read = match name.ends_with(".json") {
        true => json::read(text.as_bytes(), reading, &limits),
        false => xml::read(text.as_bytes(), definitions(FhirVersion::R4), reading, &limits),
    };
    Some(read.expect("the examples can be read").tree)
}

/// What an expression yields: the text of each place, or of the boolean that it is.
fn answers(tree: &Tree, expression: &str) -> Result<Vec<String>, PathError> {
    let r4 = definitions(FhirVersion::R4);
    let path = Path::parse(expression)?;
    match path.places(tree, r4) {
        Ok(places) => {
            let text = |id| tree.node(id).text().unwrap_or("…").to_owned();
            Ok(places.iter().map(|place| place.value.map_or("…".to_owned(), text)).collect())
        }
        Err(error) if error.words.contains("no place in the resource") => {
            // it is a value: see whether it is true, false or nothing
            let holds = |criteria: String| -> Result<bool, PathError> {
                Ok(!Path::parse(&format!("$this.where({criteria})"))?.places(tree, r4)?.is_empty())
            };
            match (holds(format!("({expression}) = true"))?, holds(format!("({expression}) = false"))?) {
                (true, _) => Ok(vec!["true".to_owned()]),
                (_, true) => Ok(vec!["false".to_owned()]),
                (false, false) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// What Baton answers and the suite refuses, because a static check would see that it can yield nothing.
const LENIENT: &[&str] = &["(Observation.value as Period).unit"];
/// How many answers are right. The rest of the suite is about what a path has no use for, and is refused by name.
const RIGHT: usize = 250;

/// What one test of the suite has in it.
struct Case {
    tree: Tree,
    expression: String,
    is_invalid: bool,
    expected: Vec<String>,
}

/// Reads a test; nothing when its input is not among the examples, or only counts whether there is any output.
fn case(text: &str) -> Option<Case> {
    let head = format!(" {}", text.split('>').next()?);
    let tree = attribute(&head, "inputfile").and_then(read)?;
    let (tag, rest) = text.split_once("<expression").and_then(|(_, rest)| rest.split_once('>'))?;
    let expression = plain(rest.split("</expression>").next()?);
    let outputs = rest.split("<output ").skip(1).filter_map(|output| output.split_once("</output>"));
    let outputs = outputs.filter_map(|(output, _)| output.split_once('>'));
    let expected = outputs.map(|(_, text)| plain(text.trim_start_matches('@'))).collect();
    let is_invalid = attribute(tag, "invalid").is_some();
    attribute(&head, "predicate").is_none().then_some(Case { tree, expression, is_invalid, expected })
}

#[test]
fn what_is_supported_answers_as_hl7s_suite_says() {
    let Some(suite) = super::suite("r4/fhirpath/tests-fhir-r4.xml") else {
        return;
    };
    let (mut right, mut wrong) = (0, Vec::new());
    for case in suite.split("<test ").skip(1).filter_map(case) {
        match answers(&case.tree, &case.expression) {
            Err(error) if case.is_invalid || error.fault == PathFault::Unsupported => {}
            Ok(found) if !case.is_invalid && found == case.expected => right += 1,
            Ok(_) if LENIENT.contains(&case.expression.as_str()) => {}
            found => wrong.push(format!("{}: {found:?}, and not {:?}", case.expression, case.expected)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right >= RIGHT, "only {right} are right");
}
