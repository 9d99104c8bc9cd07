//! A clock that is set back: what ran out does not become good again, in the same process and after a restart.
//! Source: spec of security, T118 and F10.

use std::sync::Arc;

use baton_exchange::{
    access::{AccessChange, AccessToken, TokenHash},
    decision::{Batch, Change},
    time::Timestamp,
};
use baton_oauth::token::token_hash;
use baton_store::{MemoryStore, Store};

use crate::{
    endpoint::until,
    harness::{Ask, BEGIN_MICROS, CONFIG, Server},
};

fn status(server: &Server, token: &str) -> u16 {
    Ask::get("/netsmart/v4/ServiceRequest").bearer(token).json().send(server).status
}

fn behind(server: &Server) -> i64 {
    let text = Ask::get("/metrics").send(server).text();
    let line = text.lines().find(|line| line.starts_with("baton_clock_behind_seconds "));
    line.and_then(|line| line.split(' ').nth(1)).and_then(|number| number.parse().ok()).expect("it is a number")
}

/// Threat: T118
#[test]
fn a_token_that_ran_out_stays_so_when_the_clock_is_set_back() {
    let server = Server::new();
    let token = server.token("clinic-a");
    assert_eq!((status(&server, &token), behind(&server)), (200, 0));
    server.pass(301);
    assert_eq!(status(&server, &token), 401);
    server.pass(-300);
    assert_eq!(status(&server, &token), 401);
    assert!(behind(&server) >= 300);
    // what is given meanwhile is good for its own time
    assert_eq!(status(&server, &server.token("clinic-a")), 200);
    server.pass(600);
    assert_eq!((status(&server, &server.token("clinic-a")), behind(&server)), (200, 0));
}

/// Threat: T118
#[test]
fn a_restart_with_an_earlier_clock_is_no_way_around_it() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    server.pass(301);
    server.stop();
    // its clock begins where the other's began
    let server = Server::with(CONFIG, store);
    assert_eq!(status(&server, &token), 401);
    assert!(behind(&server) >= 300);
}

/// Threat: T118
#[test]
fn a_token_from_a_time_that_is_far_away_is_not_good_until_then() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    for (secs, expected) in [(300, 200), (365 * 24 * 3600, 401)] {
        let text = format!("a-token-of-{secs}-seconds");
        let token = AccessToken {
            hash: TokenHash(token_hash(&text)),
            partner: "clinic-a".into(),
            scopes: vec!["system/*.read".to_owned()],
            expires: Timestamp(BEGIN_MICROS).plus_secs(secs),
            family: None,
            context: None,
        };
        let batch = Batch { asserts: Vec::new(), changes: vec![Change::Access(AccessChange::PutToken(token))] };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(store.commit(batch)).expect("the store is well");
        assert_eq!(status(&server, &text), expected, "{secs}");
    }
}

/// Threat: T118
#[test]
fn a_server_that_is_killed_soon_leaves_its_time_behind_all_the_same() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let _server = Server::with(CONFIG, store.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mark = || runtime.block_on(store.clock_mark()).expect("the store is well");
    until(|| mark() == Some(Timestamp(BEGIN_MICROS)));
}
