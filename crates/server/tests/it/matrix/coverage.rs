//! Nothing is missing from the matrix: the routes as the program has them, and the kinds of callers that there can be.

use std::{collections::BTreeSet, fmt::Debug};

use baton_exchange::access::{AccountState, Caller, Person};
use baton_server::http::route::{OAUTH_PLACES, OWN_PLACES, OauthPlace, Place, PointerPlace, Route};

use super::{
    may::{Door, Guide, Look, Sight},
    questions::{places, records, searches},
    roots::{LOCATOR_PATHS, root_paths},
    who::{ALL, Who},
    world::World,
};

/// The names of an enum's cases, as its source has them.
fn cases(source: &str, name: &str) -> BTreeSet<String> {
    let (_, after) = source.split_once(&format!("pub enum {name} {{\n")).unwrap_or_else(|| panic!("no enum {name}"));
    let lines = after.lines().take_while(|line| *line != "}");
    // what is deeper are the fields of a case
    let is_case = |line: &&str| line.len() > 4 && line.as_bytes()[4].is_ascii_uppercase() && line.starts_with("    ");
    lines.filter(is_case).map(first_word).collect()
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn named<T: Debug>(all: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    all.into_iter().map(|one| first_word(&format!("{one:?}"))).collect()
}

/// Threat: T44
#[test]
fn every_route_of_the_table_is_in_the_matrix() {
    let world = World::new(Guide::Ontario);
    let questions = [places(&world), records(&world), searches(&world)].concat();
    let places: Vec<Place> = questions.iter().map(|question| Place::of(&question.path)).collect();
    let own = places.iter().filter_map(|place| if let Place::Own(own) = place { Some(*own) } else { None });
    assert_eq!(named(own), cases(include_str!("../../../src/http/route/own.rs"), "OwnPlace"));
    assert_eq!(named(OWN_PLACES), cases(include_str!("../../../src/http/route/own.rs"), "OwnPlace"));
    assert_eq!(named(&places), cases(include_str!("../../../src/http/route/place.rs"), "Place"));
    let locator = LOCATOR_PATHS.map(PointerPlace::of);
    assert_eq!(named(locator), cases(include_str!("../../../src/http/route/pointer.rs"), "PointerPlace"));
    let oauth = include_str!("../../../src/http/route/oauth.rs");
    assert_eq!(named(OAUTH_PLACES), cases(oauth, "OauthPlace"));
    let pages = OAUTH_PLACES.iter().filter_map(|it| if let OauthPlace::Page(page) = it { Some(*page) } else { None });
    assert_eq!(named(pages), cases(oauth, "OauthPage"));
    // the two kinds of base have their own paths
    let routes = root_paths().into_iter().map(|path| Route::of(&path, std::iter::empty()));
    let bases = ["Exchange", "Locator"].map(str::to_owned);
    let routes: BTreeSet<String> = named(routes).into_iter().chain(bases).collect();
    assert_eq!(routes, cases(include_str!("../../../src/http/route.rs"), "Route"));
}

/// All that is known of a caller is here by name, so that what is new does not compile until it is thought of.
fn kind(caller: &Caller) -> [bool; 2] {
    let Caller { partner: _, scopes: _, person } = caller;
    let Some(Person { subject: _, app: _, exchange: _, patient }) = person else { return [false, false] };
    [true, patient.is_some()]
}

/// Threat: T44
#[test]
fn every_kind_of_caller_is_in_the_matrix() {
    assert_eq!(named(ALL), cases(include_str!("who.rs"), "Who"));
    assert_eq!(kind(&Caller::system("source".into(), Vec::new())), [false, false]);
    // each part in a referral, and none, as a system and as an app
    let parts = cases(include_str!("../../../../exchange/src/referral/part.rs"), "Part");
    for is_app in [false, true] {
        let inside: Vec<Who> =
            ALL.into_iter().filter(|who| who.is_app() == is_app && who.door() == Door::Inside && who.sends()).collect();
        let played = inside.iter().flat_map(|who| (1..=4).filter_map(|number| who.part(Guide::Ontario, number)));
        assert_eq!(named(played), parts, "apps: {is_app}");
        assert!(inside.iter().any(|who| who.part(Guide::Ontario, 2).is_none()), "apps: {is_app}");
        // what tokens cover: all, one type, reading, writing, messages, nothing
        let of_target = ALL.into_iter().filter(|who| who.is_app() == is_app && who.partner() == "target");
        let may: BTreeSet<[bool; 4]> = of_target
            .map(|who| {
                let sees = |name| who.sees(name, Look::Search) == Sight::All;
                [sees("Task"), sees("Patient"), who.writes(), who.sends()]
            })
            .collect();
        for expected in
            [[true; 4], [true, false, false, false], [false, false, true, false], [false, false, false, true]]
        {
            assert!(may.contains(&expected), "apps: {is_app}, {expected:?}");
        }
        assert!(ALL.into_iter().any(|who| {
            who.is_app() == is_app
                && who.door() == Door::Inside
                && !who.writes()
                && !who.sends()
                && who.sees("Task", Look::ById) == Sight::Nothing
        }));
        for door in [Door::Unknown, Door::Elsewhere] {
            assert!(
                ALL.into_iter().any(|who| who.is_app() == is_app && who.door() == door),
                "apps: {is_app}, {door:?}"
            );
        }
    }
    for number in [2, 4] {
        let bound = |who: &Who| who.sees("Patient", Look::ById) == Sight::Patient(number);
        assert!(ALL.iter().any(bound), "an app that is about the patient of {number}");
    }
    // an account is open, or it is one of these
    let states = named([AccountState::Open, AccountState::Disabled]);
    assert_eq!(states, cases(include_str!("../../../../exchange/src/access/account.rs"), "AccountState"));
    assert!(ALL.contains(&Who::AppDisabled) && ALL.contains(&Who::AppAll));
}
