//! Many callers at once on few pointers: one winner each time, and no version lost.

use std::{
    sync::{Arc, Mutex},
    thread,
};

use baton_store::open;
use serde_json::json;

use super::{AMS01, PATIENT, create, creation, id, pointer, reading, server_with, withdrawal};
use crate::harness::Server;

/// A server with a database in a folder of its own.
fn durable() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = runtime.block_on(open(&url)).expect("a database");
    (server_with(store), folder)
}

/// Does work in many threads at once and gathers what each gives.
fn at_once<T: Send + 'static>(threads: u32, work: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..threads {
            let (work, done) = (&work, &done);
            scope.spawn(move || {
                let result = work(number);
                done.lock().expect("no thread panicked").push(result);
            });
        }
    });
    done.into_inner().expect("no thread panicked")
}

#[test]
fn of_many_creations_with_one_identifier_one_wins() {
    let (server, _folder) = durable();
    let statuses = at_once(16, |_| creation(&pointer(1)).send(&server).status);
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 400)), "{statuses:?}");
}

#[test]
fn a_chain_of_supersedes_and_withdrawals_never_forks() {
    let (server, _folder) = durable();
    let server = Arc::new(server);
    let mut current = create(&server, 0);
    for round in 1..=20 {
        let target = format!("https://locator.example.org/nrl/DocumentReference/{current}");
        let winners = at_once(8, |number| {
            if number == 0 {
                return (withdrawal(&current).send(&server).status == 200).then_some(None);
            }
            let mut new = pointer(round * 100 + number);
            new["relatesTo"] = json!([{"code": "replaces", "target": {"reference": target}}]);
            let answer = creation(&new).send(&server);
            assert!(matches!(answer.status, 201 | 400), "{}", answer.text());
            (answer.status == 201).then(|| Some(id(&answer)))
        });
        let mut winners: Vec<Option<String>> = winners.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "one of them ends the life of the pointer");
        let found = reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server).value();
        let next = winners.remove(0);
        assert_eq!(found["total"], usize::from(next.is_some()));
        current = next.unwrap_or_else(|| create(&server, round * 100 + 99));
    }
}
