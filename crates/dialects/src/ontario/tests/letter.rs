//! What source and target write to each other: every letter that was acknowledged is there.
//! Source: spec of Ontario, 1.1 "message to ...", 7.5 (what Ocean puts into a Communication) and 15 row 2.

use serde_json::{Value, json};

use super::{Letter, World, remove, source, system_of, target};
use crate::ontario::Version;

const V: Version = Version::V011;

fn submitted() -> World {
    let mut world = World::new();
    let submit = Letter::of_source(V, "submit", "add-service-request", 0, &target(V));
    world.send(&source(V), &submit.bundle()).is(200);
    world.notices.clear();
    world
}

fn answer(name: &str, secs: i64, text: &str) -> Letter {
    Letter::of_target(V, name, "send-communication-from-provider", secs).communication(text)
}

fn ask(name: &str, secs: i64, text: &str) -> Letter {
    let letter = Letter::of_source(V, name, "send-communication-from-requester", secs, &target(V)).without("letter");
    letter.edit("request", |it| remove(it, &["supportingInfo"])).communication(text).only_focus("communication")
}

fn texts(world: &World) -> Vec<String> {
    let letters = world.resources.iter().filter(|it| it.resource_type == "Communication");
    let text = |body: &[u8]| {
        let letter: Value = serde_json::from_slice(body).expect("it is JSON");
        letter["payload"][0]["contentString"].as_str().unwrap_or_default().to_owned()
    };
    letters.map(|it| text(&it.body)).collect()
}

#[test]
fn letters_with_the_number_of_the_referral_are_letters_of_their_own() {
    let mut world = submitted();
    let number = json!([{"system": system_of(&source(V)), "value": "R-1"}]);
    for (name, secs, text) in [("one", 10, "first"), ("two", 20, "second"), ("three", 30, "second")] {
        let letter = answer(name, secs, text).edit("communication", |it| it["identifier"] = number.clone());
        world.send(&target(V), &letter.bundle()).is(200);
    }
    assert_eq!(texts(&world), ["first", "second", "second"]);
    assert_eq!(world.notices.len(), 3);
}

#[test]
fn letters_with_the_number_of_a_listing_are_letters_of_their_own() {
    let mut world = submitted();
    let system = "https://ocean.example.org/svc/fhir/v1/NamingSystem/id-referral-target-reference";
    for (name, secs) in [("one", 10), ("two", 20)] {
        let number = json!([{"system": system, "value": "listing-7"}]);
        let letter = answer(name, secs, "ok").edit("communication", |it| it["identifier"] = number.clone());
        world.send(&target(V), &letter.bundle()).is(200);
    }
    assert_eq!(texts(&world), ["ok", "ok"]);
}

#[test]
fn the_same_id_with_other_words_is_another_letter() {
    let mut world = submitted();
    let with_id = |letter: Letter| letter.edit("communication", |it| it["id"] = json!("letter-1"));
    world.send(&target(V), &with_id(answer("one", 10, "yes")).bundle()).is(200);
    world.send(&target(V), &with_id(answer("two", 20, "no")).bundle()).is(200);
    world.send(&source(V), &with_id(ask("three", 30, "yes")).bundle()).is(200);
    assert_eq!(texts(&world), ["yes", "no", "yes"]);
}

#[test]
fn a_letter_that_is_sent_again_in_another_message_is_there_once() {
    let mut world = submitted();
    let number = json!([{"system": "https://letters.example.org", "value": "l-1"}]);
    for (name, secs) in [("one", 10), ("two", 20)] {
        let letter = answer(name, secs, "yes").edit("communication", |it| it["identifier"] = number.clone());
        world.send(&target(V), &letter.bundle()).is(200);
    }
    assert_eq!(texts(&world), ["yes"]);
    let told = world.notices.len();
    let dated = |name: &str, secs| {
        answer(name, secs, "dated").edit("communication", |it| it["sent"] = json!("2026-03-02T10:00:00Z"))
    };
    world.send(&target(V), &dated("three", 30).bundle()).is(200);
    world.send(&target(V), &dated("four", 40).bundle()).is(200).says("msg-unchanged");
    assert_eq!((texts(&world).len(), world.notices.len()), (2, told + 1));
}

#[test]
fn a_question_goes_to_the_target_and_an_answer_to_the_source() {
    let mut world = submitted();
    world.send(&source(V), &ask("ask", 10, "when?").bundle()).is(200);
    world.send(&target(V), &answer("answer", 20, "soon").bundle()).is(200);
    let told: Vec<String> = world.notices.iter().map(|it| format!("{} {}", it.partner, it.event)).collect();
    let expected = ["target-11 send-communication-from-requester", "source-11 send-communication-from-provider"];
    assert_eq!(told, expected);
}

#[test]
fn the_generic_letter_goes_where_its_sender_is_not() {
    let mut world = submitted();
    world.send(&source(V), &ask("ask", 10, "when?").event("send-communication").bundle()).is(200);
    world.send(&target(V), &answer("answer", 20, "soon").event("send-communication").bundle()).is(200);
    let told: Vec<String> = world.notices.iter().map(|it| it.partner.to_string()).collect();
    assert_eq!(told, [target(V), source(V)]);
}

fn letters(world: &World) -> Vec<Value> {
    let letters = world.resources.iter().filter(|it| it.resource_type == "Communication");
    letters.map(|it| serde_json::from_slice(&it.body).expect("it is JSON")).collect()
}

#[test]
fn an_answer_that_carries_its_question_leads_to_the_one_that_is_here() {
    let mut world = submitted();
    let number = json!([{"system": "https://letters.example.org", "value": "l-1"}]);
    let question = ask("ask", 10, "when?").edit("communication", |it| it["identifier"] = number.clone());
    world.send(&source(V), &question.bundle()).is(200);
    let quoted = json!({"resourceType": "Communication", "status": "completed", "identifier": number,
        "subject": {"reference": "@patient"}, "payload": [{"contentString": "when?"}]});
    let answer = answer("answer", 20, "soon").with("question", quoted);
    let answer = answer.edit("communication", |it| it["inResponseTo"] = json!([{"reference": "@question"}]));
    world.send(&target(V), &answer.bundle()).is(200);
    let letters = letters(&world);
    let asked = format!("Communication/{}", letters[0]["id"].as_str().expect("it has an id"));
    assert_eq!((letters.len(), &letters[1]["inResponseTo"][0]["reference"]), (2, &json!(asked)));
}

#[test]
fn an_answer_may_name_its_question_as_it_was_told_of_it() {
    let mut world = submitted();
    world.send(&source(V), &ask("ask", 10, "when?").bundle()).is(200);
    let told: Value = serde_json::from_slice(&world.notices[0].body).expect("it is JSON");
    let address = told["entry"][0]["resource"]["focus"][0]["reference"].clone();
    let answer = answer("answer", 20, "soon");
    let answer = answer.edit("communication", |it| it["inResponseTo"] = json!([{"reference": address}]));
    world.send(&target(V), &answer.bundle()).is(200);
    let letters = letters(&world);
    let asked = format!("Communication/{}", letters[0]["id"].as_str().expect("it has an id"));
    assert_eq!(letters[1]["inResponseTo"][0]["reference"], json!(asked));
}
