//! `baton audit verify`, `proof`, `checkpoint` and `key`, on a store whose tree has grown.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use baton_exchange::{
    audit::{AuditAction, AuditRecord, Audited, Checkpoint, Edge, Entry, Growth, Hash, Leaf, Personal, Redacted, Salt},
    decision::{Batch, Change},
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};
use baton_server::{
    config::Config,
    tree::{Grower, Signer},
};
use baton_store::Store;

use crate::{
    delivery::{Sink, status},
    endpoint::until,
    place::{Folder, runtime},
};

const KEY: &str = "baton.db.keys.audit";

fn record(number: u64, what: &str) -> AuditRecord {
    AuditRecord {
        home: Home(1),
        at: Timestamp(number as i64),
        exchange: "ontario".into(),
        partner: Some("centre-e".into()),
        actor: baton_exchange::audit::Actor::default(),
        message: MessageId([number as u8; 16]),
        request_id: what.to_owned(),
        query: None,
        what: Audited::Referral { action: AuditAction::Moved, referral: ReferralId([number as u8; 16]) },
    }
}

/// A folder in which a server could be started, with its tree.
struct World {
    folder: Folder,
    store: Option<Arc<dyn Store>>,
    grower: Grower,
}

impl World {
    /// With a key of its own, or that of another.
    fn new(key: Option<&World>) -> World {
        let folder = Folder::new();
        let path = folder.path(KEY);
        if let Some(other) = key {
            std::fs::copy(other.folder.path(KEY), &path).expect("the folder is ours");
        }
        let store = folder.store(&runtime());
        let grower = runtime().block_on(Grower::open(&*store, &path)).expect("a key can be made");
        let store = Some(store);
        World { folder, store, grower }
    }

    fn store(&self) -> &dyn Store {
        self.store.as_deref().expect("it is open")
    }

    fn write(&self, numbers: std::ops::RangeInclusive<u64>, what: &str) {
        let changes = numbers.map(|number| Change::PutAudit(record(number, what))).collect();
        let batch = Batch { asserts: Vec::new(), changes };
        runtime().block_on(self.store().commit(batch)).expect("the store is well");
    }

    fn grow(&mut self) {
        let store = self.store.clone().expect("it is open");
        runtime().block_on(self.grower.grow(&*store, Timestamp(1))).expect("it is well");
    }

    /// Three lines in the tree, checked at the second, and one that is not in it.
    fn grown(what: &str, key: Option<&World>) -> World {
        let mut world = World::new(key);
        world.write(1..=2, "r");
        world.grow();
        world.write(3..=3, what);
        world.grow();
        world.write(4..=4, "r");
        world
    }

    #[track_caller]
    fn check(&self, command: &str, status: i32, parts: &[&str]) -> String {
        let (ended, out, err) = self.folder.run(&format!("audit {command}"));
        assert_eq!(ended, status, "{out}{err}");
        for part in parts {
            assert!(format!("{out}{err}").contains(part), "{part} in {out}{err}");
        }
        out
    }
}

#[test]
fn an_audit_that_is_well_is_said_to_be_well() {
    let world = World::grown("r", None);
    world.check("verify --config baton.toml", 0, &["well: 3 lines", "1 lines are newer than the newest checkpoint"]);
    let note = world.check("checkpoint --config baton.toml", 0, &["baton-audit-", "\n3\n", "\u{2014} baton-audit-"]);
    world.folder.write("saved", format!("{note}\n{note}\n"));
    world.check("verify --config baton.toml --checkpoint saved", 0, &["2 of them saved elsewhere"]);
    let key = world.check("key --config baton.toml", 0, &["baton-audit-"]);
    world.check(&format!("verify --config baton.toml --key {}", key.trim()), 0, &["well"]);
}

#[test]
fn an_audit_without_a_tree_proves_nothing() {
    let world = World::new(None);
    world.check("verify --config baton.toml", 0, &["well: 0 lines"]);
    world.check("checkpoint --config baton.toml", 1, &["there is none yet"]);
    world.write(1..=2, "r");
    world.check("verify --config baton.toml", 1, &["UNKNOWN: 2 lines"]);
    world.check("proof 1 --config baton.toml", 1, &["not in the tree, which has 0 lines"]);
}

