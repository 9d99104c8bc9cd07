//! A patient as a line in a list for people. Source: FHIR R4, Patient and HumanName.

use crate::tree::Node;

/// What tells patients apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientLine {
    /// The name, as it is read out; empty where none is given.
    pub name: String,
    /// When the patient was born, as it was written.
    pub born: Option<String>,
}

/// The line of a Patient. The first name counts.
#[must_use]
pub fn patient_line(patient: Node<'_>) -> PatientLine {
    let name = patient.each("name").next().map(name_of).unwrap_or_default();
    PatientLine { name, born: patient.str("birthDate").map(str::to_owned) }
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

    fn check(text: &str, name: &str, born: Option<&str>) {
        let limits = ReadLimits { depth_max: 16, nodes_max: 100 };
        let read = json::read(text.as_bytes(), Reading::Strict, &limits).unwrap_or_else(|_| panic!("{text}"));
        let expected = PatientLine { name: name.to_owned(), born: born.map(str::to_owned) };
        assert_eq!(patient_line(read.tree.root()), expected, "{text}");
    }

    #[test]
    fn a_line_says_the_first_name_and_the_birth_date() {
        check(r#"{"resourceType":"Patient"}"#, "", None);
        check(r#"{"resourceType":"Patient","name":[{"text":"A B"},{"text":"C"}]}"#, "A B", None);
        let parts = r#"{"resourceType":"Patient","name":[{"family":"Z","given":["X","Y"]}],"birthDate":"1970-01"}"#;
        check(parts, "X Y Z", Some("1970-01"));
    }
}
