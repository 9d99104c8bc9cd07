//! Messages as partners write them, in each version, about invented people.
//! Source: spec of Ontario, 5 "Bundle composition", 6 and 9.2.

use baton_exchange::{id::short_hash, time::Timestamp};
use serde_json::{Value, json};

use super::world::{source, target};
use crate::ontario::Version;

/// A moment that many seconds after the first message.
pub(super) fn at(secs: i64) -> String {
    Timestamp::parse("2026-03-02T10:00:00Z").expect("it is a time").plus_secs(secs).to_string()
}

/// A UUID that is always the same for the same words.
fn made(words: &[&str]) -> String {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    baton_exchange::id::ReferralId(short_hash(&words)).to_string()
}

/// A message to be. References are written `@name`, with the name of another resource of the message.
#[derive(Clone)]
pub(in crate::ontario) struct Letter {
    version: Version,
    /// Makes its ids; the same name twice is the same message.
    name: String,
    event: String,
    /// Its number, as the header has it.
    referral: Option<(String, String)>,
    older_name: bool,
    secs: i64,
    resources: Vec<(String, Value)>,
    focus: Vec<String>,
}

impl Letter {
    /// A message with nothing in it.
    pub(in crate::ontario) fn new(version: Version, name: &str, event: &str, secs: i64) -> Letter {
        let (name, event) = (name.to_owned(), event.to_owned());
        Letter {
            version,
            name,
            event,
            referral: None,
            older_name: version == Version::V010,
            secs,
            resources: Vec::new(),
            focus: Vec::new(),
        }
    }

    /// A source's referral in full.
    pub(in crate::ontario) fn of_source(version: Version, name: &str, event: &str, secs: i64, to: &str) -> Letter {
        Letter::new(version, name, event, secs)
            .about("R-1", &source(version))
            .with("request", request("R-1", &source(version)))
            .with("patient", patient())
            .with(
                "requester",
                json!({"resourceType": "PractitionerRole",
                "identifier": [{"system": "https://people.example.org/id", "value": "requester"}],
                "practitioner": {"reference": "@doctor"}, "organization": {"reference": "@clinic"}}),
            )
            .with(
                "doctor",
                json!({"resourceType": "Practitioner", "name": [{"family": "Asker"}],
                "identifier": [{"system": "https://people.example.org/id", "value": "doctor"}]}),
            )
            .with("clinic", json!({"resourceType": "Organization", "name": "Clinic"}))
            .with("performer", performer(to))
            .with(
                "letter",
                json!({"resourceType": "DocumentReference", "status": "current",
                "subject": {"reference": "@patient"},
                "content": [{"attachment": {"contentType": "application/pdf", "url": "https://files.example.org/1"}}]}),
            )
            .focus("request")
    }

    /// A target's message about something beside a referral.
    pub(in crate::ontario) fn of_target(version: Version, name: &str, event: &str, secs: i64) -> Letter {
        Letter::new(version, name, event, secs)
            .about("R-1", &source(Version::V011))
            .with("request", {
                let mut request = request("R-1", &source(Version::V011));
                let members = request.as_object_mut().expect("it is an object");
                members.remove("requester");
                members.remove("supportingInfo");
                request
            })
            .with("patient", patient())
            .with("performer", performer(&target(version)))
    }

    /// The referral's number and whose it is, in the header.
    pub(in crate::ontario) fn about(mut self, number: &str, owner: &str) -> Letter {
        self.referral = Some((system_of(owner), number.to_owned()));
        self
    }

    /// The number in the header stands in the extension of 0.10.
    pub(in crate::ontario) fn older_name(mut self) -> Letter {
        self.older_name = true;
        self
    }

    /// No number in the header.
    pub(in crate::ontario) fn nameless(mut self) -> Letter {
        self.referral = None;
        self
    }

    pub(in crate::ontario) fn named(mut self, name: &str) -> Letter {
        self.name = name.to_owned();
        self
    }

    pub(in crate::ontario) fn event(mut self, event: &str) -> Letter {
        self.event = event.to_owned();
        self
    }

    /// Adds a resource, or takes its place.
    pub(in crate::ontario) fn with(mut self, name: &str, resource: Value) -> Letter {
        self.resources.retain(|(other, _)| other != name);
        self.resources.push((name.to_owned(), resource));
        self
    }

    pub(in crate::ontario) fn without(mut self, name: &str) -> Letter {
        self.resources.retain(|(other, _)| other != name);
        self
    }

    /// Puts a resource in focus, behind those that are.
    pub(in crate::ontario) fn focus(mut self, name: &str) -> Letter {
        self.focus.push(name.to_owned());
        self
    }

    /// Puts a resource in focus, and no other.
    pub(in crate::ontario) fn only_focus(mut self, name: &str) -> Letter {
        self.focus = vec![name.to_owned()];
        self
    }

    pub(in crate::ontario) fn secs(&self) -> i64 {
        self.secs
    }

    pub(in crate::ontario) fn edit(mut self, name: &str, edit: impl Fn(&mut Value)) -> Letter {
        let found = self.resources.iter_mut().find(|(other, _)| other == name);
        edit(&mut found.expect("it is in the message").1);
        self
    }

