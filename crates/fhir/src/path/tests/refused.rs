//! What paths are refused, with which words, and the limits of those that are not.

use super::{PATIENT, check_refused, places_in};
use crate::budget::Budget;
use crate::definitions::{FhirVersion, definitions};
use crate::path::{LENGTH_MAX, NESTING_MAX, OPERATORS_MAX, Path, PathFault};
use crate::testing::tree;

#[test]
fn a_path_that_is_no_path_is_refused_with_its_column() {
    check_refused(
        "",
        "the name of an element, a text, a number or a parenthesis was expected, found the end of the path, at column 1 of the path",
    );
    check_refused(
        "Patient.",
        "the name of an element or function was expected after the dot, found the end of the path, at column 9 of the path",
    );
    check_refused(
        "Patient name",
        "an operator or the end of the path was expected, found name, at column 9 of the path",
    );
    check_refused(
        "Patient.name.where(use = 'x'",
        ") was expected, found the end of the path, at column 29 of the path",
    );
    check_refused("Patient.name[0", "] was expected, found the end of the path, at column 15 of the path");
    check_refused("Patient.name.where(use = 'ö).x", "what opens here has to end with ', at column 26 of the path");
    check_refused("name.where(use = \"x\")", "text stands between single quotes: 'text', at column 18 of the path");
    check_refused("'ä' = #", "this character has no meaning here, at column 7 of the path");
    check_refused(
        "'\\q'",
        "this escape does not exist: \\' \\\\ \\n \\r \\t \\f and \\u0041 do, at column 2 of the path",
    );
    check_refused("'\\uD800'", "\\u wants four hexadecimal digits of a character, at column 2 of the path");
}

#[test]
fn what_is_not_supported_is_refused_with_what_to_say_instead() {
    for (path, words) in [
        ("Patient.name[$index]", "of the words with $ only $this is supported"),
        ("Patient.name[first()]", "between [ and ] stands a whole number from 0"),
        ("%resource.name", "variables are not supported: begin with the type, as in Patient.name"),
        ("birthDate = @1974-12-25", "dates are compared as text here: write '2024-02-29' and not @2024-02-29"),
        ("generalPractitioner.resolve()", "a path stays within one resource: resolve() leads out of it"),
        ("name[0].given + 'x'", "a path does not calculate: write the result"),
        ("'a' in name.given", "in and contains are not supported: use = and or, or where(…).exists()"),
        ("active = -active", "a path does not calculate: write the result"),
        ("birthDate < 4 'wk'", "numbers have no units here: compare value and code of the quantity, each for itself"),
        ("birthDate < 4 weeks", "numbers have no units here: compare value and code of the quantity, each for itself"),
        ("name // all", "comments are not supported: leave them out"),
        ("active is Boolean", "types of System are not supported: elements have types of FHIR"),
        ("active is System.Boolean", "types of System are not supported: elements have types of FHIR"),
        ("extension(active)", "the argument of this function has to be a text between single quotes"),
    ] {
        let error = Path::parse(path).map(|path| path.places(&tree(PATIENT), definitions(FhirVersion::R4)).map(|_| ()));
        let error = error.and_then(|places| places).expect_err(path);
        assert_eq!((error.fault, error.words.as_ref()), (PathFault::Unsupported, words), "{path}");
    }
    let error = Path::parse("name.aggregate($this)").expect_err("there is no such function");
    assert!(error.words.starts_with("the function aggregate is not supported; there are where, exists"));
}

#[test]
fn what_does_not_fit_the_definitions_is_refused() {
    check_refused(
        "Observation.status",
        "the path begins with Observation, and the resource is of type Patient, at column 1 of the path",
    );
    check_refused(
        "Patient.contact[0].nam",
        "Patient.contact has no element nam; its own are: relationship, name, telecom, address, gender, organization, period, at column 20 of the path",
    );
    check_refused("Patient.active.x", "boolean has no element x, at column 16 of the path");
    check_refused(
        "Patient.name.ofType(HumanNames)",
        "there is no type HumanNames in FHIR 4.0.1, at column 21 of the path",
    );
    check_refused("Patient.where('a'.b)", "a value has no elements, at column 19 of the path");
    check_refused(
        "Patient.active = true",
        "the path yields a value and no place in the resource, at column 1 of the path",
    );
    check_refused("Patient.name.single()", "one value was expected here, and there are 2, at column 14 of the path");
    check_refused(
        "Patient.where(active > 1)",
        "numbers are compared with numbers and texts with texts, at column 22 of the path",
    );
    check_refused(
        "Patient.where(active.startsWith('t'))",
        "this function is asked of a text, at column 22 of the path",
    );
}

#[test]
fn an_error_repeats_nothing_that_stands_between_quotes() {
    let error = Path::parse("name.where('secret' 'secret')").expect_err("two texts are no expression");
    assert!(!error.to_string().contains("secret"), "{error}");
}

fn fault(path: &str) -> Option<PathFault> {
    Path::parse(path).err().map(|error| error.fault)
}

#[test]
fn a_path_has_a_longest_length() {
    let path = |length: usize| "a".repeat(length);
    assert_eq!(fault(&path(LENGTH_MAX)), None);
    assert_eq!(fault(&path(LENGTH_MAX + 1)), Some(PathFault::TooCostly));
}

/// Threat: T83
#[test]
fn a_path_has_a_deepest_nesting() {
    let path = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(fault(&path(NESTING_MAX)), None);
    assert_eq!(fault(&path(NESTING_MAX + 1)), Some(PathFault::TooCostly));
    assert_eq!(fault(&"where(".repeat(600)), Some(PathFault::TooCostly));
}

#[test]
fn a_path_has_a_largest_number_of_operators() {
    let path = |operators: usize| format!("a{}", " or a".repeat(operators));
    assert_eq!(fault(&path(OPERATORS_MAX)), None);
    assert_eq!(fault(&path(OPERATORS_MAX + 1)), Some(PathFault::TooCostly));
}

/// Threat: T83
#[test]
fn steps_run_out_before_time_does() {
    let tree = tree(PATIENT);
    let path = Path::parse("name.where(given.where($this = 'Q').exists())").expect("it is a path");
    let places = |steps| path.places_within(&tree, definitions(FhirVersion::R4), &mut Budget::new(steps)).map(|_| ());
    assert_eq!(places(1000), Ok(()));
    assert_eq!(places(20).map_err(|error| error.fault), Err(PathFault::TooCostly));
}

#[test]
fn the_deepest_path_can_be_followed() {
    let inner = format!("active{}", " or active".repeat(OPERATORS_MAX));
    let path = format!("{}{inner}{}", "where(".repeat(NESTING_MAX), ")".repeat(NESTING_MAX));
    assert_eq!(places_in(PATIENT, FhirVersion::R4, &path), Ok(vec!["Patient".to_owned()]));
    let longest = format!("$this{}", ".first()".repeat((LENGTH_MAX - 5) / 8));
    assert_eq!(places_in(PATIENT, FhirVersion::R4, &longest), Ok(vec!["Patient".to_owned()]));
}