#[test]
fn a_line_that_is_not_the_one_in_the_tree_is_named() {
    let world = World::new(None);
    world.write(1..=3, "r");
    let signer = Signer::open(&world.folder.path(KEY)).expect("it is there");
    let (mut edge, mut link, mut leaves) = (Edge::default(), Hash::default(), Vec::new());
    for number in 1..=3 {
        let (what, salt) = (if number == 2 { "another" } else { "r" }, Salt([1; 16]));
        let hash = Entry::of(number, &record(number, what)).leaf(salt);
        link = Hash::link(link, hash);
        edge.add(hash);
        leaves.push(Leaf { hash, link, personal: Personal::Kept(salt) });
    }
    let note = signer.checkpoint(&edge);
    let growth = Growth { from: 0, leaves, checkpoint: Checkpoint { at: Timestamp(1), edge, link, note } };
    runtime().block_on(world.store().grow_tree(growth)).expect("the store is well");
    let parts =
        ["WRONG: line 2 was changed after it came into the tree", "No line is proven to be the one that was signed."];
    world.check("verify --config baton.toml", 1, &parts);
    world.check("proof 2 --config baton.toml", 1, &["is not the one in the tree"]);
    let parts = ["redacted: 1 lines", "line 2 was changed after it came into the tree: `baton audit verify`"];
    world.check("redact --config baton.toml --before 2030-01-01", 1, &parts);
}

#[test]
fn an_audit_that_was_made_anew_or_cut_is_found_with_what_was_saved_elsewhere() {
    let world = World::grown("r", None);
    let saved = world.check("checkpoint --config baton.toml", 0, &[]);
    let anew = World::grown("another", Some(&world));
    anew.check("verify --config baton.toml", 0, &["well"]);
    anew.folder.write("saved", &saved);
    let parts = ["WRONG: lines 1 to 3 are not those that were signed"];
    anew.check("verify --config baton.toml --checkpoint saved", 1, &parts);
    let mut cut = World::new(Some(&world));
    cut.write(1..=2, "r");
    cut.grow();
    cut.folder.write("saved", &saved);
    cut.check("verify --config baton.toml --checkpoint saved", 1, &["WRONG: lines 3 to 3 were signed and are gone"]);
}

/// Threat: T113
#[test]
fn what_was_made_unreadable_in_the_store_is_named_like_all_that_was_changed() {
    for (change, parts) in [
        ("UPDATE audit SET action = 'x' WHERE seq = 2", ["WRONG: line 2 was changed", "No line is proven"]),
        ("UPDATE audit SET message = x'00' WHERE seq = 3", ["WRONG: line 3 was changed", "No line is proven"]),
        ("UPDATE audit SET action = 'x' WHERE seq = 4", ["WRONG: line 4 was changed", "Lines 1 to 3 are those"]),
        ("DELETE FROM audit WHERE seq = 3", ["WRONG: line 3 is missing", "No line is proven"]),
        ("UPDATE audit_leaf SET salt = x'00' WHERE number = 2", ["WRONG: what the tree has of line 2", "No line is"]),
        ("DELETE FROM audit_leaf WHERE number = 3", ["WRONG: the tree has nothing of line 3", "No line is"]),
        ("UPDATE audit_checkpoint SET peaks = x'00'", ["WRONG: a checkpoint in the store", "is none"]),
    ] {
        let mut world = World::grown("r", None);
        world.store = None;
        let store = rusqlite::Connection::open(world.folder.path("baton.db")).expect("it is there");
        store.execute_batch(change).expect("it can be changed");
        drop(store);
        world.check("verify --config baton.toml", 1, &parts);
    }
}

/// Threat: T113
#[test]
fn a_database_that_was_restored_from_a_copy_goes_on_when_somebody_says_so() {
    let mut world = World::grown("r", None);
    world.check("restored --config baton.toml", 0, &["Nothing is lost: the tree has 3 lines"]);
    let mut copy = World::new(Some(&world));
    copy.write(1..=2, "r");
    copy.grow();
    let head = |world: &World| world.folder.path(&format!("{KEY}.head"));
    std::fs::copy(head(&world), head(&copy)).expect("the folder is ours");
    copy.check("restored --config baton.toml", 1, &["Lines 3 to 3 were signed and are gone", "--accept"]);
    let lost = format!("{KEY}.head.lost-3");
    copy.check("restored --config baton.toml --accept", 0, &["Accepted", &lost]);
    copy.check("restored --config baton.toml", 0, &["Nothing is lost: the tree has 2 lines"]);
    copy.folder.write("saved", copy.folder.read(&lost));
    copy.check(
        "verify --config baton.toml --checkpoint saved",
        1,
        &["the tree has nothing of line 3, although more was"],
    );
    copy.check("list --config baton.toml", 0, &["  restored  ", "  1 lines"]);
    world.write(5..=5, "r");
    world.grow();
    world.check("restored --config baton.toml", 0, &["Nothing is lost: the tree has 5 lines"]);
}

