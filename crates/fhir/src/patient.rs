//! A patient as a line in a list for people. Source: FHIR R4, Patient and HumanName.

use crate::tree::Node;

/// What tells patients apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientLine {
    /// The name, as it is read out; empty where none is given.
    pub name: String,
    /// When the patient was born, as it was written.
    pub born: Option<String>,
    /// The end of the first number that the patient has: enough to tell two apart, and too little to use it.
    pub number_end: Option<String>,
}

/// How much of a number is its end: of a long one, and of a short one.
const END_CHARS: (usize, usize) = (4, 2);

/// From how many characters on a number is long.
const LONG_CHARS: usize = 8;

/// The line of a Patient. The first name counts.
#[must_use]
pub fn patient_line(patient: Node<'_>) -> PatientLine {
    let name = patient.each("name").next().map(name_of).unwrap_or_default();
    let number = patient.each("identifier").find_map(|identifier| identifier.str("value"));
    PatientLine { name, born: patient.str("birthDate").map(str::to_owned), number_end: number.and_then(end_of) }
}

/// The last letters and digits. Nothing where that would be most of the number.
fn end_of(number: &str) -> Option<String> {
    let all: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
    let count = if all.len() < LONG_CHARS { END_CHARS.1 } else { END_CHARS.0 };
    let start = all.len().checked_sub(count).filter(|start| *start >= count)?;
    Some(all.get(start..)?.iter().collect())
}

fn name_of(name: Node<'_>) -> String {
    if let Some(text) = name.str("text") {
        return text.to_owned();
    }
    let mut parts: Vec<&str> = name.each("given").filter_map(Node::as_str).collect();
    parts.extend(name.str("family"));
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{PatientLine, patient_line};
    use crate::{
        json,
        reading::{ReadLimits, Reading},
    };

    fn line(text: &str) -> PatientLine {
        let limits = ReadLimits { depth_max: 16, nodes_max: 100 };
        let read = json::read(text.as_bytes(), Reading::Strict, &limits).unwrap_or_else(|_| panic!("{text}"));
        patient_line(read.tree.root())
    }

    fn check(text: &str, name: &str, born: Option<&str>) {
        let expected = PatientLine { name: name.to_owned(), born: born.map(str::to_owned), number_end: None };
        assert_eq!(line(text), expected, "{text}");
    }

    #[test]
    fn of_a_number_only_the_end_is_said() {
        let numbers = [("1234567890", Some("7890")), ("1234-567-890-AB", Some("90AB")), ("12345678", Some("5678"))];
        let short = [("1234567", Some("67")), ("1234", Some("34")), ("123", None), ("--", None)];
        for (number, expected) in numbers.into_iter().chain(short) {
            let text = format!(r#"{{"resourceType":"Patient","identifier":[{{"use":"old"}},{{"value":"{number}"}}]}}"#);
            assert_eq!(line(&text).number_end.as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn a_line_says_the_first_name_and_the_birth_date() {
        check(r#"{"resourceType":"Patient"}"#, "", None);
        check(r#"{"resourceType":"Patient","name":[{"text":"A B"},{"text":"C"}]}"#, "A B", None);
        let parts = r#"{"resourceType":"Patient","name":[{"family":"Z","given":["X","Y"]}],"birthDate":"1970-01"}"#;
        check(parts, "X Y Z", Some("1970-01"));
    }
}
