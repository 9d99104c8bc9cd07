//! By what resources are found: what search parameters read from a resource, and what their values ask for, both as keys of the index.
//!
//! A search, the index and the limits of scopes all use this, so that they cannot say different things of one resource.
//! Source: FHIR R4, "Search", and the SearchParameters of each type.

use baton_fhir::{
    definitions::{FhirVersion, definitions},
    search::{Token, alternatives, local_id, token},
    search_codes::{categories, has_category, has_status, status},
    search_values::{identifiers, patient_element},
    tree::Node,
};

use crate::resource::IndexKey;

/// A search parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// `_id`: the logical id.
    Id,
    /// `identifier`
    Identifier,
    /// `status`
    Status,
    /// `category`
    Category,
    /// `patient`, or `subject` where that is the patient.
    Patient,
    /// `based-on`: the referral that a resource belongs to.
    BasedOn,
}

/// How an exchange keeps references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum References {
    /// As ours: a resource says by itself where they lead.
    Ours,
    /// As their sender wrote them: where they lead, only its message told.
    OfSender,
}

/// The types that are found by the referral that they belong to.
const OF_REFERRALS: [&str; 3] = ["Task", "Appointment", "Communication"];

impl Parameter {
    /// The parameter that a type is searched by under that name, in R4. A name with a modifier or a chain is none.
    #[must_use]
    pub fn of(resource_type: &str, name: &str) -> Option<Parameter> {
        // lines of the audit are kept elsewhere
        let definition = definitions(FhirVersion::R4).resource(resource_type).filter(|of| of.name != "AuditEvent")?;
        let (parameter, has) = match name {
            "_id" => (Parameter::Id, true),
            "identifier" => (Parameter::Identifier, definition.element("identifier").is_some()),
            "status" => (Parameter::Status, has_status(resource_type)),
            "category" => (Parameter::Category, has_category(resource_type)),
            "patient" => (Parameter::Patient, patient_element(resource_type).is_some()),
            "subject" => (Parameter::Patient, matches!(patient_element(resource_type), Some("subject" | "for"))),
            "based-on" => (Parameter::BasedOn, OF_REFERRALS.contains(&resource_type)),
            _ => return None,
        };
        has.then_some(parameter)
    }

    /// Whether a resource alone says if it fits, at an exchange that keeps references so.
    #[must_use]
    pub fn is_said_by_the_resource(self, references: References) -> bool {
        match (self, references) {
            (Parameter::Patient | Parameter::BasedOn, References::OfSender) => false,
            (Parameter::Patient | Parameter::BasedOn, References::Ours) => true,
            (Parameter::Id | Parameter::Identifier | Parameter::Status | Parameter::Category, _) => true,
        }
    }

    /// What a value has to look like.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Parameter::Id => "an id",
            Parameter::Identifier => "system|value, |value or value",
            Parameter::Status => "a code without its system",
            Parameter::Category => "system|code, |code or code",
            Parameter::Patient => "the id of a Patient here, or Patient/{id}",
            Parameter::BasedOn => "the id of a ServiceRequest here, or ServiceRequest/{id}",
        }
    }

    /// The keys of which a resource needs one to fit a value; each alternative is one. Addresses under `base`, where there is one,
    /// are ours. Nothing for a value that makes no sense, and for ids, which have no keys.
    #[must_use]
    pub fn keys(self, value: &str, base: Option<&str>) -> Option<Vec<IndexKey>> {
        let keys: Option<Vec<IndexKey>> = alternatives(value).into_iter().map(|text| self.key(text, base)).collect();
        keys.filter(|keys| !keys.is_empty())
    }

    fn key(self, text: &str, base: Option<&str>) -> Option<IndexKey> {
        match self {
            Parameter::Id => None,
            Parameter::Identifier => Some(match token(text)? {
                Token::Anywhere(value) => IndexKey::identifier_value(&value),
                Token::InSystem(system, value) => IndexKey::identifier(&system, &value),
            }),
            Parameter::Status => match token(text)? {
                Token::Anywhere(code) => Some(IndexKey::status(&code)),
                Token::InSystem(..) => None,
            },
            Parameter::Category => Some(match token(text)? {
                Token::Anywhere(code) => IndexKey::category_code(&code),
                Token::InSystem(system, code) => IndexKey::category(&system, &code),
            }),
            Parameter::Patient => reference(text, "Patient", base).map(|id| IndexKey::patient(&id)),
            Parameter::BasedOn => reference(text, "ServiceRequest", base).map(|id| IndexKey::based_on(&id)),
        }
    }
}