#[test]
fn what_another_key_signed_does_not_count() {
    let (world, other) = (World::grown("r", None), World::grown("r", None));
    let key = other.check("key --config baton.toml", 0, &[]);
    let parts = ["WRONG: the checkpoint of 3 lines in the store does not count"];
    world.check(&format!("verify --config baton.toml --key {}", key.trim()), 1, &parts);
    world.folder.write("saved", other.check("checkpoint --config baton.toml", 0, &[]));
    world.check("verify --config baton.toml --checkpoint saved", 2, &["saved: it is not of this tree"]);
    world.folder.write("saved", "no checkpoint\n");
    world.check("verify --config baton.toml --checkpoint saved", 2, &["saved: it is no checkpoint"]);
}

#[test]
fn a_proof_shows_one_line_and_needs_no_store() {
    let world = World::grown("what-the-caller-wrote", None);
    let proof = world.check("proof 3 --config baton.toml", 0, &["baton-audit/1"]);
    assert!(!proof.contains("what-the-caller-wrote"), "{proof}");
    let key = world.check("key --config baton.toml", 0, &[]);
    let elsewhere = World::new(None);
    let verify = format!("verify --proof proof.json --key {}", key.trim());
    elsewhere.folder.write("proof.json", &proof);
    elsewhere.check(&verify, 0, &["well: line 3 of the audit baton-audit-", "\"centre-e\""]);
    for (part, other) in [("centre-e", "centre-f"), ("\"number\": 3", "\"number\": 2"), ("\\n3\\n", "\\n4\\n")] {
        let changed = proof.replace(part, other);
        assert_ne!(changed, proof);
        elsewhere.folder.write("proof.json", changed);
        elsewhere.check(&verify, 1, &["WRONG"]);
    }
    elsewhere.folder.write("proof.json", "{}");
    elsewhere.check(&verify, 2, &["no proof"]);
    elsewhere.check("verify", 2, &["--config FILE, or --proof FILE"]);
}

/// Threat: T113, T114
#[test]
fn what_is_personal_is_dropped_and_the_lines_are_still_proven() {
    let mut world = World::grown("what-the-caller-wrote", None);
    let third = "03030303-0303-0303-0303-030303030303";
    world.check("redact --config baton.toml --referral 1234", 2, &["baton referrals"]);
    world.check("redact --config baton.toml", 2, &["--referral"]);
    let redact = format!("redact --config baton.toml --referral {third}");
    world.check(&format!("{redact} --dry-run"), 0, &["would be redacted: 1 lines"]);
    world.check(&redact, 0, &["redacted: 1 lines"]);
    world.check("verify --config baton.toml", 0, &["well: 3 lines", "1 of them were redacted", "2 lines are newer"]);
    world.check("proof 3 --config baton.toml", 0, &["centre-e"]);
    let listed = world.check("list --config baton.toml --format json", 0, &["\"redacted\"", third]);
    assert!(!listed.contains("what-the-caller-wrote"), "{listed}");
    world.check(&redact, 0, &["redacted: 0 lines"]);
    world.check("redact --config baton.toml --before 2030-01-01", 1, &["redacted: 2 lines", "1 lines more are not in"]);
    world.grow();
    world.check("redact --config baton.toml --before 2030-01-01", 0, &["redacted: 1 lines"]);
    world.grow();
    world.check("verify --config baton.toml", 0, &["4 of them were redacted"]);
}

/// Threat: T113
#[test]
fn what_is_dropped_by_somebody_else_or_falsely_is_found() {
    let redact = |world: &World, number: u64, withheld: Hash| {
        let redacted = vec![Redacted { number, withheld }];
        let batch = Batch { asserts: Vec::new(), changes: vec![Change::Redact(redacted)] };
        runtime().block_on(world.store().commit(batch)).expect("the store is well");
    };
    let world = World::grown("r", None);
    redact(&world, 2, Hash([7; 32]));
    world.check("verify --config baton.toml", 1, &["WRONG: line 2 was changed"]);
    world.check("redact --config baton.toml --before 2030-01-01", 1, &["redacted: 2 lines", "1 lines more"]);
    let world = World::grown("r", None);
    let Some((_, leaf)) = runtime().block_on(world.store().leaves(1, 1)).expect("the store is well").pop() else {
        panic!("it is in the tree")
    };
    let record = record(2, "r");
    redact(&world, 2, leaf.withheld(&record, &Entry::of(2, &record)).expect("it is kept"));
    let parts = ["WRONG: 1 lines lost what was personal in them, and the audit accounts for 0 only"];
    world.check("verify --config baton.toml", 1, &parts);
}

