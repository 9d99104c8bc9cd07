//! What people do has lines in the audit. They say which account and which app it was, and none of them names a person.

use serde_json::Value;

use super::{Asking, Browser, FORM, PASSWORD, World, came_back, flow, redemption};
use crate::{
    endpoint::as_partner,
    harness::Ask,
    visit::{lines, told},
};

fn asking() -> Asking {
    Asking::of("viewer", "openid launch/patient patient/*.rs")
}

/// What the audit has after a number of lines.
fn told_after(world: &World, before: usize) -> Vec<String> {
    lines(&world.store, before).iter().map(told).collect()
}

#[test]
fn a_login_a_consent_and_a_token_have_a_line_each_and_so_have_the_patients_that_are_shown() {
    let world = World::new();
    let patient = world.refer(1);
    let before = lines(&world.store, 0).len();
    let code = Browser::new(&world).code("ada", &asking(), Some(&patient));
    assert_eq!(world.redeem(&code).status, 200);
    let shown = "practice-d search Patient 200 1";
    let expected = ["practice-d login 200 0", shown, "practice-d consent 303 0", "practice-d token 200 0"];
    assert_eq!(told_after(&world, before), expected);
}

/// Person and app of the lines after a number of them.
fn actors_after(world: &World, before: usize) -> Vec<(String, String)> {
    let word = |word: Option<String>| word.unwrap_or_else(|| "-".to_owned());
    lines(&world.store, before).into_iter().map(|line| (word(line.actor.account), word(line.actor.app))).collect()
}

fn actors(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(account, app)| ((*account).to_owned(), (*app).to_owned())).collect()
}

const ADA: &str = "subject-of-ada";

/// Threat: T114
#[test]
fn each_line_says_which_account_and_which_app_it_was() {
    let world = World::new();
    let patient = world.refer(1);
    let before = lines(&world.store, 0).len();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    browser.log_in(&page, "ada", "wrong");
    browser.log_in(&page, "nobody", "wrong");
    assert_eq!(actors_after(&world, before), actors(&[(ADA, "viewer"), ("-", "viewer")]));
    let before = lines(&world.store, 0).len();
    let code = Browser::new(&world).code("ada", &asking(), Some(&patient));
    let token = world.redeem(&code).member("access_token");
    assert_eq!(world.read(&token, "Patient").status, 200);
    assert_eq!(world.redeem(&code).status, 400);
    assert_eq!(actors_after(&world, before), actors(&[(ADA, "viewer"); 6]));
}

#[test]
fn revocations_name_the_person_and_what_a_system_does_names_nobody() {
    let world = World::new();
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    let before = lines(&world.store, 0).len();
    world.read(&token, "Patient");
    let form = format!("token={token}&client_id=viewer");
    let revoke = Ask::post("/oauth/revoke").header("content-type", FORM).body(form.into_bytes());
    assert_eq!(revoke.send(&world.server).status, 200);
    as_partner(&world.server, "practice-d", Ask::get("/ontario/Patient").json());
    let expected = actors(&[(ADA, "viewer"), (ADA, "viewer"), ("-", "-"), ("-", "-")]);
    assert_eq!(actors_after(&world, before), expected, "read, revocation, token and read of a system");
}

/// The kind of each agent of an event, who it is, and whether it asked.
fn agents(event: &Value) -> Vec<String> {
    let agents = event["agent"].as_array().expect("agents");
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let told = |agent: &Value| {
        let (kind, who) = (word(&agent["type"]["coding"][0]["code"]), word(&agent["who"]["identifier"]["value"]));
        format!("{kind} {who} {}", agent["requestor"])
    };
    agents.iter().map(told).collect()
}

#[test]
fn events_show_app_person_and_partner_as_agents_and_the_person_to_its_partner_only() {
    let world = World::new();
    let patient = world.refer(1);
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    assert_eq!(world.read(&token, &format!("Patient/{patient}")).status, 200);
    let last = |partner: &str| {
        let path = "/ontario/AuditEvent?agent:identifier=practice-d";
        let page = as_partner(&world.server, partner, Ask::get(path).json()).value();
        let entries = page["entry"].as_array().cloned().unwrap_or_default();
        let is_read = |entry: &&Value| entry["resource"]["subtype"][1]["display"] == "read";
        entries.iter().rfind(is_read).map(|entry| agents(&entry["resource"])).expect("it was read")
    };
    let (app, server) = ("110152 viewer false", "110153 https://referrals.example.org/ontario false");
    assert_eq!(last("practice-d"), [app, "IRCP subject-of-ada true", "PROV practice-d false", server]);
    assert_eq!(last("centre-e"), [app, "PROV practice-d true", server]);
}

#[test]
fn what_people_are_refused_or_refuse_has_a_line() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    browser.log_in(&page, "ada", "wrong");
    browser.log_in(&page, "nobody", "wrong");
    let page = browser.log_in(&page, "ada", PASSWORD);
    let denied = browser.post("/oauth/consent", &[("flow", &flow(&page)), ("decision", "deny")]);
    assert_eq!(came_back(&denied, "error"), "access_denied");
    let page = browser.get(&Asking::of("viewer", "user/*.rs").path());
    browser.post("/oauth/logout", &[("flow", &flow(&page))]);
    let expected = [
        "practice-d login wrong_password 403 0",
        "login wrong_password 403 0",
        "practice-d login 200 0",
        "practice-d search Patient 200 0",
        "practice-d consent access_denied 303 0",
        "practice-d logout 200 0",
    ];
    assert_eq!(told_after(&world, 0), expected);
}

/// Threat: T42
#[test]
fn that_there_are_guesses_too_many_has_one_line() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    (0..9).for_each(|_| drop(browser.log_in(&page, "ada", "wrong")));
    assert_eq!(told_after(&world, 5), ["login too_many_guesses 429 0"]);
}

#[test]
fn a_code_that_comes_again_and_an_app_that_cannot_prove_itself_have_a_line() {
    let world = World::new();
    let code = Browser::new(&world).code("ada", &Asking::of("viewer", "user/*.rs"), None);
    assert_eq!(world.redeem(&code).status, 200);
    let before = lines(&world.store, 0).len();
    assert_eq!(world.redeem(&code).member("error"), "invalid_grant");
    let mut form = redemption(&code).to_vec();
    form[1].1 = "forms";
    form.push(("client_secret", "wrong"));
    assert_eq!(world.token(&form).status, 401);
    assert_eq!(told_after(&world, before), ["token invalid_grant 400 0", "centre-e token invalid_client 401 0"]);
}

#[test]
fn a_launch_has_a_line_and_so_have_the_patients_that_its_page_shows() {
    let world = World::new();
    let patient = world.refer(1);
    let browser = Browser::new(&world);
    browser.log_in(&browser.get("/ontario/launch"), "tom", PASSWORD);
    let before = lines(&world.store, 0).len();
    let page = browser.get("/ontario/launch");
    let form = [("flow", &*flow(&page)), ("app", "forms"), ("patient", &patient)];
    assert_eq!(browser.post("/ontario/launch", &form).status, 200);
    assert_eq!(told_after(&world, before), ["centre-e search Patient 200 1", "centre-e launch 200 0"]);
}

#[test]
fn no_line_names_a_person() {
    let world = World::new();
    let patient = world.refer(1);
    let before = lines(&world.store, 0).len();
    Browser::new(&world).code("tom", &asking(), Some(&patient));
    let lines = format!("{:?}", lines(&world.store, before));
    for personal in ["tom", "<i>", "subject-of", "Practitioner/p-1"] {
        assert!(!lines.contains(personal), "{personal}: {lines}");
    }
}
