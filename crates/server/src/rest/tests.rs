//! What pages and reads of the audit take of what others need, too.

use std::{
    sync::Arc,
    task::{Context, Waker},
};

use baton_exchange::{
    access::{Caller, Reach},
    id::{Home, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use baton_fhir::format::Format;

use super::{AUDIT_EVENT, App, Failure, Parameters, Place, Problem, Reader, Sight, TIMES_KEPT, trail};
use crate::{
    app::PAGES_MAX,
    clock::Clock,
    config::Config,
    egress::{Egress, EgressRules},
    work::LARGE_BYTES,
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
#[tokio::test]
async fn eight_pages_are_made_at_the_same_time_and_others_wait() {
    let app = app();
    let (exchange, caller) = (app.exchanges[0].now(), Caller::system("a".into(), Vec::new()));
    let sight = Sight::of(&exchange.mount, &caller, Reach::All);
    let (exchange, partner) = (&*exchange, &caller.partner);
    let reader = Reader { app: &app, exchange, partner, sight, format: Format::Json };
    let other = "b".into();
    let mut others = Vec::new();
    for _ in 1..PAGES_MAX.get() {
        others.push(app.pages.place(&other).await);
    }
    let eighth = reader.room().await.expect("there is room");
    let mut ninth = Box::pin(reader.room());
    assert!(ninth.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(eighth);
    assert!(ninth.await.is_ok());
}

/// Threat: T90
#[tokio::test]
async fn pages_have_a_place_among_the_bodies_in_work() {
    let app = app();
    let (exchange, caller) = (app.exchanges[0].now(), Caller::system("a".into(), Vec::new()));
    let sight = Sight::of(&exchange.mount, &caller, Reach::All);
    let (exchange, partner) = (&*exchange, &caller.partner);
    let reader = Reader { app: &app, exchange, partner, sight, format: Format::Json };
    let page = [stored(LARGE_BYTES - 1), stored(1)];
    let free = app.places.available_permits();
    let (mut room, _turn) = reader.room().await.expect("all is free");
    assert_eq!(free - app.places.available_permits(), 256, "before it is known how large it is");
    assert_eq!(reader.room_for(&page, &mut room).expect("all is free"), LARGE_BYTES);
    assert_eq!(free - app.places.available_permits(), TIMES_KEPT * LARGE_BYTES / 1024);
    drop(room);
    let taken = app.places.try_acquire_many(512 * 1024 - 300).expect("all are free");
    let (mut room, _turn) = reader.room().await.expect("there is a little");
    assert!(matches!(reader.room_for(&page, &mut room), Err(Failure::Busy)));
    assert!(reader.room_for(&page[1..], &mut room).is_ok());
    assert!(matches!(reader.room().await, Err(Failure::Busy)), "it is refused before anything is asked");
    drop(taken);
}