#[test]
fn a_proof_of_growth_shows_that_nothing_before_was_changed_and_needs_no_store() {
    let mut world = World::grown("r", None);
    let saved = world.check("checkpoint --config baton.toml", 0, &["\n3\n"]);
    world.folder.write("saved", format!("{saved}\n"));
    world.write(5..=9, "r");
    world.grow();
    let proof = world.check("proof --since saved --config baton.toml", 0, &["\\n3\\n", "\\n9\\n"]);
    let key = world.check("key --config baton.toml", 0, &[]);
    let elsewhere = World::new(None);
    let verify = format!("verify --proof proof.json --key {}", key.trim());
    elsewhere.folder.write("proof.json", &proof);
    elsewhere.check(&verify, 0, &["grew from 3 lines to 9"]);
    for (part, other) in [("\\n3\\n", "\\n2\\n"), ("\\n9\\n", "\\n8\\n"), ("\"hashes\": [", "\"hashes\": [\"AA==\",")] {
        let changed = proof.replace(part, other);
        assert_ne!(changed, proof);
        elsewhere.folder.write("proof.json", changed);
        elsewhere.check(&verify, 1, &["WRONG"]);
    }
    let mut anew = World::grown("another", Some(&world));
    anew.write(5..=9, "r");
    anew.grow();
    anew.folder.write("saved", &saved);
    anew.check("proof --since saved --config baton.toml", 1, &["did not grow from that one"]);
    world.check("proof --config baton.toml", 2, &["SEQ"]);
    world.check("proof 1 --since saved --config baton.toml", 2, &["cannot be used with"]);
}

#[test]
fn a_proof_moves_no_cursor_of_a_terminal() {
    let mut world = World::new(None);
    let line = AuditRecord { partner: Some("a\u{9b}31mb\u{7f}".into()), ..record(1, "r") };
    let batch = Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] };
    runtime().block_on(world.store().commit(batch)).expect("the store is well");
    world.grow();
    world.folder.write("proof.json", world.check("proof 1 --config baton.toml", 0, &[]));
    let key = world.check("key --config baton.toml", 0, &[]);
    let said = world.check(&format!("verify --proof proof.json --key {}", key.trim()), 0, &["a\u{fffd}31mb\u{fffd}"]);
    assert!(!said.contains(['\u{9b}', '\u{7f}']), "{said}");
}

#[test]
fn a_server_lets_the_tree_grow_and_tells_its_witness() {
    let (folder, runtime, sink) = (Folder::new(), runtime(), Sink::answering(&[&status("204 No Content")]));
    let changes = vec![Change::PutAudit(record(1, "r"))];
    let batch = Batch { asserts: Vec::new(), changes };
    runtime.block_on(folder.store(&runtime).commit(batch)).expect("the store is well");
    let path = |name: &str| folder.path(name).display().to_string();
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:{}\"\n[delivery]\nallow_private_addresses = true\n\
         [audit]\nwitness_file = \"{}\"\nwitness_url = \"{}\"\n",
        path("baton.db"),
        path("witness"),
        sink.url()
    );
    let config = Config::parse(&config, "test.toml").expect("it is usable");
    let running = runtime.block_on(baton_server::start(config)).expect("it starts");
    let told = sink.next();
    assert!(told.head.contains("text/plain") && told.body.contains("\n1\n"), "{}{}", told.head, told.body);
    // each witness is told in its own time
    until(|| std::fs::read_to_string(folder.path("witness")).is_ok_and(|text| text == format!("{}\n", told.body)));
    let metrics = || {
        let mut stream = TcpStream::connect(running.address).expect("it listens");
        let ask = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(ask).expect("the connection is open");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    };
    until(|| metrics().contains("baton_audit_witness_age_seconds 0"));
    assert!(metrics().contains("baton_audit_tree_lines 1\n") && metrics().contains("baton_audit_tree_age_seconds "));
    let (ended, out, err) = folder.run("audit verify --config baton.toml --checkpoint witness");
    assert_eq!(ended, 0, "{out}{err}");
    runtime.block_on(running.stop());
}

#[test]
fn who_stops_a_server_has_all_lines_signed_and_told() {
    let (folder, runtime) = (Folder::new(), runtime());
    let (store, witness) = (folder.path("baton.db"), folder.path("witness"));
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:{}\"\n\
         [audit]\nwitness_file = \"{}\"\nwitness_every = \"1h\"\n",
        store.display(),
        witness.display()
    );
    let config = Config::parse(&config, "test.toml").expect("it is usable");
    for number in 1..=3 {
        let running = runtime.block_on(baton_server::start(config.clone())).expect("it starts");
        let batch = Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(record(number, "r"))] };
        runtime.block_on(folder.store(&runtime).commit(batch)).expect("the store is well");
        runtime.block_on(running.stop());
        assert!(folder.read("witness").contains(&format!("\n{number}\n")), "{}", folder.read("witness"));
        let (ended, out, err) = folder.run("audit verify --config baton.toml --checkpoint witness");
        assert_eq!((ended, out.contains("newer")), (0, false), "{out}{err}");
    }
}
