//! What the server says of itself.

use std::collections::BTreeSet;

use baton_fhir::{
    check::{Options, document},
    json,
    reading::Reading,
    tree::Tree,
};
use serde_json::{Value, json};

use super::{BOTH, mount, shown, value};
use crate::{Mode, OauthUris, capability_statement, conformance_resources, netsmart::arrive::fhir};

const KEYS: OauthUris<'static> = OauthUris { token: "https://referrals.example.org/oauth/token", authorize: None };

fn shown_as_json(tree: &Tree) -> Value {
    let mut written = Vec::new();
    json::write(tree.root(), &mut written);
    value(std::str::from_utf8(&written).expect("JSON is text"))
}

fn capability(mode: Mode) -> Value {
    shown_as_json(&capability_statement(&mount(mode), &KEYS, "1.2.3"))
}

#[test]
fn what_is_served_is_proper_fhir() {
    for mode in BOTH {
        let mut all = conformance_resources(&mount(mode));
        all.push(capability_statement(&mount(mode), &KEYS, "1.2.3"));
        for mut tree in all {
            let name = tree.root().resource_type().unwrap_or_default().to_owned();
            let findings = document(&mut tree, fhir(), &Options::new(Reading::Strict));
            assert_eq!(shown(&findings, true), [""; 0], "{name}");
        }
    }
}

#[test]
fn the_statement_says_version_formats_and_operation() {
    for mode in BOTH {
        let statement = capability(mode);
        assert_eq!((&statement["kind"], &statement["fhirVersion"]), (&json!("instance"), &json!("4.0.1")));
        assert_eq!(statement["format"], json!(["application/fhir+json", "json", "application/fhir+xml", "xml"]));
        assert_eq!(statement["software"], json!({"name": "Baton", "version": "1.2.3"}));
        assert_eq!(statement["rest"][0]["operation"][0]["name"], "process-message");
    }
}

#[test]
fn the_messaging_section_says_where_and_what_and_for_how_long() {
    let messaging = &capability(Mode::Compat)["messaging"][0];
    assert_eq!(messaging["endpoint"][0]["protocol"]["code"], "http");
    assert_eq!(messaging["endpoint"][0]["address"], "https://referrals.example.org/v4/$process-message");
    assert_eq!(messaging["reliableCache"], 60);
    let supported = messaging["supportedMessage"].as_array().expect("a list");
    assert_eq!(supported.len(), 2);
    assert!(supported.iter().all(|message| message["mode"] == "receiver"));
}

#[test]
fn all_addresses_in_the_statement_are_served() {
    let statement = capability(Mode::Strict);
    let served: BTreeSet<String> = conformance_resources(&mount(Mode::Strict))
        .iter()
        .map(|tree| tree.root().str("url").expect("each has a url").to_owned())
        .collect();
    let mut named: BTreeSet<String> = statement["messaging"][0]["supportedMessage"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|message| message["definition"].as_str().expect("text").to_owned())
        .collect();
    named.insert(statement["rest"][0]["operation"][0]["definition"].as_str().expect("text").to_owned());
    for tree in conformance_resources(&mount(Mode::Strict)) {
        let graphs = shown_as_json(&tree);
        named
            .extend(graphs["graph"].as_array().into_iter().flatten().map(|url| url.as_str().expect("text").to_owned()));
    }
    assert_eq!(named, served);
}

#[test]
fn each_definition_is_found_by_its_id_and_its_address() {
    for tree in conformance_resources(&mount(Mode::Compat)) {
        let root = tree.root();
        let (name, id) = (root.resource_type().expect("type"), root.str("id").expect("id"));
        assert_eq!(root.str("url"), Some(format!("https://referrals.example.org/v4/{name}/{id}").as_str()));
    }
}

#[test]
fn a_message_definition_has_the_event_and_all_cardinalities() {
    let definition = shown_as_json(&conformance_resources(&mount(Mode::Compat))[0]);
    assert_eq!(
        definition["eventCoding"],
        json!({"system": "http://ntst.com/fhir/message-events", "code": "submit-service-request"})
    );
    assert_eq!((&definition["category"], &definition["responseRequired"]), (&json!("consequence"), &json!("always")));
    let focus = definition["focus"].as_array().expect("a list");
    assert_eq!(focus.len(), 11);
    assert_eq!(focus[1], json!({"code": "ServiceRequest", "min": 1, "max": "1"}));
    assert_eq!(focus[10], json!({"code": "QuestionnaireResponse", "min": 0, "max": "*"}));
}

#[test]
fn the_graph_names_every_type_that_is_listed() {
    let graph = conformance_resources(&mount(Mode::Compat))
        .iter()
        .map(shown_as_json)
        .find(|it| it["resourceType"] == "GraphDefinition");
    let graph = graph.expect("it is served");
    let text = graph.to_string();
    assert_eq!(graph["start"], "MessageHeader");
    for listed in &crate::netsmart::tables::guide().resources[1..] {
        assert!(text.contains(&format!("\"type\":\"{}\"", listed.resource_type)), "{}", listed.resource_type);
    }
}

#[test]
fn what_can_be_read_back_is_listed_with_what_it_is_searched_by() {
    let statement = capability(Mode::Compat);
    let parameters = |resource_type: &str| {
        let resources = statement["rest"][0]["resource"].as_array().expect("a list");
        let found = resources.iter().find(|resource| resource["type"] == resource_type)?;
        let all = found["searchParam"].as_array().expect("a list");
        Some(all.iter().map(|parameter| parameter["name"].as_str().expect("text").to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(parameters("MessageHeader"), None);
    let named = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    let of_requests = named(&["_id", "identifier", "status", "category", "patient"]);
    assert_eq!(parameters("ServiceRequest"), of_requests);
    assert_eq!(parameters("Location"), named(&["_id", "identifier", "status"]));
    assert_eq!(parameters("Patient"), named(&["_id", "identifier"]));
    assert_eq!(parameters("MessageDefinition"), named(&["_id", "url"]));
}

#[test]
fn the_statement_says_where_tokens_are_given() {
    let extension = &capability(Mode::Compat)["rest"][0]["security"]["extension"][0]["extension"][0];
    assert_eq!(extension, &json!({"url": "token", "valueUri": "https://referrals.example.org/oauth/token"}));
}
