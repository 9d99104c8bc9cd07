//! Launches: by the app itself with a patient that is chosen, from here, and for a draft by its LaunchString.

use super::{Asking, Browser, PASSWORD, World, came_back, encoded, flow, values};
use crate::harness::{Answer, Ask, FORM};

/// The tokens that the forms app gets for a code.
fn redeem(world: &World, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "forms"),
        ("client_secret", "secret-of-forms"),
        ("redirect_uri", "https://forms.example/cb"),
        ("code_verifier", super::VERIFIER),
        ("code", code),
    ];
    Ask::post("/oauth/token").header("Content-Type", FORM).body(encoded(&form)).send(&world.server)
}

fn forms(handle: &str) -> Asking {
    Asking::of("forms", "launch openid fhirUser patient/*.rs").with("launch", Some(handle))
}

/// Logs in at the page of launches and launches the forms app.
fn launched(browser: &Browser<'_>, login: &str, patient: &str) -> Answer {
    let page = browser.get("/ontario/launch");
    let gone_on = browser.log_in(&page, login, PASSWORD);
    assert!(gone_on.text().contains("url=/ontario/launch"), "{}", gone_on.text());
    let page = browser.get("/ontario/launch");
    browser.post("/ontario/launch", &[("flow", &flow(&page)), ("app", "forms"), ("patient", patient)])
}

#[test]
fn a_person_launches_an_app_about_a_patient() {
    let world = World::new();
    let patient = world.refer(1);
    let browser = Browser::new(&world);
    let answer = launched(&browser, "ada", &patient);
    // by a page: a redirect, and each that follows it, would be held against the policy of the form's page
    assert!(answer.text().contains("url=https://forms.example/launch?iss="), "{}", answer.text());
    assert_eq!((answer.status, answer.header("location")), (200, None));
    assert_eq!(came_back(&answer, "iss"), "https://referrals.example.org/ontario");
    let code = browser.code("ada", &forms(&came_back(&answer, "launch")), None);
    let tokens = redeem(&world, &code);
    assert_eq!((tokens.status, tokens.member("patient")), (200, patient.clone()), "{}", tokens.text());
    assert_eq!(world.read(&tokens.member("access_token"), &format!("Patient/{patient}")).status, 200);
}