/// The id that a value means. Without a base there is no absolute address.
fn reference(text: &str, resource_type: &str, base: Option<&str>) -> Option<String> {
    // no reference begins with what cannot stand in an address
    local_id(text, resource_type, base.unwrap_or("\n"))
}

/// The keys that a resource says by itself. Where its references lead, whoever keeps it adds.
#[must_use]
pub fn keys_of(resource: Node<'_>) -> Vec<IndexKey> {
    let mut keys = Vec::new();
    for identifier in identifiers(resource) {
        keys.push(IndexKey::identifier(identifier.system, identifier.value));
        keys.push(IndexKey::identifier_value(identifier.value));
    }
    keys.extend(status(resource).map(IndexKey::status));
    for category in categories(resource) {
        keys.extend(category.system.map(|system| IndexKey::category(system, category.code)));
        keys.push(IndexKey::category_code(category.code));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::{IndexKey, Parameter, References};

    #[test]
    fn a_name_that_a_type_is_not_searched_by_is_no_parameter() {
        for (resource_type, name) in [
            ("Task", "category"),
            ("Task", "status:not"),
            ("Coverage", "subject"),
            ("Task", "patient.name"),
            ("Task", "_count"),
            ("Task", ""),
            ("Patient", "status"),
            ("Patient", "patient"),
            ("AuditEvent", "_id"),
            ("ServiceRequest", "based-on"),
            ("Unknown", "_id"),
            ("*", "_id"),
            ("Messaging", "_id"),
        ] {
            assert_eq!(Parameter::of(resource_type, name), None, "{resource_type}?{name}");
        }
    }

    #[test]
    fn a_name_that_a_type_is_searched_by_is_one() {
        for (resource_type, name, expected) in [
            ("Patient", "_id", Parameter::Id),
            ("Patient", "identifier", Parameter::Identifier),
            ("Task", "status", Parameter::Status),
            ("Task", "patient", Parameter::Patient),
            ("Task", "based-on", Parameter::BasedOn),
            ("Observation", "category", Parameter::Category),
            ("Observation", "subject", Parameter::Patient),
            ("Task", "subject", Parameter::Patient),
        ] {
            assert_eq!(Parameter::of(resource_type, name), Some(expected), "{resource_type}?{name}");
        }
    }

    #[test]
    fn where_references_are_their_senders_a_resource_does_not_say_where_they_lead() {
        let all = [Parameter::Id, Parameter::Identifier, Parameter::Status, Parameter::Category];
        let references = [Parameter::Patient, Parameter::BasedOn];
        for parameter in all.into_iter().chain(references) {
            let expected = !references.contains(&parameter);
            assert_eq!(parameter.is_said_by_the_resource(References::OfSender), expected, "{parameter:?}");
            assert!(parameter.is_said_by_the_resource(References::Ours), "{parameter:?}");
        }
    }

    #[test]
    fn a_value_that_makes_no_sense_has_no_keys() {
        for (parameter, value) in [
            (Parameter::Id, "a"),
            (Parameter::Identifier, "urn:a|"),
            (Parameter::Identifier, ","),
            (Parameter::Status, "urn:a|active"),
            (Parameter::Status, "|active"),
            (Parameter::Category, "a|b|c"),
            (Parameter::Patient, "Group/1"),
            (Parameter::Patient, "https://a.example/Patient/1"),
            (Parameter::BasedOn, "Task/1"),
            (Parameter::Status, "active,urn:a|done"),
        ] {
            assert_eq!(parameter.keys(value, None), None, "{parameter:?} {value}");
        }
    }

    #[test]
    fn each_alternative_is_a_key() {
        let keys = |parameter: Parameter, value: &str| parameter.keys(value, Some("https://a.example/v4"));
        let expected = [IndexKey::category("s", "1"), IndexKey::category("", "2"), IndexKey::category_code("3")];
        assert_eq!(keys(Parameter::Category, "s|1,|2,3"), Some(expected.to_vec()));
        let patients = "1,Patient/2,https://a.example/v4/Patient/3";
        assert_eq!(keys(Parameter::Patient, patients), Some(["1", "2", "3"].map(IndexKey::patient).to_vec()));
    }
}
