//! What the search parameters `status` and `category` read from a resource. Source: FHIR R4, the SearchParameters of those names.

use crate::tree::Node;

/// A code, as far as it is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded<'t> {
    /// Its system, empty where it has none; nothing for an element whose definition says the system.
    pub system: Option<&'t str>,
    /// The code.
    pub code: &'t str,
}

/// The status of a resource, where its type is searched by it.
#[must_use]
pub fn status<'t>(resource: Node<'t>) -> Option<&'t str> {
    resource.resource_type().filter(|name| has_status(name)).and_then(|_| resource.str("status"))
}

/// The categories of a resource, where its type is searched by them. A category in words alone has no code.
pub fn categories<'t>(resource: Node<'t>) -> impl Iterator<Item = Coded<'t>> {
    let is_searched = resource.resource_type().is_some_and(has_category);
    let all = is_searched.then(|| resource.each("category"));
    all.into_iter().flatten().flat_map(|category| {
        let bare = category.as_str().map(|code| Coded { system: None, code });
        let codings = category.each("coding").filter_map(|coding| {
            let code = coding.str("code")?;
            Some(Coded { system: Some(coding.str("system").unwrap_or_default()), code })
        });
        bare.into_iter().chain(codings)
    })
}

/// Whether a type has the search parameter `status`, and it reads the element of that name.
#[must_use]
pub fn has_status(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Account"
            | "Appointment"
            | "CarePlan"
            | "CareTeam"
            | "Claim"
            | "ClaimResponse"
            | "ClinicalImpression"
            | "Communication"
            | "CommunicationRequest"
            | "Composition"
            | "Consent"
            | "Contract"
            | "Coverage"
            | "Device"
            | "DeviceRequest"
            | "DiagnosticReport"
            | "DocumentManifest"
            | "DocumentReference"
            | "Encounter"
            | "EpisodeOfCare"
            | "FamilyMemberHistory"
            | "ImagingStudy"
            | "Immunization"
            | "List"
            | "Location"
            | "Media"
            | "Medication"
            | "MedicationAdministration"
            | "MedicationDispense"
            | "MedicationRequest"
            | "MedicationStatement"
            | "NutritionOrder"
            | "Observation"
            | "Procedure"
            | "Questionnaire"
            | "QuestionnaireResponse"
            | "RequestGroup"
            | "ServiceRequest"
            | "Slot"
            | "Specimen"
            | "SupplyDelivery"
            | "SupplyRequest"
            | "Task"
            | "VisionPrescription"
    )
}

/// Whether a type has the search parameter `category`, and it reads the element of that name.
#[must_use]
pub fn has_category(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "AllergyIntolerance"
            | "CarePlan"
            | "CareTeam"
            | "Communication"
            | "CommunicationRequest"
            | "Composition"
            | "Condition"
            | "Consent"
            | "DiagnosticReport"
            | "DocumentReference"
            | "Goal"
            | "MedicationRequest"
            | "MedicationStatement"
            | "Observation"
            | "Procedure"
            | "ServiceRequest"
            | "SupplyRequest"
    )
}

#[cfg(test)]
mod tests {
    use super::{Coded, categories, has_category, has_status, status};
    use crate::{
        definitions::{FhirVersion, definitions},
        testing,
    };

    #[track_caller]
    fn check(resource: &str, expected: (Option<&str>, &[(Option<&str>, &str)])) {
        let tree = testing::tree(resource);
        let found: Vec<Coded<'_>> = categories(tree.root()).collect();
        let codes: Vec<Coded<'_>> = expected.1.iter().map(|(system, code)| Coded { system: *system, code }).collect();
        assert_eq!((status(tree.root()), found), (expected.0, codes), "{resource}");
    }

    #[test]
    fn a_type_without_the_parameter_has_neither() {
        check(r#"{"resourceType": "Patient", "status": "a", "category": [{"coding": [{"code": "b"}]}]}"#, (None, &[]));
        check(r#"{"resourceType": "ServiceRequest", "category": [{"text": "words"}, {"coding": [{}]}]}"#, (None, &[]));
        check(r#"{"resourceType": "ServiceRequest", "status": 1, "category": "x"}"#, (None, &[(None, "x")]));
    }

    #[test]
    fn all_codings_of_all_categories_are_read() {
        let resource = r#"{"resourceType": "Observation", "status": "final", "category": [
            {"coding": [{"system": "s", "code": "1"}, {"code": "2"}]}, {"coding": [{"system": "t", "code": "3"}]}]}"#;
        check(resource, (Some("final"), &[(Some("s"), "1"), (Some(""), "2"), (Some("t"), "3")]));
        let one = r#"{"resourceType": "Procedure", "category": {"coding": [{"system": "s", "code": "1"}]}}"#;
        check(one, (None, &[(Some("s"), "1")]));
        let bare = r#"{"resourceType": "AllergyIntolerance", "category": ["food", "medication"]}"#;
        check(bare, (None, &[(None, "food"), (None, "medication")]));
    }

    #[test]
    fn what_is_searched_by_is_an_element_that_fhir_has() {
        for resource in definitions(FhirVersion::R4).types() {
            for (name, has) in [("status", has_status(resource.name)), ("category", has_category(resource.name))] {
                let kind = resource.element(name).map(|element| element.type_ref.name);
                assert!(!has || matches!(kind, Some("code" | "CodeableConcept")), "{}.{name}: {kind:?}", resource.name);
            }
        }
    }
}
