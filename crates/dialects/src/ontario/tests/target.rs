//! To whom a referral goes, and referrals that begin in an app or elsewhere.
//! Source: contract, "Who acts, and where a referral goes"; spec of Ontario, 1.1, 11 and 14; seeds/003.

use baton_exchange::referral::Part;
use serde_json::{Value, json};

use super::{Letter, World, remove, source, target, third};
use crate::ontario::Version;

fn submit() -> Letter {
    Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011))
}

/// The target of a referral whose message names it in that way.
fn goes_to(edit: impl Fn(Letter) -> Value) -> Option<String> {
    let mut world = World::new();
    world.send(&source(Version::V011), &edit(submit())).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    course.target().map(ToString::to_string)
}

#[test]
fn a_target_is_named_in_many_ways() {
    let to = target(Version::Erec);
    let by_performer = |resource: Value| goes_to(|letter| letter.with("performer", resource.clone()).bundle());
    let number = json!([{"system": "https://listings.example.org", "value": to}]);
    assert_eq!(by_performer(json!({"resourceType": "HealthcareService", "identifier": number})), Some(to.clone()));
    assert_eq!(by_performer(json!({"resourceType": "Organization", "identifier": number})), Some(to.clone()));
    let by_organization = goes_to(|letter| {
        let role = json!({"resourceType": "PractitionerRole", "organization": {"reference": "@target"}});
        letter
            .with("performer", role)
            .with("target", json!({"resourceType": "Organization", "identifier": number}))
            .bundle()
    });
    assert_eq!(by_organization, Some(to.clone()));
    let by_endpoint = goes_to(|letter| {
        let role = json!({"resourceType": "PractitionerRole", "endpoint": [{"reference": "@endpoint"}]});
        let endpoint = json!({"resourceType": "Endpoint", "status": "active",
            "connectionType": {"code": "hl7-fhir-msg"}, "payloadType": [{"text": "any"}],
            "address": format!("https://{to}.example.org/notices")});
        letter.with("performer", role).with("endpoint", endpoint).bundle()
    });
    assert_eq!(by_endpoint, Some(to.clone()));
    let by_destination = goes_to(|letter| {
        let mut message = letter.edit("performer", |it| remove(it, &["identifier"])).bundle();
        message["entry"][0]["resource"]["destination"] =
            json!([{"endpoint": format!("https://{to}.example.org/notices")}]);
        message
    });
    assert_eq!(by_destination, Some(to));
}

#[test]
fn where_no_target_is_named_baton_is_it_unless_there_is_only_one() {
    let nobody = |letter: Letter| letter.edit("performer", |it| remove(it, &["identifier"])).bundle();
    assert_eq!(goes_to(nobody), None);
    let mut world = World::new();
    for version in [Version::V010, Version::Erec] {
        world.register(&target(version), |registered| registered.roles.clear());
    }
    world.send(&source(Version::V011), &nobody(submit())).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.target().map(ToString::to_string), Some(target(Version::V011)));
}

#[test]
fn where_no_target_is_named_a_desk_of_batons_own_gets_it() {
    let nameless = submit().edit("performer", |it| remove(it, &["identifier"])).bundle();
    let mut world = World::new();
    let desk = |world: &mut World, version| world.register(&target(version), |registered| registered.own = true);
    desk(&mut world, Version::V010);
    world.send(&source(Version::V011), &nameless).is(200);
    let target_of =
        |world: &World| world.referrals[0].course.as_ref().expect("it has one").target().map(ToString::to_string);
    assert_eq!(target_of(&world), Some(target(Version::V010)));
    // one that names a partner is not the desk's, and of two desks neither is guessed
    let mut world = World::new();
    desk(&mut world, Version::V010);
    world.send(&source(Version::V011), &submit().bundle()).is(200);
    assert_eq!(target_of(&world), Some(target(Version::V011)));
    let mut world = World::new();
    desk(&mut world, Version::V010);
    desk(&mut world, Version::Erec);
    world.send(&source(Version::V011), &nameless).is(200);
    assert_eq!(target_of(&world), None);
}

#[test]
fn a_partner_that_is_no_target_is_never_one() {
    assert_eq!(
        goes_to(|letter| letter.edit("performer", |it| it["identifier"][0]["value"] = json!("third-ca")).bundle()),
        None
    );
}

#[test]
fn a_launch_keeps_a_draft_and_gives_its_address() {
    let mut world = World::new();
    let v = Version::V010;
    let launch = Letter::of_source(v, "launch", "sof-enh-add-service-request", 0, &target(v));
    let answer = world.send(&source(v), &launch.bundle()).is(200);
    let parameters = answer.body["entry"].as_array().and_then(|it| it.last()).expect("it has entries").clone();
    assert_eq!(parameters["resource"]["parameter"][0]["name"], json!("LaunchString"));
    assert_eq!(world.referrals[0].course.as_ref().map(|it| it.stage.as_str()), Some("draft"));
    assert!(world.notices.is_empty(), "nobody hears of a draft");
}

#[test]
fn what_was_made_in_a_targets_app_is_recorded_and_told_to_its_source() {
    let mut world = World::new();
    let v = Version::V010;
    let mut made = Letter::of_source(v, "made", "notify-add-service-request", 0, &target(v)).bundle();
    made["entry"][0]["resource"]["destination"] = json!([{"endpoint": "https://source-10.example.org/notices"}]);
    world.send(&target(v), &made).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.target().map(ToString::to_string), Some(target(v)));
    assert_eq!(world.referrals[0].source, source(v).as_str().into());
    let told = |partner: String| world.notices.iter().filter(|it| it.partner == partner.as_str().into()).count();
    assert_eq!((told(source(v)), told(target(v)), told(third(v))), (1, 0, 1));
}

#[test]
fn an_informer_records_a_referral() {
    let mut world = World::new();
    let v = Version::Erec;
    let record = Letter::of_source(v, "record", "notify-add-service-record", 0, &target(v));
    world.send(&third(v), &record.bundle()).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.part_of(&third(v).as_str().into()), Some(Part::ThirdParty));
    let inform = record.clone().named("inform").event("notify-update-service-record").bundle();
    world.send(&third(v), &inform).is(200);
    let revoke = record.named("revoke").event("revoke-service-request").bundle();
    world.send(&third(v), &revoke).is(403);
}
