//! What the audit keeps of a search: its shape, and the query itself for an officer alone. T116 of the threats.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_exchange::time::Timestamp;
use baton_server::tree::Grower;
use baton_store::{MemoryStore, Store};
use baton_testkit::residue::Scanner;
use serde_json::Value;

use crate::{
    endpoint::{as_partner, server, store},
    harness::{Ask, FORM, Server},
    locator::{AMS01, CONFIG, PATIENT, by, reading, server_with},
    place::{Folder, runtime},
    visit::lines,
};

/// The shapes in the lines of a store, of those that have one.
fn shapes(store: &Arc<dyn Store>) -> Vec<String> {
    lines(store, 0).into_iter().filter_map(|line| line.query.map(|query| query.shape)).collect()
}

/// Threat: T116
#[test]
fn a_search_leaves_its_shape_and_nothing_that_the_caller_wrote_freely() {
    let store = store();
    let server = server("", &store);
    let token = server.token("centre-e");
    let get = |path: &str| Ask::get(&format!("/ontario/{path}")).bearer(&token).json().send(&server).status;
    assert_eq!(get("Task?status=requested,Quillfeather&identifier=urn:a%7C7719350264&_count=5"), 200);
    assert_eq!(get("Patient?family=Quillfeather&7719350264=1"), 400);
    assert_eq!(get("Quillfeather?_id=1"), 404);
    assert_eq!(get("AuditEvent?agent:identifier=centre-e&_count=2"), 200);
    let form = Ask::post("/ontario/Task/_search?_format=json").bearer(&token).header("Content-Type", FORM);
    assert_eq!(form.body("patient=7719350264&_summary=count").send(&server).status, 200);
    assert_eq!(get("Task/7719350264"), 404, "what is no search has no query");
    let expected = [
        "GET Task?status=requested,…&identifier=…&_count=5",
        "GET Patient?family=…&…=…",
        "GET …?_id=…",
        "GET AuditEvent?agent:identifier=…&_count=2",
        "POST Task/_search?_format=json&patient=…&_summary=count",
    ];
    assert_eq!(shapes(&store), expected);
}

#[test]
fn events_of_searches_have_their_query_as_balp_wants_it() {
    let store = store();
    let server = server("", &store);
    assert_eq!(as_partner(&server, "centre-e", Ask::get("/ontario/Task?status=booked&patient=7719350264")).status, 200);
    let page = as_partner(&server, "centre-e", Ask::get("/ontario/AuditEvent")).value();
    let event = &page["entry"][0]["resource"];
    assert_eq!(
        event["meta"]["profile"][0],
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Query"
    );
    let is_query = |entity: &&Value| entity["role"]["code"] == "24" && entity["type"]["code"] == "2";
    let queries: Vec<&Value> = event["entity"].as_array().expect("entities").iter().filter(is_query).collect();
    let [query] = queries[..] else { panic!("{event:#}") };
    let decoded = BASE64_STANDARD.decode(query["query"].as_str().expect("it has one")).expect("base64");
    assert_eq!(String::from_utf8(decoded).as_deref(), Ok("GET Task?status=booked&patient=…"));
    let networks: Vec<String> =
        event["agent"].as_array().expect("agents").iter().map(|it| it["network"].to_string()).collect();
    assert!(
        networks[0].contains("data-absent-reason") && networks[1].contains("referrals.example.org"),
        "{networks:?}"
    );
    let xml = as_partner(&server, "centre-e", Ask::get("/ontario/AuditEvent?_format=xml")).text();
    assert!(
        xml.contains("<address><extension url=\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\">"),
        "{xml}"
    );
}