    /// A Task of the referral.
    pub(in crate::ontario) fn task(self, status: &str) -> Letter {
        self.with(
            "task",
            json!({"resourceType": "Task", "status": status, "intent": "order",
            "basedOn": [{"reference": "@request"}], "for": {"reference": "@patient"},
            "owner": {"reference": "@performer"},
            "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-TaskOutcome",
                "code": "process-request"}]}}),
        )
        .focus("task")
    }

    /// An appointment of the referral.
    pub(in crate::ontario) fn appointment(self, number: &str, status: &str, day: u8) -> Letter {
        self.with(
            "appointment",
            json!({"resourceType": "Appointment", "status": status,
            "identifier": [{"system": "https://bookings.example.org", "value": number}],
            "basedOn": [{"reference": "@request"}],
            "start": format!("2026-05-{day:02}T09:00:00Z"), "end": format!("2026-05-{day:02}T09:30:00Z"),
            "participant": [{"actor": {"reference": "@patient"}, "status": "accepted"}]}),
        )
        .focus("appointment")
    }

    /// A letter between source and target.
    pub(in crate::ontario) fn communication(self, text: &str) -> Letter {
        self.with(
            "communication",
            json!({"resourceType": "Communication", "status": "completed",
            "basedOn": [{"reference": "@request"}], "subject": {"reference": "@patient"},
            "payload": [{"contentString": text}]}),
        )
        .focus("communication")
    }

    /// The message as it is sent.
    pub(in crate::ontario) fn bundle(&self) -> Value {
        let mut text = json!({"resourceType": "Bundle", "id": made(&[&self.name, "bundle"]), "type": "message",
            "timestamp": at(self.secs), "entry": self.entries()})
        .to_string();
        for (name, resource) in &self.resources {
            text = text.replace(&format!("\"@{name}\""), &format!("\"{}\"", self.reference(name, resource)));
        }
        serde_json::from_str(&text).expect("it was JSON before")
    }

    fn reference(&self, name: &str, resource: &Value) -> String {
        match self.version {
            Version::V010 => format!("{}/{name}", resource["resourceType"].as_str().unwrap_or_default()),
            Version::V011 | Version::Erec => format!("urn:uuid:{}", made(&[&self.name, name])),
        }
    }

    fn entries(&self) -> Vec<Value> {
        let mut entries = vec![self.header()];
        for (name, resource) in &self.resources {
            let mut resource = resource.clone();
            let place = match self.version {
                Version::V010 => {
                    resource["id"] = json!(name);
                    format!("https://sender.example.org/fhir/{}", self.reference(name, &resource))
                }
                Version::V011 | Version::Erec => self.reference(name, &resource),
            };
            entries.push(json!({"fullUrl": place, "resource": resource}));
        }
        entries
    }

    fn header(&self) -> Value {
        let id = made(&[&self.name, "header"]);
        let place = match self.version {
            Version::V010 => format!("https://sender.example.org/fhir/MessageHeader/{id}"),
            Version::V011 | Version::Erec => format!("urn:uuid:{id}"),
        };
        let focus: Vec<Value> = self.focus.iter().map(|name| json!({"reference": format!("@{name}")})).collect();
        let mut header = json!({"resourceType": "MessageHeader", "id": id, "focus": focus,
            "eventCoding": {"system": "https://ehealthontario.ca/fhir/CodeSystem/message-event-code",
                "code": self.event, "display": self.event},
            "source": {"name": "Sender", "endpoint": "https://sender.example.org/fhir/$process-message"}});
        if let Some((system, value)) = &self.referral {
            header["extension"] = if self.older_name {
                json!([{"url": "http://ehealthontario.ca/fhir/StructureDefinition/ext-id-message-header",
                    "valueString": value}])
            } else {
                json!([{"url": "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier",
                    "valueIdentifier": {"system": system, "value": value}}])
            };
        }
        json!({"fullUrl": place, "resource": header})
    }
}

/// The system of the numbers that a source gives to its referrals.
pub(in crate::ontario) fn system_of(owner: &str) -> String {
    format!("https://{owner}.example.org/id-referral")
}

fn request(number: &str, owner: &str) -> Value {
    json!({"resourceType": "ServiceRequest", "status": "active", "intent": "proposal",
        "identifier": [{"system": system_of(owner), "value": number},
            {"system": "https://charts.example.org", "value": "chart-9"}],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "183545006"}]},
        "priority": "routine", "subject": {"reference": "@patient"}, "requester": {"reference": "@requester"},
        "performer": [{"reference": "@performer"}], "authoredOn": "2026-03-02T09:00:00Z",
        "reasonCode": [{"text": "pain"}], "supportingInfo": [{"reference": "@letter"}]})
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "name": [{"family": "Invented", "given": ["Ada"]}], "birthDate": "1950-01-01",
        "identifier": [{"system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn",
            "value": "0000000001"}]})
}

fn performer(to: &str) -> Value {
    json!({"resourceType": "PractitionerRole", "active": true,
        "identifier": [{"system": "https://listings.example.org", "value": to}]})
}

/// Takes members out of a resource.
pub(in crate::ontario) fn remove(resource: &mut Value, members: &[&str]) {
    let resource = resource.as_object_mut().expect("it is an object");
    members.iter().for_each(|member| _ = resource.remove(*member));
}

/// Gives a resource one more identifier.
pub(in crate::ontario) fn add_number(resource: &mut Value, system: &str, value: &str) {
    let mut numbers = resource["identifier"].as_array().cloned().unwrap_or_default();
    numbers.push(json!({"system": system, "value": value}));
    resource["identifier"] = Value::Array(numbers);
}
