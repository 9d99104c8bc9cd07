//! Messages of the Ontario guide in each of its versions, about invented people. Every resource that has words has the mark of its
//! referral among them, so that it is seen wherever it turns up.

use baton_exchange::time::Timestamp;
use serde_json::{Value, json};

/// Versions as the configuration and the guide's table name them.
pub const VERSIONS: [&str; 3] = ["0.10", "0.11", "erec"];

/// What makes a referral.
pub const OPENING: [&str; 9] =
    ["request", "patient", "requester", "doctor", "clinic", "performer", "document", "paper", "answers"];

/// A message to be.
#[derive(Clone)]
pub struct Letter<'l> {
    pub version: &'l str,
    pub event: &'l str,
    /// The source's number of the referral is made of it.
    pub number: u32,
    /// Whose number that is.
    pub owner: &'l str,
    /// To which partner it goes.
    pub to: &'l str,
    /// No two messages have the same.
    pub serial: u32,
    /// How long after the first message it was written.
    pub secs: i64,
    /// The resources that it holds, of which those in focus come with a star.
    pub parts: Vec<&'l str>,
}

/// The words that tell of a referral's people.
pub fn mark(number: u32) -> String {
    format!("kanarie-{number:04}")
}

/// Whom a referral is about: the second is about the patient of the first, from which it follows.
fn person(number: u32) -> u32 {
    if number == 2 { 1 } else { number }
}

/// The mark as a paper holds it.
pub fn packed(number: u32) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(mark(number))
}

pub fn system_of(owner: &str) -> String {
    format!("https://{owner}.example.org/id-referral")
}