#[test]
fn what_is_read_flows_from_the_server_and_is_an_event_of_a_read() {
    let server = server("", &store());
    crate::endpoint::refer(&server, 1);
    let tasks = as_partner(&server, "centre-e", Ask::get("/ontario/ServiceRequest")).value();
    let id = tasks["entry"][0]["resource"]["id"].as_str().expect("it is there").to_owned();
    assert_eq!(as_partner(&server, "centre-e", Ask::get(&format!("/ontario/ServiceRequest/{id}"))).status, 200);
    let page = as_partner(&server, "centre-e", Ask::get("/ontario/AuditEvent?agent:identifier=centre-e")).value();
    let events = page["entry"].as_array().expect("events");
    let read = events.iter().map(|entry| &entry["resource"]).find(|event| event["action"] == "R").expect("it was read");
    let profile = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Read";
    assert_eq!(read["meta"]["profile"][0], profile, "{read:#}");
    let roles: Vec<&str> = read["agent"]
        .as_array()
        .expect("agents")
        .iter()
        .filter_map(|it| it["type"]["coding"][0]["code"].as_str())
        .collect();
    assert_eq!(roles, ["110152", "110153"], "{read:#}");
}

/// Threat: T116
#[test]
fn a_search_of_a_locator_leaves_its_shape() {
    let memory = Arc::new(MemoryStore::default());
    let server = server_with(memory.clone());
    reading(AMS01, &format!("/DocumentReference?subject={PATIENT}&_summary=count")).send(&server);
    let form = by(AMS01, Ask::post("/nrl/DocumentReference/_search"), "patient/DocumentReference.read");
    form.header("Content-Type", FORM).body(format!("subject={PATIENT}")).send(&server);
    reading(AMS01, &format!("/AuditEvent?patient={PATIENT}&9876543210=1")).send(&server);
    reading(AMS01, "/DocumentReference/x").send(&server);
    let store: Arc<dyn Store> = memory;
    let expected = [
        "GET DocumentReference?subject=…&_summary=count",
        "POST DocumentReference/_search?subject=…",
        "GET AuditEvent?patient=…&…=…",
    ];
    assert_eq!(shapes(&store), expected);
}

/// A folder with a locator whose store is in it, and what belongs into the configuration besides.
struct World {
    folder: Folder,
    store: Arc<dyn Store>,
    server: Server,
}

impl World {
    fn new(more: &str) -> World {
        let folder = Folder::new();
        let sealed = if more.is_empty() { folder.run_well("audit open --new officer.key") } else { String::new() };
        let path = folder.path("baton.db");
        let text = format!("{CONFIG}\n[store]\nurl = \"sqlite:{}\"\n{sealed}{more}", path.display());
        folder.write("baton.toml", &text);
        let store = runtime().block_on(baton_store::open(&format!("sqlite:{}", path.display()))).expect("a new file");
        let server = Server::with(&text, store.clone());
        World { folder, store, server }
    }

    fn search(&self) {
        reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&self.server);
        let form = by(AMS01, Ask::post("/nrl/DocumentReference/_search"), "patient/DocumentReference.read");
        form.header("Content-Type", FORM).body("subject=other").send(&self.server);
    }

    /// Takes all lines into the tree.
    fn grow(&self) {
        let grown = async {
            let mut grower = Grower::open(&*self.store, &self.folder.path("baton.db.keys.audit")).await?;
            grower.grow(&*self.store, Timestamp(1)).await
        };
        runtime().block_on(grown).expect("it is well");
    }
}

