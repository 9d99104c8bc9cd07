//! `baton send` and `baton referrals`: a referral in Baton's own name, with and without a server beside.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use tempfile::TempDir;

use crate::{
    harness::Server,
    partner::{Partner, resource},
    replies::message,
};

/// A Bundle without header: a request, who asks, and the patient.
const REFERRAL: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
    {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002","resource":{"resourceType":"ServiceRequest",
     "identifier":[{"system":"urn:desk:referral","value":"D-1"}],"status":"active","intent":"proposal",
     "subject":{"reference":"urn:uuid:5d1f3d06-0000-4000-8000-000000000003"},"requester":{"display":"Dr. Desk"}}},
    {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000003","resource":{"resourceType":"Patient",
     "name":[{"family":"Testcase"}]}}]}"#;

const ACCEPTED: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Task",
    "status":"accepted","intent":"order","code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-TaskOutcome",
    "code":"process-request"}]}}}]}"#;

fn config(lakeside: &str) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[store]
url = "sqlite:baton.db"
[delivery]
allow_private_addresses = true
retry_first = "50ms"
retry_cap = "100ms"
timeout = "2s"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "desk"
name = "Front desk"
exchanges = ["ontario"]
roles = ["source"]
own = true
[[partner]]
id = "lakeside"
name = "Lakeside"
exchanges = ["ontario"]
roles = ["target"]
notify = {{ url = "{lakeside}" }}
[[partner]]
id = "hillside"
name = "Hillside"
exchanges = ["ontario"]
roles = ["target"]
"#
    )
}

fn folder(lakeside: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("baton.toml"), config(lakeside)).expect("the folder is ours");
    std::fs::write(folder.path().join("referral.json"), REFERRAL).expect("the folder is ours");
    folder
}

fn baton(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    let config = ["--config", "baton.toml"];
    command.args(arguments).args(config).current_dir(folder).stdin(Stdio::null());
    command.output().expect("the program was built")
}

#[track_caller]
fn check(folder: &Path, arguments: &[&str], status: i32, says: &[&str]) -> String {
    let output = baton(folder, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in says {
        assert!(text.contains(part), "{part} expected: {text}");
    }
    assert!(!text.contains("Testcase"), "{text}");
    text
}

#[test]
fn a_bundle_without_header_is_sent_delivered_and_answered() {
    let lakeside = Partner::answering(&[ACCEPTED]);
    let folder = folder(&lakeside.url());
    let sends = ["send", "referral.json", "--to", "lakeside"];
    check(
        folder.path(),
        &sends,
        0,
        &["accepted: referral", "delivered: lakeside has it, and the referral is accepted"],
    );
    let told = lakeside.hears("add-service-request");
    assert_eq!(resource(&told, "MessageHeader")["source"]["name"], "Front desk");
    assert_eq!(resource(&told, "PractitionerRole")["resourceType"], "PractitionerRole");
    let listed =
        check(folder.path(), &["referrals", "list"], 0, &["desk > lakeside  accepted", "0 to deliver", "1 referrals"]);
    check(folder.path(), &["referrals", "list", "--stage", "requested"], 0, &["0 referrals"]);
    check(folder.path(), &["referrals", "list", "--test"], 0, &["0 referrals"]);
    let id = listed.split_whitespace().next().expect("an id");
    check(folder.path(), &["referrals", "show", id], 0, &["stage        accepted", "target       lakeside"]);
    check(folder.path(), &["referrals", "show", "0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60"], 1, &["there is no referral"]);
}

#[test]
fn what_was_split_from_one_order_is_shown_together() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    for number in ["part-1", "part-2"] {
        let requisition = r#""requisition": {"value": "ORDER-7"}, "status""#;
        let part = REFERRAL.replace("D-1", number).replacen(r#""status""#, requisition, 1);
        std::fs::write(folder.path().join("part.json"), part).expect("the folder is ours");
        check(folder.path(), &["send", "part.json", "--to", "lakeside"], 0, &["accepted"]);
    }
    let listed = check(folder.path(), &["referrals", "list"], 0, &["2 referrals"]);
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for (id, other) in [(ids[0], ids[1]), (ids[1], ids[0])] {
        check(folder.path(), &["referrals", "show", id], 0, &[&format!("split with   {other}")]);
    }
}

#[test]
fn the_same_referral_is_not_opened_twice_but_updated_and_withdrawn() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    let sends = ["send", "referral.json", "--to", "lakeside"];
    check(folder.path(), &sends, 0, &["accepted"]);
    check(folder.path(), &sends, 1, &["refused: 1 error"]);
    let changed = REFERRAL.replace("\"active\"", "\"on-hold\"");
    std::fs::write(folder.path().join("changed.json"), changed).expect("the folder is ours");
    let event = "notify-update-service-request";
    check(folder.path(), &["send", "changed.json", "--event", event], 0, &["updated", "delivered: lakeside"]);
    let event = "revoke-service-request";
    check(folder.path(), &["send", "referral.json", "--event", event, "--wait"], 0, &["the referral is withdrawn"]);
    for event in ["add-service-request", "notify-update-service-request", "revoke-service-request"] {
        lakeside.hears(event);
    }
}

