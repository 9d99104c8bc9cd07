//! Secrets of partners are in no file as they are, while the store reads them well.

use baton_exchange::{
    audit::{Actor, AuditRecord, Audited, Deed, Operation},
    endpoint::{Endpoint, Flow, Grant, Hidden, Settings},
    id::{Home, MessageId},
    time::Timestamp,
};
use baton_testkit::residue::Scanner;

use super::place::Place;
use crate::{Committed, Store, seal::Care};

const SECRETS: [&str; 4] = ["signing-7d1c0f", "signed-before-52aa", "token-91be44", "grant-30cd7e"];

fn endpoint() -> Endpoint {
    let hidden = |place: usize| Hidden(SECRETS[place].to_owned());
    let settings = Settings {
        url: "https://a.example.org/in".into(),
        events: vec!["*".into()],
        flow: Flow::Open,
        secret: hidden(0),
        old_secret: Some(hidden(1)),
        token: Some(hidden(2)),
        grant: Some(Grant {
            token_url: "https://a.example.org/token".into(),
            client_id: "baton".into(),
            client_secret: hidden(3),
            scope: None,
        }),
    };
    Endpoint { exchange: "e".into(), partner: "a".into(), serial: 0, changed: Timestamp(0), settings: Some(settings) }
}

fn line() -> AuditRecord {
    AuditRecord {
        home: Home(1),
        at: Timestamp(0),
        exchange: "e".into(),
        partner: Some("a".into()),
        actor: Actor::default(),
        message: MessageId([1; 16]),
        request_id: String::new(),
        query: None,
        what: Audited::Operator(Operation::of(Deed::EndpointChanged)),
    }
}

#[tokio::test]
async fn a_copy_of_the_database_has_no_secret_of_a_partner() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    assert_eq!(store.put_endpoint(endpoint(), line()).await.unwrap(), Committed::Done);
    assert_eq!(store.endpoints(0).await.unwrap(), [Endpoint { serial: 1, ..endpoint() }]);
    let scanner = SECRETS.iter().fold(Scanner::default(), |scanner, secret| scanner.text(secret, secret));
    let scan = || scanner.scan(place.keys().parent().unwrap()).unwrap();
    assert!(scan().is_empty(), "{:?}", scan());
    drop(store);
    assert!(scan().is_empty(), "{:?}", scan());
    // the control: an address is no secret, and is found
    let plain = Scanner::default().text("address", "https://a.example.org/in");
    assert!(!plain.scan(place.keys().parent().unwrap()).unwrap().is_empty());
    assert_eq!(place.open(Care::Full).unwrap().endpoints(0).await.unwrap().len(), 1);
    std::fs::remove_file(place.keys()).unwrap();
    assert!(place.open(Care::Full).is_err(), "without the key file nothing can be signed");
}
