//! All pointers of a locator as a file: whole, in one order, gone on with after a cut, and the same again after a move.

use std::{collections::HashSet, os::unix::fs::PermissionsExt, sync::Arc};

use baton_dialects::nrl::{Body, imported};
use baton_exchange::decision::{Batch, Change};
use baton_fhir::format::Format;
use baton_server::{export::Walk, operator::Place};
use baton_store::{Committed, MemoryStore};
use serde_json::{Value, json};

use crate::{
    harness::Server,
    locator::{AMS01, RR8, reading},
    locator::{CONFIG, create, creation, id, pointer, withdrawal, writing},
    place::{Folder, numbered, numbered_lines, place, runtime},
};

const EXPORT: &str = "export pointers all.ndjson --config baton.toml";

/// A pointer in each state, made through the locator: current, superseded, entered in error, removed.
fn lives(server: &Server) -> [String; 4] {
    let old = create(server, 1);
    let mut new = pointer(2);
    let target = format!("https://locator.example.org/nrl/DocumentReference/{old}");
    new["relatesTo"] = json!([{"code": "replaces", "target": {"reference": target}}]);
    let answer = creation(&new).send(server);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let (wrong, removed) = (create(server, 3), create(server, 4));
    server.pass(60);
    assert_eq!(withdrawal(&wrong).send(server).status, 200);
    let removal = writing(RR8, "DELETE", &format!("/DocumentReference/{removed}"));
    assert_eq!(removal.send(server).status, 200);
    [id(&answer), old, wrong, removed]
}

fn ids(exported: &str) -> Vec<String> {
    let id = |line: &str| {
        let pointer: Value = serde_json::from_str(line).expect("each line is JSON");
        pointer["id"].as_str().expect("each pointer has an id").to_owned()
    };
    exported.lines().map(id).collect()
}

#[test]
fn a_move_to_another_store_keeps_ids_versions_times_and_states_to_the_byte() {
    let (folder, runtime) = (Folder::new(), runtime());
    let store = folder.store(&runtime);
    let mut server = Server::with(CONFIG, store.clone());
    let [current, old, wrong, removed] = lives(&server);
    server.stop();
    drop((server, store));
    folder.run_well(EXPORT);
    let exported = folder.read("all.ndjson");
    let found: HashSet<String> = ids(&exported).into_iter().collect();
    assert_eq!(found, HashSet::from([current.clone(), old.clone(), wrong.clone()]), "all but {removed}");

    let other = Folder::new();
    other.write("all.ndjson", &exported);
    other.run_well("import pointers all.ndjson --config baton.toml");
    other.run_well("export pointers again.ndjson --config baton.toml");
    assert_eq!(other.read("again.ndjson"), exported);

    let moved = Server::with(CONFIG, other.store(&runtime));
    let answer = reading(AMS01, &format!("/DocumentReference/{current}")).send(&moved);
    assert_eq!((answer.status, answer.member("meta/versionId").as_str()), (200, "1"));
    for id in [&old, &wrong] {
        assert_eq!(reading(AMS01, &format!("/DocumentReference/{id}")).send(&moved).status, 400, "not current");
    }
    assert_eq!(withdrawal(&current).send(&moved).status, 200, "life goes on");
}

#[test]
fn only_the_owner_may_read_the_file_and_no_part_is_left() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", numbered_lines(3));
    folder.run_well("import pointers pointers.ndjson --config baton.toml");
    folder.run_well(EXPORT);
    let mode = std::fs::metadata(folder.path("all.ndjson")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!folder.path("all.ndjson.part").exists());
}

