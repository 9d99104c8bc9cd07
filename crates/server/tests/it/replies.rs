//! What a target answers to what it is sent: it moves the referral, and others hear of it.

use std::sync::Arc;

use baton_exchange::audit::{AuditAction, Audited};
use baton_store::{MemoryStore, Store};

use crate::{
    endpoint::{only_parked, until},
    harness::{Answer, Ask, Server},
    partner::{Partner, resource},
};

/// Cedar refers to Lakeside.
pub fn config(source: &Partner, target: &Partner, version: &str) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[delivery]
allow_private_addresses = true
retry_first = "10ms"
retry_cap = "40ms"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "cedar"
name = "Cedar"
exchanges = ["ontario"]
client_secret = "secret-of-cedar"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
notify = {{ url = "{}" }}
[[partner]]
id = "lakeside"
name = "Lakeside"
exchanges = ["ontario"]
client_secret = "secret-of-lakeside"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
version = "{version}"
notify = {{ url = "{}" }}
"#,
        source.url(),
        target.url()
    )
}

/// A message about the referral R-1 with that event.
pub fn message(event: &str, id: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","id":"{id}","type":"message","timestamp":"2026-01-15T14:29:00Z","entry":[
        {{"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000001","resource":{{"resourceType":"MessageHeader","id":"h-{id}",
          "eventCoding":{{"system":"https://ehealthontario.ca/fhir/CodeSystem/message-event-code","code":"{event}"}},
          "source":{{"endpoint":"https://cedar.example.org/fhir"}},
          "focus":[{{"reference":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002"}}]}}}},
        {{"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002","resource":{{"resourceType":"ServiceRequest",
          "identifier":[{{"system":"urn:cedar:referral","value":"R-1"}}],"status":"active","intent":"proposal",
          "subject":{{"reference":"urn:uuid:5d1f3d06-0000-4000-8000-000000000003"}},"requester":{{"display":"Dr. Cedar"}}}}}},
        {{"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000003","resource":{{"resourceType":"Patient",
          "identifier":[{{"system":"urn:cedar:chart","value":"C-1"}}],"name":[{{"family":"Testcase"}}]}}}}]}}"#
    )
}

/// What Lakeside answers in 0.10: no message, the request under its own number, and a Task.
fn echo(status: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
        {{"fullUrl":"https://lakeside.example.org/ServiceRequest/l-1","resource":{{"resourceType":"ServiceRequest","id":"l-1",
          "identifier":[{{"system":"urn:lakeside:case","value":"L-7"}}],"status":"active","intent":"proposal",
          "subject":{{"display":"x"}}}}}},
        {{"fullUrl":"https://lakeside.example.org/Task/t-1","resource":{{"resourceType":"Task","id":"t-1",
          "identifier":[{{"system":"urn:lakeside:task","value":"T-7"}}],
          "basedOn":[{{"reference":"https://lakeside.example.org/ServiceRequest/l-1"}}],"status":"{status}","intent":"order",
          "code":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-TaskOutcome","code":"process-request"}}]}}}}}},
        {{"resource":{{"resourceType":"OperationOutcome","issue":[{{"severity":"warning","code":"processing",
          "diagnostics":"Testcase has no phone"}}]}}}}]}}"#
    )
}

fn response(code: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"message","entry":[{{"resource":{{"resourceType":"MessageHeader",
        "eventCoding":{{"code":"notify-add-process-request"}},"response":{{"identifier":"1","code":"{code}"}}}}}}]}}"#
    )
}

struct House {
    server: Server,
    store: Arc<MemoryStore>,
    source: Partner,
    target: Partner,
}

impl House {
    fn with(answers: &[&str], version: &str) -> House {
        let (source, target) = (Partner::answering(&[""]), Partner::answering(answers));
        let store = Arc::new(MemoryStore::default());
        let server = Server::with(&config(&source, &target, version), store.clone());
        House { server, store, source, target }
    }

    #[track_caller]
    fn send(&self, event: &str, id: &str) -> Answer {
        let ask = Ask::message("/ontario", &message(event, id)).bearer(&self.server.token("cedar"));
        let answer = ask.json().send(&self.server);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    fn find(&self, partner: &str, query: &str) -> serde_json::Value {
        Ask::get(&format!("/ontario/{query}")).bearer(&self.server.token(partner)).json().send(&self.server).value()
    }

    fn actions(&self) -> Vec<AuditAction> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let lines = runtime.block_on(self.store.audit(0, 100)).expect("the audit");
        let action = |what: Audited| match what {
            Audited::Referral { action, .. } => Some(action),
            Audited::Visit(_) | Audited::Operator(_) => None,
            Audited::Pointers(_) => panic!("there are no pointers"),
        };
        lines.into_iter().filter_map(|(_, line)| action(line.what)).collect()
    }