/// Threat: T116
#[test]
fn only_who_has_the_officers_key_reads_what_was_searched_for() {
    let world = World::new("");
    world.search();
    let folder = &world.folder;
    let opened = folder.run_well("audit open --key officer.key --config baton.toml");
    let rows: Vec<&str> = opened.lines().collect();
    assert!(rows[0].ends_with(&format!("GET /nrl/DocumentReference?subject={PATIENT}")), "{opened}");
    assert!(rows[1].ends_with("POST /nrl/DocumentReference/_search  form: subject=other"), "{opened}");
    let found = folder.run_well("audit open --key officer.key --config baton.toml --find 9876543210 --format json");
    assert_eq!(found.lines().count(), 1, "{found}");
    let none = folder.run_well("audit open --key officer.key --config baton.toml --partner nobody");
    assert_eq!(none, "");

    let listed = folder.run_well("audit list --config baton.toml --format json");
    assert!(listed.contains("\"opened\"") && !listed.contains("9876543210"), "{listed}");
    let elsewhere = Folder::new();
    elsewhere.write("lines", &listed);
    let key = folder.path("officer.key");
    let offline = elsewhere.run_well(&format!("audit open --key {} --lines lines", key.display()));
    assert_eq!(offline, opened);
    elsewhere.run_well("audit open --new other.key");
    let (status, out, err) = elsewhere.run("audit open --key other.key --lines lines");
    assert_eq!((status, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("sealed to another key, baton-queries-"), "{err}");

    let scan = Scanner::default().text("number", "9876543210").scan(&folder.path("baton.db")).expect("it can be read");
    assert!(scan.is_empty(), "{scan:?}");
}

/// Threat: T113
#[test]
fn a_sealed_query_is_proven_withheld_and_dropped_like_all_that_is_personal() {
    let world = World::new("");
    world.search();
    world.grow();
    let folder = &world.folder;
    let proof = folder.run_well("audit proof 1 --config baton.toml");
    assert!(proof.contains("baton-audit/3") && proof.contains("GET DocumentReference?subject=…"), "{proof}");
    folder.write("proof.json", &proof);
    let key = folder.run_well("audit key --config baton.toml");
    folder.run_well(&format!("audit verify --proof proof.json --key {}", key.trim()));
    let redacted = folder.run_well("audit redact --config baton.toml --before 2030-01-01");
    assert_eq!(redacted, "redacted: 2 lines\n");
    let verified = folder.run_well("audit verify --config baton.toml");
    assert!(verified.contains("well: 2 lines") && verified.contains("2 of them were redacted"), "{verified}");
    let (status, out, err) = folder.run("audit open --key officer.key --config baton.toml");
    assert_eq!((status, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("2 searches more have their shape alone"), "{err}");
    let listed = folder.run_well("audit list --config baton.toml");
    assert!(listed.contains("GET DocumentReference?subject=…") && listed.contains("  opened  "), "{listed}");
}

#[test]
fn a_search_that_is_sealed_may_have_16_kib_and_no_more() {
    let world = World::new("");
    let search = |bytes: usize| {
        let begin = "POST /nrl/DocumentReference/_search\n\n".len();
        let fill = "a".repeat(bytes - begin - "_summary=&subject=".len() - PATIENT.len());
        let form = by(AMS01, Ask::post("/nrl/DocumentReference/_search"), "patient/DocumentReference.read");
        form.header("Content-Type", FORM).body(format!("_summary={fill}&subject={PATIENT}")).send(&world.server)
    };
    let (at, over) = (search(16 * 1024), search(16 * 1024 + 1));
    // the summary is none, and that is found behind the length
    assert_ne!(at.text().contains("_search"), over.text().contains("_search"), "{}\n{}", at.text(), over.text());
    let opened = world.folder.run_well("audit open --key officer.key --config baton.toml");
    let rows: Vec<bool> = opened.lines().map(|row| row.ends_with("  (cut)")).collect();
    assert_eq!(rows, [false, true]);
}

#[test]
fn a_key_that_makes_no_sense_is_refused_with_what_would_be_right() {
    let folder = Folder::new();
    let printed = folder.run_well("audit open --new officer.key");
    let key = printed.lines().last().expect("a line");
    for (table, says) in [
        ("queries = \"sealed\"", "there is none: `baton audit open --new FILE` makes one"),
        (key, "nothing is sealed to this key"),
        ("queries = \"raw\"", "unknown variant `raw`"),
        ("officer_key = \"baton-queries-1\"", "this is no officer's key"),
    ] {
        folder.write("baton.toml", format!("{CONFIG}\n[audit]\n{table}\n"));
        let (status, _, err) = folder.run("audit list --config baton.toml");
        assert_eq!(status, 2, "{table}");
        assert!(err.contains(says), "{table}: {err}");
    }
    let (status, _, err) = folder.run("audit open --new officer.key");
    assert!(status == 2 && err.contains("is not written over"), "{err}");
    let (status, _, err) = folder.run("audit open --key officer.key");
    assert!(status == 2 && err.contains("--config"), "{err}");
}

#[test]
fn without_a_key_in_the_configuration_nothing_is_sealed() {
    let world = World::new("[audit]\nqueries = \"shape\"\n");
    world.search();
    world.folder.run_well("audit open --new officer.key");
    let (status, out, err) = world.folder.run("audit open --key officer.key --config baton.toml");
    assert_eq!((status, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("2 searches more have their shape alone"), "{err}");
}
