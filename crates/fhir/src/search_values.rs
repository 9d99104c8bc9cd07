//! What search parameters read from a resource. Source: FHIR R4 SearchParameter, each type's `identifier` and `patient`.

use crate::tree::Node;

/// An identifier, as far as it is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier<'t> {
    /// Its system; empty where it has none.
    pub system: &'t str,
    /// Its value.
    pub value: &'t str,
}

/// The identifiers of a resource that have a value. An array and a single value are read alike: types differ.
pub fn identifiers<'t>(resource: Node<'t>) -> impl Iterator<Item = Identifier<'t>> {
    resource.each("identifier").filter_map(|identifier| {
        let value = identifier.str("value")?;
        Some(Identifier { system: identifier.str("system").unwrap_or_default(), value })
    })
}

/// The references by which a resource says which patient it is about.
pub fn patients<'t>(resource: Node<'t>) -> impl Iterator<Item = &'t str> {
    let element = resource.resource_type().and_then(patient_element);
    element.into_iter().flat_map(move |name| resource.each(name)).filter_map(|reference| reference.str("reference"))
}

/// The element behind the search parameter `patient` of a type; nothing for types without it.
///
/// Parameters that go deeper than one element (`Appointment.participant.actor`, `Group.member.entity` and the like) are
/// not read.
#[must_use]
pub fn patient_element(resource_type: &str) -> Option<&'static str> {
    Some(match resource_type {
        "Account"
        | "AdverseEvent"
        | "CarePlan"
        | "CareTeam"
        | "ChargeItem"
        | "ClinicalImpression"
        | "Communication"
        | "CommunicationRequest"
        | "Composition"
        | "Condition"
        | "DeviceRequest"
        | "DeviceUseStatement"
        | "DiagnosticReport"
        | "DocumentManifest"
        | "DocumentReference"
        | "Encounter"
        | "Flag"
        | "Goal"
        | "GuidanceResponse"
        | "ImagingStudy"
        | "Invoice"
        | "List"
        | "MeasureReport"
        | "Media"
        | "MedicationAdministration"
        | "MedicationDispense"
        | "MedicationRequest"
        | "MedicationStatement"
        | "Observation"
        | "Procedure"
        | "QuestionnaireResponse"
        | "RequestGroup"
        | "RiskAssessment"
        | "ServiceRequest"
        | "Specimen" => "subject",
        "AllergyIntolerance"
        | "BodyStructure"
        | "Claim"
        | "ClaimResponse"
        | "Consent"
        | "CoverageEligibilityRequest"
        | "CoverageEligibilityResponse"
        | "DetectedIssue"
        | "Device"
        | "EpisodeOfCare"
        | "ExplanationOfBenefit"
        | "FamilyMemberHistory"
        | "Immunization"
        | "ImmunizationEvaluation"
        | "ImmunizationRecommendation"
        | "MolecularSequence"
        | "NutritionOrder"
        | "RelatedPerson"
        | "SupplyDelivery"
        | "VisionPrescription" => "patient",
        "Coverage" => "beneficiary",
        "EnrollmentRequest" => "candidate",
        "ResearchSubject" => "individual",
        "Task" => "for",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Identifier, identifiers, patient_element, patients};
    use crate::{
        definitions::{FhirVersion, definitions},
        testing,
    };

    #[test]
    fn identifiers_are_read_whether_they_repeat_or_not() {
        let many = testing::tree(
            r#"{"resourceType": "Patient", "identifier": [{"system": "s", "value": "1"}, {"system": "s"}, {"value": "2"}]}"#,
        );
        let expected = [Identifier { system: "s", value: "1" }, Identifier { system: "", value: "2" }];
        assert_eq!(identifiers(many.root()).collect::<Vec<_>>(), expected);
        let one = testing::tree(r#"{"resourceType": "QuestionnaireResponse", "identifier": {"value": "3"}}"#);
        assert_eq!(identifiers(one.root()).collect::<Vec<_>>(), [Identifier { system: "", value: "3" }]);
    }

    #[test]
    fn a_resource_says_which_patient_it_is_about() {
        let coverage = testing::tree(r#"{"resourceType": "Coverage", "beneficiary": {"reference": "Patient/1"}}"#);
        assert_eq!(patients(coverage.root()).collect::<Vec<_>>(), ["Patient/1"]);
        let location = testing::tree(r#"{"resourceType": "Location", "subject": {"reference": "Patient/1"}}"#);
        assert_eq!(patients(location.root()).count(), 0);
    }

    #[test]
    fn every_patient_element_is_a_reference_that_fhir_has() {
        let definitions = definitions(FhirVersion::R4);
        for resource in definitions.types() {
            let Some(name) = patient_element(resource.name) else {
                continue;
            };
            let element = resource.element(name).unwrap_or_else(|| panic!("{} has no {name}", resource.name));
            let targets = &element.type_ref.targets;
            assert!(targets.is_empty() || targets.contains(&"Patient"), "{}.{name}: {targets:?}", resource.name);
        }
    }
}
