//! From a Netsmart exchange to an Ontario exchange: a target works on what was submitted in the other guide.

use std::sync::Arc;

use baton_store::MemoryStore;
use serde_json::Value;

use crate::{
    endpoint::{only_parked, until},
    harness::{Ask, JSON, Server, message},
    partner::{Partner, resource},
};

fn config(source: &Partner) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[delivery]
allow_private_addresses = true
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart"
bridge = "ontario"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "cedar"
name = "Cedar"
exchanges = ["netsmart", "ontario"]
client_secret = "secret-of-cedar"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
notify = {{ url = "{}" }}
[[partner]]
id = "lakeside"
name = "Lakeside"
exchanges = ["ontario"]
client_secret = "secret-of-lakeside"
scopes = ["system/*.read", "system/*.write"]
roles = ["target"]
"#,
        source.url()
    )
}

struct House {
    server: Server,
    store: Arc<MemoryStore>,
    source: Partner,
}

impl House {
    fn new() -> House {
        let source = Partner::answering(&[""]);
        let store = Arc::new(MemoryStore::default());
        House { server: Server::with(&config(&source), store.clone()), store, source }
    }

    #[track_caller]
    fn send(&self, body: &str) {
        let ask = Ask::message("/netsmart", body).bearer(&self.server.token("cedar")).json();
        let answer = ask.send(&self.server);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn find(&self, partner: &str, query: &str) -> Value {
        Ask::get(&format!("/ontario/{query}")).bearer(&self.server.token(partner)).json().send(&self.server).value()
    }

    /// Waits until what is found is as it should be.
    #[track_caller]
    fn found(&self, query: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut found = Value::Null;
        until(|| {
            found = self.find("lakeside", query);
            fits(&found)
        });
        found
    }
}

const REQUEST: &str = "ServiceRequest?identifier=urn:test:referral%7CR-7";

#[test]
fn a_target_works_on_a_netsmart_submission_and_its_source_hears_it() {
    let house = House::new();
    house.send(&message("submit", 7));
    let found = house.found(REQUEST, |found| found["total"] == 1);
    let id = found["entry"][0]["resource"]["id"].as_str().expect("an id");
    let tasks = house.find("lakeside", &format!("Task?based-on=ServiceRequest/{id}"));
    let task = &tasks["entry"][0]["resource"];
    assert_eq!(task["status"], "requested");
    let task_id = task["id"].as_str().expect("an id");
    let accepts = r#"[{"op":"replace","path":"/status","value":"accepted"}]"#;
    let ask = Ask::new("PATCH", &format!("/ontario/Task/{task_id}")).body(accepts);
    let ask = ask.header("Content-Type", "application/json-patch+json").bearer(&house.server.token("lakeside"));
    let answer = ask.json().send(&house.server);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = house.source.hears("notify-update-process-request");
    assert_eq!(resource(&told, "Task")["status"], "accepted");
    let number = &resource(&told, "ServiceRequest")["identifier"][0];
    assert_eq!((number["system"].as_str(), number["value"].as_str()), (Some("urn:test:referral"), Some("R-7")));
    assert_eq!(house.find("cedar", &format!("Task/{task_id}"))["status"], "accepted");
}

#[test]
fn an_update_and_a_cancellation_go_over_the_bridge_too() {
    let house = House::new();
    house.send(&message("submit", 7));
    house.send(&message("submit", 7));
    house.send(&message("update", 7).replace("Testcase", "Othername"));
    let patients = |found: &Value| found["entry"][0]["resource"]["name"][0]["family"] == "Othername";
    house.found("Patient", patients);
    house.server.pass(1);
    let cancels = message("update", 7).replace("update-7", "update-8").replace("\"active\"", "\"revoked\"");
    house.send(&cancels);
    let found = house.found(REQUEST, |found| found["entry"][0]["resource"]["status"] == "revoked");
    assert_eq!(found["total"], 1);
}

#[test]
fn an_update_of_what_was_submitted_before_there_was_a_bridge_opens_it() {
    let source = Partner::answering(&[""]);
    let store = Arc::new(MemoryStore::default());
    let without = config(&source).replace("bridge = \"ontario\"", "");
    let server = Server::with(&without, store.clone());
    let house = House { server, store: store.clone(), source };
    house.send(&message("submit", 7));
    let House { server, source, .. } = house;
    drop(server);
    let house = House { server: Server::with(&config(&source), store.clone()), store, source };
    house.send(&message("update", 7));
    house.found(REQUEST, |found| found["total"] == 1);
}

#[test]
fn what_the_other_guide_refuses_is_parked_where_people_see_it() {
    let house = House::new();
    // the source has submitted a referral with this number there by itself
    let own = message("submit", 7)
        .replace("http://ntst.com/fhir/message-events", "https://ehealthontario.ca/fhir/CodeSystem/message-event-code")
        .replace("submit-service-request", "add-service-request")
        .replace("\"intent\"", "\"requester\":{\"display\":\"Dr. Cedar\"},\"intent\"");
    let ask = Ask::post("/ontario/$process-message").header("Content-Type", JSON).body(own);
    let answer = ask.bearer(&house.server.token("cedar")).json().send(&house.server);
    assert_eq!(answer.status, 200, "{}", answer.text());
    house.send(&message("submit", 7));
    let only = only_parked(&*house.store);
    assert_eq!((only.partner.as_str(), only.trouble.code().as_str()), ("exchange:ontario", "refused"));
}