    /// Waits until something was done.
    #[track_caller]
    fn waits_for(&self, action: AuditAction) {
        until(|| self.actions().contains(&action));
    }
}

#[test]
fn a_task_in_the_echo_moves_the_referral_and_the_source_hears_it() {
    let house = House::with(&[&echo("accepted")], "0.10");
    house.send("add-service-request", "m-1");
    house.target.hears("add-service-request");
    let told = house.source.hears("notify-update-process-request");
    assert_eq!(resource(&told, "Task")["status"], "accepted");
    let identifiers = resource(&told, "ServiceRequest")["identifier"].to_string();
    assert!(identifiers.contains("R-1") && identifiers.contains("L-7"), "{identifiers}");
    for query in ["ServiceRequest?identifier=urn:lakeside:case%7CL-7", "Task?identifier=urn:lakeside:task%7CT-7"] {
        assert_eq!(house.find("cedar", query)["total"], 1, "{query}");
    }
}

#[test]
fn an_echo_that_says_nothing_new_is_told_to_nobody() {
    let house = House::with(&[&echo("requested")], "0.10");
    house.send("add-service-request", "m-1");
    house.target.hears("add-service-request");
    house.waits_for(AuditAction::Heard);
    assert!(house.source.is_quiet());
    assert_eq!(house.find("cedar", "ServiceRequest?identifier=urn:lakeside:case%7CL-7")["total"], 1);
}

#[test]
fn a_message_of_the_target_under_its_own_number_finds_the_referral() {
    let house = House::with(&[&echo("requested")], "0.11");
    house.send("add-service-request", "m-1");
    house.waits_for(AuditAction::Heard);
    let body = r#"{"resourceType":"Bundle","id":"t-1","type":"message","timestamp":"2026-01-15T14:30:00Z","entry":[
        {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000001","resource":{"resourceType":"MessageHeader","id":"h-t-1",
         "eventCoding":{"code":"notify-update-process-request"},"source":{"endpoint":"https://lakeside.example.org"},
         "focus":[{"reference":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002"}]}},
        {"fullUrl":"urn:uuid:5d1f3d06-0000-4000-8000-000000000002","resource":{"resourceType":"Task","status":"in-progress",
         "intent":"order","code":{"coding":[{"code":"process-request"}]},
         "basedOn":[{"identifier":{"system":"urn:lakeside:case","value":"L-7"}}]}}]}"#;
    let answer = Ask::message("/ontario", body).bearer(&house.server.token("lakeside")).json().send(&house.server);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(resource(&house.source.hears("notify-update-process-request"), "Task")["status"], "in-progress");
}

#[test]
fn an_answer_that_is_no_fhir_is_a_delivery_all_the_same() {
    let large = format!("\"{}\"", "x".repeat(2 * 1024 * 1024));
    for answer in
        ["thanks", "{\"resourceType\":", &large, "{\"resourceType\":\"Patient\"}", "<html><body>OK</body></html>"]
    {
        let house = House::with(&[answer], "0.11");
        house.send("add-service-request", "m-1");
        house.target.hears("add-service-request");
        house.send("revoke-service-request", "m-2");
        // nothing stands in its way
        house.target.hears("revoke-service-request");
    }
}

#[test]
fn a_transient_error_in_a_good_answer_is_tried_again() {
    let house = House::with(&[&response("transient-error"), &echo("accepted")], "0.11");
    house.send("add-service-request", "m-1");
    let first = house.target.hears("add-service-request");
    let again = house.target.next_while(|| house.server.pass(60));
    assert_eq!(first["id"], again["id"]);
    house.source.hears("notify-update-process-request");
}

#[test]
fn a_fatal_error_in_a_good_answer_is_parked() {
    let house = House::with(&[&response("fatal-error")], "0.11");
    house.send("add-service-request", "m-1");
    house.target.hears("add-service-request");
    let only = only_parked(&*house.store);
    assert_eq!((only.attempts, only.trouble.code().as_str()), (1, "refused"));
}

#[test]
fn the_answer_to_a_withdrawal_says_that_the_target_has_cleared_it() {
    let house = House::with(&[""], "0.11");
    house.send("add-service-request", "m-1");
    house.target.hears("add-service-request");
    house.send("revoke-service-request", "m-2");
    house.target.hears("revoke-service-request");
    house.waits_for(AuditAction::Acknowledged);
}
