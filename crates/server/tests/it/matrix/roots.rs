//! Places that are no exchange's, and those of a record locator: what is shown there opens nothing more than what is open to nobody.

use baton_server::http::route::OAUTH_PLACES;

use super::{
    may::{Door, Guide},
    questions::{METHODS, marks},
    who::{ALL, Who},
    world::World,
};
use crate::harness::{Ask, FORM};

/// A path to every place of a locator.
pub const LOCATOR_PATHS: [&str; 10] = [
    "/metadata",
    "/DocumentReference",
    "/STU3/DocumentReference",
    "/DocumentReference/_search",
    "/STU3/DocumentReference/_search",
    "/DocumentReference/c8d1a1a0-0000-4000-8000-000000000001",
    "/SSP/https%3A%2F%2Fp1.nhs.uk%2Fplan.pdf",
    "/AuditEvent",
    "/nothing-here",
    "",
];

/// A path to every place under the root that is no exchange.
pub fn root_paths() -> Vec<String> {
    let places = OAUTH_PLACES.map(|place| place.path().to_owned());
    let others = ["/health/live", "/health/ready", "/metrics", "/nothing-here", "/"].map(str::to_owned);
    places.into_iter().chain(others).collect()
}

/// Threat: T44, T68
#[test]
fn outside_of_the_exchanges_everybody_hears_what_nobody_hears() {
    let world = World::new(Guide::Ontario);
    let before = world.whole();
    for path in root_paths() {
        for method in METHODS {
            let ask = Ask::new(method, &path);
            let ask = if method == "POST" { ask.header("Content-Type", FORM).body("") } else { ask };
            let open = world.ask(Who::Nobody, ask.clone());
            for who in ALL {
                let answer = world.ask(who, ask.clone());
                // whoever shows a good token may ask about another that it was shown, and here it names none
                let is_known = path == "/oauth/introspect" && method == "POST" && who.door() != Door::Unknown;
                let status = if is_known { 400 } else { open.status };
                assert_eq!(answer.status, status, "{who:?} {method} {path}");
                assert!(marks(&answer.text()).is_empty(), "{who:?} {method} {path}");
            }
        }
    }
    assert!(world.whole() == before);
}

/// Who is let in at an exchange is nobody at a locator, which has registered other systems and asks for other tokens.
/// Threat: T37, T44
#[test]
fn no_token_of_an_exchange_opens_a_locator() {
    let world = World::new(Guide::Ontario);
    for path in LOCATOR_PATHS {
        for method in METHODS {
            for who in ALL {
                let ask = Ask::new(method, &format!("/nrl{path}")).header("fromASID", "200000000118");
                let answer = world.ask(who, ask.header("toASID", "999999999999"));
                // which methods a place takes is told to everybody
                let is_open = path == "/metadata" && matches!(method, "GET" | "HEAD");
                assert!(
                    method == "OPTIONS" || (answer.status < 300) == is_open,
                    "{who:?} {method} {path}: {}",
                    answer.status
                );
                assert!(marks(&answer.text()).is_empty(), "{who:?} {method} {path}");
            }
        }
    }
}
