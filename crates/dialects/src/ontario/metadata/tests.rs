use std::collections::BTreeSet;

use baton_exchange::search::Parameter;
use baton_fhir::{
    check::{Options, document},
    definitions::{FhirVersion, definitions},
    json,
    reading::Reading,
    tree::Tree,
};
use serde_json::{Value, json};

use super::{capability_statement, conformance_resources};
use crate::{Dialect, Mode, Mount, OauthUris, ontario::Directory};

fn mount() -> Mount {
    Mount {
        exchange: "ontario".into(),
        dialect: Dialect::Ontario,
        mode: Mode::Compat,
        base: "https://referrals.example.org/ontario".to_owned(),
        reliable_cache_secs: 3600,
        bundle_entries_max: 100,
        directory: Directory::default(),
        blind: [0; 32],
    }
}

const KEYS: OauthUris<'static> = OauthUris {
    token: "https://referrals.example.org/oauth/token",
    authorize: Some("https://referrals.example.org/oauth/authorize"),
};

fn value(tree: &Tree) -> Value {
    let mut written = Vec::new();
    json::write(tree.root(), &mut written);
    serde_json::from_slice(&written).expect("JSON was written")
}

fn capability() -> Value {
    value(&capability_statement(&mount(), &KEYS, "1.2.3"))
}

fn texts<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    list.as_array().into_iter().flatten().filter_map(|item| item[name].as_str()).collect()
}

#[test]
fn what_is_served_is_proper_fhir() {
    let mut all = conformance_resources(&mount());
    all.push(capability_statement(&mount(), &KEYS, "1.2.3"));
    for mut tree in all {
        let name = tree.root().str("id").unwrap_or_default().to_owned();
        let findings = document(&mut tree, definitions(FhirVersion::R4), &Options::new(Reading::Strict));
        assert!(findings.is_empty(), "{name}: {findings:?}");
    }
}

#[test]
fn the_statement_says_what_can_be_sent() {
    let statement = capability();
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["software"], json!({"name": "Baton", "version": "1.2.3"}));
    let messaging = &statement["messaging"][0];
    assert_eq!(messaging["endpoint"][0]["address"], "https://referrals.example.org/ontario/$process-message");
    assert_eq!(messaging["reliableCache"], 60);
    let named = texts(&messaging["supportedMessage"], "definition");
    for code in
        ["add-service-request", "revoke-service-request", "notify-update-process-request", "notify-update-status"]
    {
        assert!(
            named.contains(&format!("https://referrals.example.org/ontario/MessageDefinition/{code}").as_str()),
            "{code}"
        );
    }
}

#[test]
fn every_definition_that_is_named_is_served() {
    let all: Vec<Value> = conformance_resources(&mount()).iter().map(value).collect();
    let served: BTreeSet<&str> = all.iter().filter_map(|definition| definition["url"].as_str()).collect();
    let statement = capability();
    let mut named: BTreeSet<&str> =
        texts(&statement["messaging"][0]["supportedMessage"], "definition").into_iter().collect();
    named.extend(all.iter().flat_map(|definition| texts(&definition["allowedResponse"], "message")));
    assert_eq!(named, served);
    assert_eq!(served.len(), all.len(), "each has an address of its own");
}

#[test]
fn a_definition_says_its_event_what_it_is_about_and_what_may_answer_it() {
    let all: Vec<Value> = conformance_resources(&mount()).iter().map(value).collect();
    let submit = all.iter().find(|definition| definition["id"] == "add-service-request").expect("it is served");
    assert_eq!(submit["name"], "AddServiceRequest");
    assert_eq!(submit["description"], "Opens a referral. In 0.10, 0.11 and 0.12, CA:eReC.");
    assert_eq!(submit["eventCoding"]["system"], "https://ehealthontario.ca/fhir/CodeSystem/message-event-code");
    assert_eq!(submit["category"], "consequence");
    assert_eq!(submit["focus"], json!([{"code": "ServiceRequest", "min": 1, "max": "*"}]));
    let answer = "https://referrals.example.org/ontario/MessageDefinition/notify-add-process-request";
    assert_eq!(submit["allowedResponse"], json!([{"message": answer}]));
}

#[test]
fn a_target_works_by_task_and_appointment() {
    let statement = capability();
    let resources = statement["rest"][0]["resource"].as_array().expect("a list");
    let of = |name: &str| resources.iter().find(|resource| resource["type"] == name).expect("it is listed");
    assert!(texts(&of("Task")["interaction"], "code").contains(&"patch"));
    assert!(texts(&of("Appointment")["interaction"], "code").contains(&"create"));
    assert!(texts(&of("Task")["searchParam"], "name").contains(&"based-on"));
    for resource in resources.iter().filter(|resource| resource["type"] != "MessageDefinition") {
        let name = resource["type"].as_str().expect("a type");
        let unknown = |parameter: &&str| Parameter::of(name, parameter).is_none();
        assert_eq!(texts(&resource["searchParam"], "name").into_iter().find(unknown), None, "{name}");
    }
    assert_eq!(of("ServiceRequest")["conditionalUpdate"], true);
    assert!(of("Binary")["searchParam"].is_null());
}

#[test]
fn keys_are_to_be_had_in_one_place() {
    let said = |keys: &OauthUris<'_>| {
        let security = &value(&capability_statement(&mount(), keys, "1.2.3"))["rest"][0]["security"];
        (security["extension"][0]["extension"].clone(), security["description"].as_str().expect("a text").to_owned())
    };
    let token = json!({"url": "token", "valueUri": "https://referrals.example.org/oauth/token"});
    let authorize = json!({"url": "authorize", "valueUri": "https://referrals.example.org/oauth/authorize"});
    let (listed, words) = said(&KEYS);
    assert_eq!(listed, json!([authorize, token]));
    assert!(words.contains("PKCE"), "{words}");
    let (listed, words) = said(&OauthUris { authorize: None, ..KEYS });
    assert_eq!(listed, json!([token]));
    assert!(!words.contains("App"), "{words}");
}