impl<'l> Letter<'l> {
    /// One that opens a referral.
    pub fn opening(version: &'l str, number: u32, owner: &'l str, to: &'l str, serial: u32) -> Letter<'l> {
        let mut parts = OPENING.to_vec();
        parts[0] = "*request";
        Letter { version, event: "add-service-request", number, owner, to, serial, secs: 0, parts }
    }

    /// One in which everything stands that any event may be about.
    pub fn of_anything(self, event: &'l str) -> Letter<'l> {
        let mut parts = vec!["*request", "*patient", "*task", "*appointment", "*communication"];
        parts.extend(OPENING.iter().filter(|part| !matches!(**part, "request" | "patient")));
        Letter { event, parts, secs: 100, ..self }
    }

    fn id(&self, part: usize) -> String {
        format!("00000000-0000-4000-8000-{:06}{part:06}", self.serial)
    }

    fn names(&self) -> impl Iterator<Item = &'l str> {
        self.parts.iter().map(|part| part.trim_start_matches('*'))
    }

    /// As the version refers to a part of the message.
    fn reference(&self, name: &str) -> String {
        let at = self.names().position(|other| other == name).expect("it is a part of the message");
        let resource_type = self.resource(name)["resourceType"].as_str().unwrap_or_default().to_owned();
        if self.version == "0.10" {
            format!("{resource_type}/{name}")
        } else {
            format!("urn:uuid:{}", self.id(at + 10))
        }
    }

    fn place(&self, reference: &str) -> String {
        let is_relative = !reference.starts_with("urn:");
        if is_relative { format!("https://sender.example.org/fhir/{reference}") } else { reference.to_owned() }
    }

    /// The message as it is sent.
    pub fn bundle(&self) -> Value {
        let mut entries = vec![self.header()];
        for name in self.names() {
            let (mut resource, reference) = (self.resource(name), self.reference(name));
            if self.version == "0.10" {
                resource["id"] = json!(name);
            }
            entries.push(json!({"fullUrl": self.place(&reference), "resource": resource}));
        }
        let timestamp = Timestamp::parse("2026-01-10T10:00:00Z").expect("a time").plus_secs(self.secs).to_string();
        let bundle = json!({"resourceType": "Bundle", "id": self.id(0), "type": "message", "timestamp": timestamp,
            "entry": entries});
        let mut text = bundle.to_string();
        for name in self.names() {
            text = text.replace(&format!("\"@{name}\""), &format!("\"{}\"", self.reference(name)));
        }
        serde_json::from_str(&text).expect("it was JSON before")
    }

    fn header(&self) -> Value {
        let number = format!("R-{}", self.number);
        let name = "http://ehealthontario.ca/fhir/StructureDefinition";
        let extension = match self.version {
            "0.10" => json!({"url": format!("{name}/ext-id-message-header"), "valueString": number}),
            _ => json!({"url": format!("{name}/ext-referral-identifier"),
                "valueIdentifier": {"system": system_of(self.owner), "value": number}}),
        };
        let in_focus = self.parts.iter().filter_map(|part| part.strip_prefix('*'));
        let focus: Vec<Value> = in_focus.map(|name| json!({"reference": self.reference(name)})).collect();
        let id = self.id(1);
        let reference = if self.version == "0.10" { format!("MessageHeader/{id}") } else { format!("urn:uuid:{id}") };
        let header = json!({"resourceType": "MessageHeader", "id": id, "extension": [extension], "focus": focus,
            "eventCoding": {"system": "https://ehealthontario.ca/fhir/CodeSystem/message-event-code",
                "code": self.event, "display": self.event},
            "source": {"name": "Sender", "endpoint": "https://sender.example.org/fhir/$process-message"}});
        json!({"fullUrl": self.place(&reference), "resource": header})
    }

    fn resource(&self, name: &str) -> Value {
        let (mark, number) = (mark(self.number), format!("R-{}", self.number));
        match name {
            "request" => json!({"resourceType": "ServiceRequest", "status": "active", "intent": "proposal",
                "identifier": [{"system": system_of(self.owner), "value": number}],
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "183545006"}]},
                "priority": if self.secs == 0 { "routine" } else { "stat" }, "subject": {"reference": "@patient"},
                "requester": {"reference": "@requester"}, "performer": [{"reference": "@performer"}],
                "authoredOn": "2026-01-10T09:00:00Z", "reasonCode": [{"text": mark}],
                "supportingInfo": [{"reference": "@document"}, {"reference": "@answers"}]}),
            "patient" => json!({"resourceType": "Patient", "name": [{"family": mark}], "birthDate": "1950-01-01",
                "identifier": [{"system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn",
                    "value": format!("77193{:05}", person(self.number))}]}),
            "requester" => json!({"resourceType": "PractitionerRole", "specialty": [{"text": mark}],
                "identifier": [{"system": "https://people.example.org/id", "value": format!("role-{mark}")}],
                "practitioner": {"reference": "@doctor"}, "organization": {"reference": "@clinic"}}),
            "doctor" => json!({"resourceType": "Practitioner", "name": [{"family": mark}],
                "identifier": [{"system": "https://people.example.org/id", "value": format!("doctor-{mark}")}]}),
            "clinic" => json!({"resourceType": "Organization", "name": mark}),
            "performer" => json!({"resourceType": "PractitionerRole", "active": true,
                "identifier": [{"system": "https://listings.example.org", "value": self.to}]}),
            "document" => json!({"resourceType": "DocumentReference", "status": "current", "description": mark,
                "subject": {"reference": "@patient"},
                "content": [{"attachment": {"contentType": "text/plain", "url": "@paper"}}]}),
            "paper" => json!({"resourceType": "Binary", "contentType": "text/plain", "data": packed(self.number)}),
            "answers" => json!({"resourceType": "QuestionnaireResponse", "status": "completed",
                "subject": {"reference": "@patient"}, "item": [{"linkId": "1", "text": mark}]}),
            "task" => json!({"resourceType": "Task", "status": "accepted", "intent": "order",
                "basedOn": [{"reference": "@request"}], "for": {"reference": "@patient"},
                "owner": {"reference": "@performer"},
                "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-TaskOutcome",
                    "code": "process-request"}]}}),
            "appointment" => json!({"resourceType": "Appointment", "status": "booked", "description": mark,
                "identifier": [{"system": "https://bookings.example.org", "value": mark}],
                "basedOn": [{"reference": "@request"}],
                "start": "2026-05-05T09:00:00Z", "end": "2026-05-05T09:30:00Z",
                "participant": [{"actor": {"reference": "@patient"}, "status": "accepted"}]}),
            "communication" => json!({"resourceType": "Communication", "status": "completed",
                "basedOn": [{"reference": "@request"}], "subject": {"reference": "@patient"},
                "payload": [{"contentString": mark}]}),
            other => panic!("no part of a message is called {other}"),
        }
    }
}
