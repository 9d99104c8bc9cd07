//! In which profile and spelling a resource is sent.
//! Source: spec of Ontario, 1.3 and 2.

use baton_fhir::tree::{Kind, Node, NodeId, Tree};

use crate::ontario::directory::Version;

const PROFILES: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ca-on-eReferral-profile-";
const PROFILES_EREC: &str = "http://fhir.infoway-inforoute.ca/io/CA-eReC/StructureDefinition/";
const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

/// The profile of a type in a version; nothing for types that the guide does not profile.
pub(in crate::ontario) fn profile(version: Version, resource_type: &str) -> Option<String> {
    const PROFILED: [&str; 15] = [
        "AllergyIntolerance",
        "Appointment",
        "Communication",
        "Condition",
        "Consent",
        "DocumentReference",
        "Location",
        "MessageHeader",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "QuestionnaireResponse",
        "ServiceRequest",
        "Task",
    ];
    if !PROFILED.contains(&resource_type) {
        return None;
    }
    let is_newer = matches!(resource_type, "MessageHeader" | "Patient" | "ServiceRequest" | "Location");
    Some(match version {
        Version::V010 => format!("{PROFILES}{resource_type}|1.0.0"),
        Version::V011 if is_newer => format!("{PROFILES}{resource_type}|1.0.1"),
        Version::V011 => format!("{PROFILES}{resource_type}|1.0.0"),
        Version::Erec => format!("{PROFILES_EREC}{}-ca-erec", resource_type.to_ascii_lowercase()),
    })
}

/// A resource says the profile of the version in which it is sent, and none of another.
pub(super) fn set_profile(tree: &mut Tree, profile: Option<&str>) {
    let meta = tree.root().get("meta").filter(|meta| meta.kind() == Kind::Object).map(Node::id);
    if let Some(old) = tree.root().at(&["meta", "profile"]).map(Node::id) {
        tree.remove(old);
    }
    let Some(profile) = profile else {
        let is_empty = tree.root().get("meta").is_some_and(|meta| meta.children().next().is_none());
        if let Some(meta) = meta.filter(|_| is_empty) {
            tree.remove(meta);
        }
        return;
    };
    let meta = meta.unwrap_or_else(|| {
        let meta = tree.loose(Kind::Object, "");
        let before = tree.root().children().find(|it| !matches!(it.name(), Some("resourceType" | "id"))).map(Node::id);
        tree.insert(tree.root_id(), "meta", meta, before);
        meta
    });
    let profiles = tree.add_array(meta, "profile");
    tree.add_str(profiles, "", profile);
}

/// The code system of identifier types has one spelling when it is sent. Source: spec of Ontario, 1.3.
pub(super) fn mend_systems(tree: &mut Tree) {
    let types = tree.root().each("identifier").filter_map(|identifier| identifier.get("type"));
    let systems = types.flat_map(|it| it.each("coding")).filter_map(|coding| coding.get("system"));
    let old: Vec<NodeId> = systems
        .filter(|system| system.as_str().is_some_and(|it| it.trim_end_matches('/') == "http://hl7.org/fhir/v2/0203"))
        .map(Node::id)
        .collect();
    for system in old {
        tree.set_text(system, V2_0203);
    }
}