#[test]
fn a_letter_is_sent_and_test_data_is_listed_apart() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    let test =
        REFERRAL.replace(r#""type":"collection","#, r#""meta":{"security":[{"code":"HTEST"}]},"type":"collection","#);
    std::fs::write(folder.path().join("referral.json"), test).expect("the folder is ours");
    check(folder.path(), &["send", "referral.json", "--to", "lakeside"], 0, &["submitted", "is requested"]);
    lakeside.hears("add-service-request");
    let letter = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000004","resource":{"resourceType":"Communication",
         "identifier":[{"system":"urn:desk:letter","value":"1"}],"status":"completed",
         "basedOn":[{"reference":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002"}],"payload":[{"contentString":"When?"}]}},
        {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002","resource":{"resourceType":"ServiceRequest",
         "identifier":[{"system":"urn:desk:referral","value":"D-1"}],"status":"active","intent":"proposal",
         "subject":{"display":"x"}}}]}"#;
    std::fs::write(folder.path().join("letter.json"), letter).expect("the folder is ours");
    let event = "send-communication-from-requester";
    check(folder.path(), &["send", "letter.json", "--to", "lakeside", "--event", event], 0, &["wrote", "delivered"]);
    assert_eq!(resource(&lakeside.hears(event), "Communication")["payload"][0]["contentString"], "When?");
    check(folder.path(), &["referrals", "list"], 0, &["0 referrals"]);
    check(folder.path(), &["referrals", "list", "--test", "--partner", "lakeside"], 0, &["1 referrals"]);
}

#[test]
fn one_that_wants_nothing_now_is_not_waited_for() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    let url = lakeside.url();
    check(folder.path(), &["endpoints", "put", "--partner", "lakeside", "--url", &url], 0, &[]);
    check(folder.path(), &["endpoints", "pause", "--partner", "lakeside"], 0, &[]);
    let sends = ["send", "referral.json", "--to", "lakeside", "--wait"];
    check(folder.path(), &sends, 0, &["submitted", "paused: lakeside"]);
    assert!(lakeside.is_quiet());
}

#[test]
fn a_message_with_ids_of_its_own_may_be_sent_again() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    std::fs::write(folder.path().join("m.json"), message("add-service-request", "m-1")).expect("the folder is ours");
    check(folder.path(), &["send", "m.json", "--to", "lakeside"], 0, &["submitted", "delivered: lakeside"]);
    check(folder.path(), &["send", "m.json", "--to", "lakeside"], 0, &["sent before", "delivered: lakeside"]);
    lakeside.hears("add-service-request");
    assert!(lakeside.is_quiet());
}

#[test]
fn a_request_alone_withdraws_its_referral() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    check(folder.path(), &["send", "referral.json", "--to", "lakeside"], 0, &["submitted"]);
    let request = r#"{"resourceType":"ServiceRequest","identifier":[{"system":"urn:desk:referral","value":"D-1"}],
        "status":"revoked","intent":"proposal","subject":{"display":"x"}}"#;
    std::fs::write(folder.path().join("request.json"), request).expect("the folder is ours");
    let event = "revoke-service-request";
    check(folder.path(), &["send", "request.json", "--event", event], 0, &["revoked", "the referral is withdrawn"]);
    let stays = ["send", "request.json", "--to", "lakeside", "--event", "send-communication-from-requester"];
    check(folder.path(), &stays, 1, &["the file has no Communication"]);
}

#[test]
fn what_the_rules_refuse_is_printed_and_nothing_is_kept() {
    let lakeside = Partner::answering(&[""]);
    let folder = folder(&lakeside.url());
    let faulty = REFERRAL.replace(r#","requester":{"display":"Dr. Desk"}"#, "");
    std::fs::write(folder.path().join("faulty.json"), faulty).expect("the folder is ours");
    check(
        folder.path(),
        &["send", "faulty.json", "--to", "lakeside"],
        1,
        &["error[msg-requester]", "refused: 1 error"],
    );
    let other = ["send", "referral.json", "--to", "lakeside"];
    let named = REFERRAL.replace("\"status\"", r#""performer":[{"identifier":{"value":"hillside"}}],"status""#);
    std::fs::write(folder.path().join("referral.json"), named).expect("the folder is ours");
    check(folder.path(), &other, 1, &["the file names the target hillside"]);
    check(folder.path(), &["send", "none.json", "--to", "lakeside"], 2, &["cannot read none.json"]);
    check(folder.path(), &["send", "referral.json", "--to", "nobody"], 2, &["`nobody` is no target of `ontario`"]);
    check(folder.path(), &["referrals", "list"], 0, &["0 referrals"]);
    assert!(lakeside.is_quiet());
}

#[test]
fn a_target_that_does_not_answer_is_told_later() {
    let folder = folder("http://127.0.0.1:9/hook");
    check(folder.path(), &["send", "referral.json", "--to", "lakeside"], 0, &["queued: lakeside was not told yet"]);
    check(folder.path(), &["referrals", "list"], 0, &["requested", "1 to deliver"]);
}

#[test]
fn beside_a_server_the_same_store_is_used_and_the_target_hears_it_once() {
    let lakeside = Partner::answering(&[ACCEPTED]);
    let folder = folder(&lakeside.url());
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = runtime.block_on(baton_store::open(&url)).expect("the store");
    let server = Server::with(&config(&lakeside.url()), Arc::clone(&store));
    check(folder.path(), &["send", "referral.json", "--to", "lakeside", "--wait"], 0, &["delivered: lakeside"]);
    lakeside.hears("add-service-request");
    drop(server);
    assert!(lakeside.is_quiet());
}
