//! What pages and reads of the audit take of what others need, too.

use std::sync::Arc;

use baton_exchange::{
    access::{Caller, Reach},
    id::{Home, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use baton_fhir::format::Format;

use super::{AUDIT_EVENT, App, Failure, LARGE_BYTES, Parameters, Place, Problem, Reader, Sight, trail};
use crate::{
    clock::Clock,
    config::Config,
    egress::{Egress, EgressRules},
};

const CONFIG: &str = "[[exchange]]\nid = \"n\"\ndialect = \"netsmart\"\npath = \"/n\"\n";

fn stored(bytes: usize) -> StoredResource {
    StoredResource {
        home: Home(1),
        referral: ReferralId([0; 16]),
        resource_type: "Binary".to_owned(),
        id: "b".to_owned(),
        version: 1,
        updated: Timestamp(0),
        body: vec![b' '; bytes],
    }
}

fn app() -> App {
    let config = Config::parse(CONFIG, "test.toml").expect("a small configuration");
    let store = Arc::new(baton_store::MemoryStore::default());
    let egress = Egress::new(EgressRules::default());
    App::new(&config, "http://localhost", store, Clock::of_machine(), egress, &[0; 32])
}

/// Threat: T90
#[tokio::test(start_paused = true)]
async fn reads_of_the_audit_wait_for_each_other() {
    let app = app();
    let (exchange, caller) = (app.exchanges[0].now(), Caller::system("a".into(), Vec::new()));
    let sight = Sight::of(&exchange.mount, &caller, Reach::All);
    let (exchange, partner) = (&*exchange, &caller.partner);
    let reader = Reader { app: &app, exchange, partner, sight, format: Format::Json };
    let place = Place::Type(AUDIT_EVENT.to_owned());
    let read = async || trail::get(&reader, partner, &place, &Parameters::default()).await;
    let take = |partner: &str| app.audit_reads.take(&partner.into()).expect("there is a place");
    // its own one keeps nobody else out
    let own = take("a");
    assert!(matches!(read().await, Err(Problem::Failure(Failure::Deadline(_)))));
    drop((own, take("b")));
    assert!(read().await.is_ok());
    let others = [take("b"), take("c")];
    assert!(matches!(read().await, Err(Problem::Failure(Failure::Deadline(_)))));
    drop(others);
    assert!(read().await.is_ok());
}

/// Threat: T90
#[test]
fn pages_have_a_place_among_the_bodies_in_work() {
    let app = app();
    let (exchange, caller) = (app.exchanges[0].now(), Caller::system("a".into(), Vec::new()));
    let sight = Sight::of(&exchange.mount, &caller, Reach::All);
    let (exchange, partner) = (&*exchange, &caller.partner);
    let reader = Reader { app: &app, exchange, partner, sight, format: Format::Json };
    let page = [stored(LARGE_BYTES - 1), stored(1)];
    let free = app.places.available_permits();
    let (room, is_large) = reader.room(&page).expect("all is free");
    assert!(is_large, "it is made where it delays no one");
    assert_eq!(free - app.places.available_permits(), 2 * LARGE_BYTES / 1024);
    drop(room);
    let _taken = app.places.try_acquire_many(512 * 1024 - 300).expect("all are free");
    assert!(matches!(reader.room(&page), Err(Failure::Busy)));
    assert!(reader.room(&page[1..]).is_ok_and(|(_, is_large)| !is_large));
}