#[test]
fn who_has_more_patients_than_one_page_finds_the_others_on_the_next() {
    let world = World::new();
    for number in 1..=101 {
        world.send(number, "add-service-request");
    }
    let browser = Browser::new(&world);
    browser.log_in(&browser.get("/ontario/launch"), "ada", PASSWORD);
    let first = browser.get("/ontario/launch");
    let options = |page: &Answer| page.text().matches("<option value=\"").count() - 2;
    let more = [("flow", flow(&first)), ("decision", "more".to_owned()), ("after", values(&first, "after").remove(0))];
    let more = more.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let second = browser.post("/ontario/launch", &more);
    assert_eq!((options(&first), options(&second)), (100, 1), "{}", second.text());
    assert!(!second.text().contains("Show others"));
    let text = second.text();
    let patient = text.split("(none)</option>\n<option value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = [("flow", flow(&second)), ("app", "forms".to_owned()), ("patient", patient.expect("one").to_owned())];
    let form = form.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    assert!(!came_back(&browser.post("/ontario/launch", &form), "launch").is_empty());
}

/// Of user, app, use and time one combination is good.
/// Threat: T13
#[test]
fn a_launch_is_for_one_app_and_one_person_once_and_soon() {
    let world = World::new();
    let patient = world.refer(1);
    let handle = || came_back(&launched(&Browser::new(&world), "ada", &patient), "launch");
    let tried = |asking: &Asking, login: &str| {
        let browser = Browser::new(&world);
        browser.log_in(&browser.get(&asking.path()), login, PASSWORD)
    };
    let is_refused = |answer: &Answer| came_back(answer, "error") == "invalid_request";
    assert!(is_refused(&tried(&forms("made-up"), "ada")));
    assert!(is_refused(&tried(&forms(&handle()), "tom")));
    let by_viewer = Asking::of("viewer", "launch patient/*.rs").with("launch", Some(&handle()));
    assert!(is_refused(&tried(&by_viewer, "ada")));
    let elsewhere = by_viewer.with("aud", Some("https://referrals.example.org/other"));
    assert!(is_refused(&tried(&elsewhere, "ada")));
    let asking = forms(&handle());
    assert_eq!(tried(&asking, "ada").status, 200);
    assert!(is_refused(&tried(&asking, "ada")));
    let late = forms(&handle());
    world.server.pass(300);
    assert!(is_refused(&tried(&late, "ada")));
}

/// Who logs in instead gets nothing of it.
/// Threat: T13
#[test]
fn a_launch_does_not_go_over_to_who_logs_in_instead() {
    let world = World::new();
    let patient = world.refer(1);
    let browser = Browser::new(&world);
    let handle = came_back(&launched(&browser, "ada", &patient), "launch");
    let page = browser.get(&forms(&handle).path());
    let login = browser.post("/oauth/logout", &[("flow", &flow(&page))]);
    assert_eq!(came_back(&browser.log_in(&login, "tom", PASSWORD), "error"), "invalid_request");
}

/// Also who does so with the form that the other one was asked with.
/// Threat: T13
#[test]
fn a_launch_does_not_go_over_with_the_form_of_who_was_asked() {
    let world = World::new();
    let patient = world.refer(1);
    let browser = Browser::new(&world);
    let handle = came_back(&launched(&browser, "ada", &patient), "launch");
    let asked = browser.get(&forms(&handle).path());
    let refused = browser.log_in(&asked, "tom", PASSWORD);
    assert_eq!(came_back(&refused, "error"), "invalid_request");
    // but tom is logged in
    assert!(browser.get("/ontario/launch").text().contains("You are <strong>&lt;i&gt;tom"));
}

/// Threat: T32
#[test]
fn what_is_about_a_patient_needs_one_that_the_person_may_see() {
    let world = World::new();
    let patient = world.refer(1);
    let asking = Asking::of("viewer", "launch/patient patient/*.rs");
    let browser = Browser::new(&world);
    let page = browser.log_in(&browser.get(&asking.path()), "ada", PASSWORD);
    for chosen in [None, Some(""), Some("made-up"), Some("../Patient")] {
        let again = browser.agree(&page, chosen);
        assert!(again.status == 200 && again.text().contains("role=\"alert\""), "{chosen:?}");
    }
    assert!(!came_back(&browser.agree(&page, Some(&patient)), "code").is_empty());
    // the referral is nothing to a stranger
    let stranger = Browser::new(&world);
    let page = stranger.log_in(&stranger.get(&asking.path()), "eve", PASSWORD);
    assert!(page.text().contains("no patients that you may see"));
    assert!(stranger.agree(&page, Some(&patient)).text().contains("role=\"alert\""));
    // a launch without a patient gives no token about one
    let browser = Browser::new(&world);
    let handle = came_back(&launched(&browser, "ada", ""), "launch");
    let page = browser.get(&forms(&handle).path());
    assert!(browser.agree(&page, None).text().contains("Choose a patient"));
}

/// Where the LaunchString of a draft leads.
fn draft(world: &World) -> String {
    let answer = world.send(1, "sof-enh-add-service-request");
    let text = answer.text();
    let address = text.split("\"valueString\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    address.strip_prefix("https://referrals.example.org").expect("an address here").to_owned()
}

#[test]
fn a_person_logs_out_at_the_page_of_launches() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get("/ontario/launch"), "ada", PASSWORD);
    let page = browser.get("/ontario/launch");
    assert!(page.text().contains("action=\"/oauth/logout\""));
    browser.post("/oauth/logout", &[("flow", &flow(&page))]);
    assert!(browser.get("/ontario/launch").text().contains("name=\"password\""));
}

