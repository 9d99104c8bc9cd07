//! What Baton sends, to every part in every version: fit for any FHIR server, in the words of the version, and for another Baton.
//! Source: spec of Ontario, 1.2, 1.3, 5 and 6; FHIR R4 Bundle, "invariants".

use std::{collections::BTreeSet, sync::LazyLock};

use baton_exchange::{id::PartnerId, notice::Notice};
use baton_fhir::{
    bundle::{self, Bundle},
    check,
    finding::Finding,
    format::Format,
    json,
    reading::{ReadLimits, Reading},
    reference::{self, Index},
};
use serde_json::{Value, json};

use super::{
    VERSIONS, World, life, source, target, third,
    world::{self, registered},
};
use crate::{
    Mode, Posted, Way, arrive,
    arrived::Arrived,
    ontario::{Directory, Role, Version, arrive::fhir, tell::PUT_BUNDLE},
};

fn version_and_role(partner: &str) -> (Version, Role) {
    for version in VERSIONS {
        for (name, role) in
            [(source(version), Role::Source), (target(version), Role::Target), (third(version), Role::ThirdParty)]
        {
            if name == partner {
                return (version, role);
            }
        }
    }
    panic!("{partner} is none of ours");
}

/// A notice, and what its receiver speaks and is.
type Told = (Notice, Version, Role);

/// All notices of all lives.
fn all() -> &'static [Told] {
    static ALL: LazyLock<Vec<Told>> = LazyLock::new(lives);
    &ALL
}

fn lives() -> Vec<Told> {
    let lives = VERSIONS.into_iter().flat_map(|source| VERSIONS.map(|target| (source, target)));
    let notices = lives.flat_map(|(source, target)| life(source, target));
    notices
        .map(|notice| {
            let (version, role) = version_and_role(notice.partner.as_str());
            (notice, version, role)
        })
        .collect()
}

/// A paper that a message of a later version is not about can be fetched from the exchange.
const LEADS_HERE: &str = "ref-elsewhere";

#[test]
fn every_part_is_told_in_the_words_of_its_version() {
    let told: BTreeSet<String> =
        all().iter().map(|(notice, version, role)| format!("{version:?} {role:?} {}\n", notice.event)).collect();
    expect_test::expect_file!["told.txt"].assert_eq(&told.into_iter().collect::<String>());
}

#[test]
fn what_is_sent_is_sound_by_fhirs_own_rules() {
    for (notice, version, role) in all() {
        let mut tree = json::read(&notice.body, Reading::Strict, &ReadLimits::default()).expect("it is JSON").tree;
        let mut findings = check::document(&mut tree, fhir(), &check::Options::new(Reading::Strict));
        let bundle = Bundle::of(tree.root()).expect("it is a Bundle");
        bundle::invariants(&bundle, &mut findings);
        reference::findings(&Index::new(&bundle), &mut findings);
        let shown: Vec<String> = findings.iter().filter(|it| it.rule.id != LEADS_HERE).map(shown).collect();
        let text = String::from_utf8_lossy(&notice.body);
        assert!(shown.is_empty(), "{version:?} {role:?} {}: {shown:#?}\n{text}", notice.event);
    }
}

fn shown(finding: &Finding) -> String {
    format!("{:?} {} {:?} {}", finding.severity, finding.rule.id, finding.expression, finding.diagnostics)
}

#[test]
fn another_baton_takes_what_is_sent_without_a_remark() {
    for (notice, version, role) in all() {
        for mode in [Mode::Compat, Mode::Strict] {
            let arrived = taken(notice, *version, mode);
            let shown: Vec<String> =
                arrived.findings().iter().filter(|it| it.rule.id != LEADS_HERE).map(shown).collect();
            assert!(shown.is_empty(), "{mode:?} {version:?} {role:?} {}: {shown:#?}", notice.event);
        }
    }
}

/// What another Baton, for which this one is a partner of that version, finds in a notice.
fn taken(notice: &Notice, version: Version, mode: Mode) -> Arrived {
    let mut mount = World::new().mount;
    mount.mode = mode;
    mount.directory = Directory::default();
    let mut baton = registered("baton", version, Role::Source);
    baton.roles = vec![Role::Source, Role::Target, Role::ThirdParty];
    mount.directory.put(baton);
    mount.directory.put(world::registered("here", version, Role::Target));
    let way = if notice.event == PUT_BUNDLE { Way::PutBundle } else { Way::Operation };
    let body = notice.body.clone();
    let posted = Posted { body, format: Format::Json, as_form: false, way, referral_info: None };
    arrive(&mount, &PartnerId::from("baton"), posted)
}

fn value(notice: &Notice) -> Value {
    serde_json::from_slice(&notice.body).expect("it is JSON")
}

fn resources(message: &Value) -> Vec<&Value> {
    let entries = message["entry"].as_array().expect("it has entries");
    entries.iter().map(|entry| &entry["resource"]).collect()
}