#[test]
fn an_export_that_was_cut_goes_on_behind_its_last_whole_line() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", numbered_lines(300));
    folder.run_well("import pointers pointers.ndjson --config baton.toml");
    folder.run_well(EXPORT);
    let whole = folder.read("all.ndjson");
    let first_line = whole.find('\n').expect("a line") + 1;
    for cut in [0, 10, first_line, first_line + 1, whole.len() / 2, whole.len() - 1, whole.len()] {
        folder.write("all.ndjson.part", &whole[..cut]);
        folder.run_well(&format!("{EXPORT} --resume"));
        assert_eq!(folder.read("all.ndjson"), whole, "cut at {cut}");
    }
    folder.write("all.ndjson.part", "what was before");
    folder.run_well(EXPORT);
    assert_eq!(folder.read("all.ndjson"), whole, "begun anew");
}

#[test]
fn what_is_no_beginning_of_this_export_is_not_gone_on_with() {
    let (folder, other) = (Folder::new(), Folder::new());
    for (folder, count) in [(&folder, 3), (&other, 300)] {
        folder.write("pointers.ndjson", numbered_lines(count));
        folder.run_well("import pointers pointers.ndjson --config baton.toml");
    }
    other.run_well(EXPORT);
    let foreign = other.read("all.ndjson");
    for (part, why) in [("{}\n", "no pointer"), (foreign.as_str(), "another one")] {
        folder.write("all.ndjson.part", part);
        let (status, _, err) = folder.run(&format!("{EXPORT} --resume"));
        assert!(status == 2 && err.contains(why), "{status} {err}");
        assert!(!folder.path("all.ndjson").exists());
    }
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let (status, _, err) = folder.run(EXPORT);
    assert!(status == 2 && err.contains("there is no store at baton.db yet"), "{status} {err}");
    assert!(!folder.path("baton.db").exists());
}

#[test]
fn standard_output_gets_the_same_lines() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", numbered_lines(30));
    folder.run_well("import pointers pointers.ndjson --config baton.toml");
    folder.run_well(EXPORT);
    let out = folder.run_well("export pointers - --config baton.toml --quiet");
    assert_eq!(out, folder.read("all.ndjson"));
}

async fn put(place: &Place, pointer: &Value) {
    let text = pointer.to_string();
    let body = Body { bytes: text.as_bytes(), format: Format::Json };
    let taken = imported(&place.locator, body, place.clock.now()).unwrap_or_else(|refused| panic!("{refused:?}"));
    let changes = vec![Change::AdoptPointer(taken.pointer)];
    let committed = place.store.commit(Batch { asserts: Vec::new(), changes }).await.expect("the store is there");
    assert_eq!(committed, Committed::Done);
}

/// Walks through all pages while something else happens between them.
async fn walked(place: &Place, page: u32, mut between: impl AsyncFnMut()) -> Vec<String> {
    let mut walk = Walk::with_pages(place, None, page);
    let mut lines = Vec::new();
    while let Some(bodies) = walk.page(place).await.expect("the store can be read") {
        lines.extend(bodies.into_iter().map(|body| String::from_utf8(body).expect("text")));
        between().await;
    }
    lines
}

async fn check_while_others_write(place: &Place) {
    for number in 0..60 {
        put(place, &numbered(number)).await;
    }
    let before = walked(place, 1_000, async || ()).await;
    let mut next = 60;
    let during = walked(place, 7, async || {
        for _ in 0..7 {
            put(place, &numbered(next)).await;
            next += 1;
        }
    })
    .await;
    let after = walked(place, 1_000, async || ()).await;
    assert_eq!((before.len(), after.len()), (60, next as usize));
    let seen: HashSet<&String> = during.iter().collect();
    assert_eq!(seen.len(), during.len(), "none comes twice");
    assert!(before.iter().all(|line| seen.contains(line)), "what was there before is there");
    let place_of = |line: &String| after.iter().position(|other| other == line).expect("nothing is lost");
    assert!(during.is_sorted_by_key(place_of), "the order stays");
}

#[test]
fn what_was_there_is_exported_once_and_in_order_while_others_write() {
    let (folder, runtime) = (Folder::new(), runtime());
    runtime.block_on(check_while_others_write(&place(Arc::new(MemoryStore::default()))));
    runtime.block_on(check_while_others_write(&place(folder.store(&runtime))));
}