#[test]
fn a_draft_is_finished_in_the_app_of_its_target() {
    let world = World::new();
    let path = draft(&world);
    let browser = Browser::new(&world);
    let page = browser.get(&path);
    let gone_on = browser.log_in(&page, "ada", PASSWORD);
    assert!(gone_on.text().contains(&format!("url={path}\"")), "{}", gone_on.text());
    let answer = browser.get(&path);
    let code = browser.code("ada", &forms(&came_back(&answer, "launch")), None);
    let tokens = redeem(&world, &code);
    let request = path.rsplit('/').next().expect("an id");
    assert_eq!(tokens.member("fhirContext/0/reference"), format!("ServiceRequest/{request}"));
    assert_eq!(tokens.member("intent"), "complete-referral");
    let token = tokens.member("access_token");
    assert_eq!(world.read(&token, &format!("ServiceRequest/{request}")).status, 200);
    assert_eq!(world.read(&token, &format!("Patient/{}", tokens.member("patient"))).status, 200);
}

#[test]
fn a_draft_is_nothing_to_others_and_what_was_submitted_is_none() {
    let world = World::new();
    let path = draft(&world);
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&path), "eve", PASSWORD);
    assert_eq!(browser.get(&path).status, 404);
    world.refer(2);
    let ada = Browser::new(&world);
    ada.log_in(&ada.get("/ontario/launch"), "ada", PASSWORD);
    let statuses: Vec<u16> = world
        .ids("practice-d", "ServiceRequest")
        .iter()
        .map(|id| ada.get(&format!("/ontario/launch/{id}")).status)
        .collect();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(ada.get("/ontario/launch/made-up").status, 404);
}

#[test]
fn without_apps_there_is_nothing_to_launch() {
    let server = crate::harness::Server::new();
    for path in [
        "/netsmart/v4/launch",
        "/netsmart/v4/launch/x",
        "/oauth/authorize",
        "/oauth/jwks",
        "/.well-known/openid-configuration",
    ] {
        Ask::get(path).json().send(&server).check_refusal(404, "not-found");
    }
    let told = Ask::get("/netsmart/v4/.well-known/smart-configuration").send(&server).value();
    assert!(told.get("authorization_endpoint").is_none() && told.get("issuer").is_none());
}

/// What an app is told that asks for the encounter of a patient who has some in the states that are named.
fn encounters(states: &[&str]) -> crate::harness::Answer {
    let mut world = World::new();
    let config = world.config.replace("\"launch/patient\",", "\"launch/patient\", \"launch/encounter\",");
    world.server.reconfigure(&config);
    let of = |number: usize| format!("Encounter/e-{number}");
    let references: String = (0..states.len()).map(|number| format!(r#",{{"reference":"{}"}}"#, of(number))).collect();
    let entry = |(number, state): (usize, &&str)| {
        let url = format!("https://practice-d.example/fhir/{}", of(number));
        format!(
            r#",{{"fullUrl":"{url}","resource":{{"resourceType":"Encounter","id":"e-{number}","status":"{state}","class":{{"code":"AMB"}},"subject":{{"reference":"Patient/patient-d"}}}}}}"#
        )
    };
    let entries: String = states.iter().enumerate().map(entry).collect();
    let letter = r#"{"reference":"DocumentReference/letter"}"#;
    world.send_changed(1, |message| {
        let message = message.replace(letter, &format!("{letter}{references}"));
        let end = message.rfind("]}").expect("a Bundle ends with its entries");
        format!("{}{entries}]}}", &message[..end])
    });
    let patient = world.patients("practice-d").pop().expect("a patient");
    world.granted("ada", "launch/patient launch/encounter patient/*.rs", Some(&patient))
}

#[test]
fn an_app_is_told_the_encounter_of_the_patient_where_there_is_one_and_the_scope_says_where_not() {
    let told = encounters(&["planned"]);
    assert!(told.member("scope").contains("launch/encounter"), "{}", told.text());
    assert!(!told.member("encounter").is_empty());
    for states in [&[][..], &["cancelled"], &["planned", "finished"]] {
        let told = encounters(states);
        assert_eq!(told.member("scope"), "launch/patient patient/*.rs", "{states:?}");
        assert!(told.value().get("encounter").is_none(), "{}", told.text());
    }
    assert!(encounters(&["planned", "entered-in-error"]).member("scope").contains("launch/encounter"));
}