#[test]
fn references_and_addresses_are_written_as_the_version_has_them() {
    for (notice, version, _) in all() {
        let message = value(notice);
        for entry in message["entry"].as_array().expect("it has entries") {
            let (id, resource_type) = (&entry["resource"]["id"], &entry["resource"]["resourceType"]);
            let (id, resource_type) = (id.as_str().expect("each has an id"), resource_type.as_str().expect("a type"));
            let expected = match version {
                Version::V010 => format!("https://baton.example.org/ontario/{resource_type}/{id}"),
                Version::V011 | Version::Erec => format!("urn:uuid:{id}"),
            };
            assert_eq!(entry["fullUrl"], json!(expected), "{}", notice.event);
        }
        for focus in message["entry"][0]["resource"]["focus"].as_array().expect("it has a focus") {
            let focus = focus["reference"].as_str().expect("by reference");
            let is_short = focus.split('/').count() == 2 && !focus.starts_with("http");
            assert_eq!(is_short, *version == Version::V010, "{focus}");
        }
    }
}

#[test]
fn profiles_are_those_of_the_version() {
    for (notice, version, _) in all() {
        for resource in resources(&value(notice)) {
            let name = resource["resourceType"].as_str().expect("a type");
            let Some(profile) = resource["meta"]["profile"][0].as_str() else { continue };
            let is_newer = ["MessageHeader", "Patient", "ServiceRequest", "Location"].contains(&name);
            let (fits, expected) = match version {
                Version::V010 => (profile.ends_with(&format!("profile-{name}|1.0.0")), "1.0.0"),
                Version::V011 if is_newer => (profile.ends_with(&format!("profile-{name}|1.0.1")), "1.0.1"),
                Version::V011 => (profile.ends_with(&format!("profile-{name}|1.0.0")), "1.0.0"),
                Version::Erec => (profile.contains("/CA-eReC/"), "CA:eReC"),
            };
            assert!(fits, "{name} in {version:?}: {profile} is not {expected}");
        }
    }
}

#[test]
fn the_header_says_the_event_the_number_and_who_sends_it() {
    for (notice, version, role) in all() {
        let message = value(notice);
        let header = &message["entry"][0]["resource"];
        let about = format!("{version:?} {role:?} {}", notice.event);
        let coding = &header["eventCoding"];
        assert_eq!(coding["system"], json!("https://ehealthontario.ca/fhir/CodeSystem/message-event-code"), "{about}");
        assert_eq!(coding["display"], coding["code"], "{about}");
        let urls: Vec<&str> =
            header["extension"].as_array().expect("it has them").iter().filter_map(|it| it["url"].as_str()).collect();
        for needed in ["/ext-referral-identifier", "/ext-id-message-header"] {
            assert!(urls.iter().any(|url| url.ends_with(needed)), "{about}: {urls:?}");
        }
        assert_eq!(
            urls.iter().any(|url| url.ends_with("/Referral-Identifier-EXT")),
            *version == Version::Erec,
            "{about}"
        );
        let number = &header["extension"][urls.len() - 1]["valueString"];
        assert_eq!(number, &json!("R-1"), "{about}: the source's number");
        let is_thin = message["entry"].as_array().map(Vec::len) == Some(2);
        let sender = header["sender"]["reference"].as_str().unwrap_or_default();
        let kind = message["entry"].as_array().and_then(|entries| {
            let full = |entry: &&Value| entry["fullUrl"].as_str().is_some_and(|url| url.ends_with(sender));
            entries.iter().find(full)?["resource"]["resourceType"].as_str()
        });
        let expected = match version {
            Version::V010 => "Organization",
            Version::V011 | Version::Erec => "PractitionerRole",
        };
        assert!(is_thin || kind == Some(expected), "{about}: {kind:?}");
    }
}

#[test]
fn nobody_hears_of_its_own_word_but_that_its_referral_is_forgotten() {
    for version in VERSIONS {
        let own = life(version, version).into_iter().filter(|notice| {
            let sender = value(notice)["entry"][0]["resource"]["source"]["name"].clone();
            sender == json!(format!("System {}", notice.partner))
        });
        let events: BTreeSet<String> = own.map(|notice| notice.event).collect();
        let expected = if version == Version::V010 { "notify-update-status" } else { "notify-update-process-request" };
        assert_eq!(events, BTreeSet::from([expected.to_owned()]));
    }
}

#[test]
fn what_is_told_of_a_withdrawal_says_nothing_of_anybody() {
    for (notice, version, role) in all().iter().filter(|(notice, _, _)| value(notice)["entry"][2].is_null()) {
        let text = String::from_utf8_lossy(&notice.body).into_owned();
        for personal in ["Invented", "0000000001", "1950", "pain", "Asker", "chart-9", "Clinic\""] {
            assert!(!text.contains(personal), "{version:?} {role:?} {}: {personal}", notice.event);
        }
    }
}

#[test]
fn everybody_hears_of_a_withdrawal() {
    let life = life(Version::V011, Version::V010);
    let thin = life.iter().filter(|notice| value(notice)["entry"][2].is_null());
    let told: BTreeSet<&str> = thin.map(|notice| notice.partner.as_str()).collect();
    let expected = ["source-11", "target-11", "third-10", "third-11", "third-ca"];
    assert!(expected.iter().all(|partner| told.contains(partner)), "{told:?}");
}
