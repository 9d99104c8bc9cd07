//! All that is asked: every place of an exchange × every method, and each search in many ways.

use baton_server::http::route::OWN_PLACES;

use super::{
    letter::{mark, packed},
    may::{Guide, Look},
    world::{Record, World},
};
use crate::harness::{Ask, FORM, JSON};

pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Whatever is there.
    Place,
    /// What stands at one place, by the place of its record.
    Record(usize),
    /// The paper of a document, with the place of the document's record.
    Paper(usize),
    /// A line of the audit about the second referral.
    Line,
    /// A page of these records at most, by their places; as many as there are of them, if that is known.
    Page(Vec<usize>),
    /// How many there are of these.
    Total(Vec<usize>),
    /// A page of whatever the caller sees.
    Cursor,
    /// What is not answered: resources that hang on those that were found.
    Hanging,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: &'static str,
    /// Under the path of the exchange, without parameters.
    pub path: String,
    pub query: String,
    /// Whether something else than FHIR is asked for.
    pub is_raw: bool,
    pub sought: Sought,
}

impl Question {
    fn of(method: &'static str, path: &str, sought: Sought) -> Question {
        Question { method, path: path.to_owned(), query: String::new(), is_raw: false, sought }
    }

    pub fn ask(&self) -> Ask {
        let is_form = self.path.ends_with("/_search") && self.method == "POST";
        let query = if self.query.is_empty() || is_form { String::new() } else { format!("?{}", self.query) };
        let ask = Ask::new(self.method, &format!("/here{}{query}", self.path));
        let ask = if self.is_raw { ask } else { ask.json() };
        match self.method {
            "POST" if is_form => ask.header("Content-Type", FORM).body(self.query.clone()),
            // there is nothing that could be taken for a message or a resource, so that nothing is changed
            "POST" | "PUT" | "PATCH" => ask.header("Content-Type", JSON).body("{}"),
            _ => ask,
        }
    }

    /// The type that it is about, and how it is looked for.
    pub fn look(&self) -> (&str, Look) {
        let segments: Vec<&str> = self.path.split('/').skip(1).collect();
        let is_search = matches!(segments[..], [_] | [_, "_search"]);
        (segments.first().copied().unwrap_or_default(), if is_search { Look::Search } else { Look::ById })
    }
}

/// Every place that is no resource, by every method.
pub fn places(world: &World) -> Vec<Question> {
    let mut paths: Vec<String> = [
        "",
        "/metadata",
        "/.well-known/smart-configuration",
        "/$process-message",
        "/$process-messages",
        "/Patient/$process-message",
        "/nothing-here",
        "/Nonsense",
        "/MessageHeader",
        "/launch",
        "/_history",
        "/ServiceRequest/_history",
        "/Bundle",
        "/MessageDefinition",
        "/MessageDefinition/x/_history",
        "/AuditEvent",
        "/AuditEvent/_search",
        "/AuditEvent/nothing",
        "/AuditEvent/nothing/_history",
        "/AuditEvent/nothing/_history/1",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(OWN_PLACES.map(|place| format!("/{}", place.path())));
    let drafts = world.records.iter().filter(|record| record.resource_type == "ServiceRequest");
    paths.extend(drafts.map(|record| format!("/launch/{}", record.id)));
    let mut all: Vec<Question> =
        paths.iter().flat_map(|path| METHODS.map(|method| Question::of(method, path, Sought::Place))).collect();
    all.push(Question::of("GET", &format!("/AuditEvent/{}", line(world)), Sought::Line));
    all
}

/// The id of a line about the second referral, as the target sees it.
fn line(world: &World) -> String {
    let entity = match world.guide {
        Guide::Ontario => format!("?entity=ServiceRequest/{}", world.id("ServiceRequest", 2)),
        Guide::Netsmart => String::new(),
    };
    world.done("target", Ask::get(&format!("/here/AuditEvent{entity}")).json()).member("entry/0/resource/id")
}

/// Every resource by its id, with its versions: those of the second referral by every method.
pub fn records(world: &World) -> Vec<Question> {
    let mut all = Vec::new();
    for (at, record) in world.records.iter().enumerate() {
        let path = format!("/{}/{}", record.resource_type, record.id);
        let mut paths = vec![(path.clone(), Sought::Record(at)), (format!("{path}/_history"), Sought::Record(at))];
        if record.number == 2 {
            paths.push((format!("{path}/_history/1"), Sought::Record(at)));
        }
        if record.resource_type == "DocumentReference" {
            paths.push((format!("{path}/$binary"), Sought::Paper(at)));
        }
        let methods = if record.number == 2 { &METHODS[..] } else { &["GET", "PUT"] };
        let asked = |(path, sought): &(String, Sought)| {
            methods.iter().map(|method| Question::of(method, path, sought.clone())).collect::<Vec<_>>()
        };
        all.extend(paths.iter().flat_map(asked));
        if matches!(record.resource_type.as_str(), "ServiceRequest" | "Patient" | "Task") {
            let end = Question::of("GET", &format!("{path}/_history"), Sought::Record(at));
            all.push(Question { query: "_after=1".to_owned(), ..end });
        }
        if record.resource_type == "Binary" {
            all.push(Question { is_raw: true, ..Question::of("GET", &path, Sought::Record(at)) });
        }
    }
    all
}

fn page(world: &World, name: &str) -> Sought {
    Sought::Page(of(world, name, |_| true))
}

fn of(world: &World, name: &str, is_meant: impl Fn(u32) -> bool) -> Vec<usize> {
    let is_meant =
        |(at, record): (usize, &Record)| (record.resource_type == name && is_meant(record.number)).then_some(at);
    world.records.iter().enumerate().filter_map(is_meant).collect()
}

/// Every type, by every method, and with parameters in the address or as a form.
pub fn searches(world: &World) -> Vec<Question> {
    let mut types: Vec<&str> = world.records.iter().map(|record| record.resource_type.as_str()).collect();
    types.dedup();
    let mut all = Vec::new();
    for name in &types {
        for path in [format!("/{name}"), format!("/{name}/_search")] {
            all.extend(METHODS.map(|method| Question::of(method, &path, page(world, name))));
        }
    }
    for name in ["ServiceRequest", "Task", "Patient", "Practitioner"] {
        if types.contains(&name) {
            all.extend(narrowed(world, name));
        }
    }
    for name in ["ServiceRequest", "Patient"] {
        let totals = ["_summary=count", "_count=0"];
        all.extend(totals.map(|query| in_address(name, query, Sought::Total(of(world, name, |_| true)))));
    }
    let fourth = of(world, "ServiceRequest", |number| number == 4);
    all.push(by_form("ServiceRequest", "identifier=R-4", Sought::Page(fourth)));
    let hanging = [
        "_include=*",
        "_include=ServiceRequest:subject",
        "_include:iterate=ServiceRequest:subject",
        "_revinclude=Task:based-on",
        "_revinclude=*",
        "_has:Task:based-on:status=requested",
        "subject:Patient.name=kanarie",
    ];
    all.extend(hanging.map(|query| in_address("ServiceRequest", query, Sought::Hanging)));
    all.extend(hanging.map(|query| by_form("Patient", query, Sought::Hanging)));
    all.extend(cursors(world));
    all
}

/// One resource by its id, and those of one patient.
fn narrowed(world: &World, name: &str) -> Vec<Question> {
    let mut all = Vec::new();
    for number in (1..=4).filter(|number| world.records.iter().any(|it| it.number == *number)) {
        let fits = of(world, name, |it| it == number);
        let (id, query) = (world.id(name, number), format!("_id={}", world.id(name, number)));
        let this = fits.iter().copied().filter(|at| world.records[*at].id == id).collect();
        all.push(in_address(name, &query, Sought::Page(this)));
        // a Patient is not found by itself
        let names_patient = |at: &usize| world.records[*at].names_patient && name != "Patient";
        let about = fits.into_iter().filter(names_patient).collect();
        all.push(by_form(name, &format!("patient=Patient/{}", world.id("Patient", number)), Sought::Page(about)));
    }
    all
}

fn in_address(name: &str, query: &str, sought: Sought) -> Question {
    Question { query: query.to_owned(), ..Question::of("GET", &format!("/{name}"), sought) }
}

fn by_form(name: &str, query: &str, sought: Sought) -> Question {
    Question { query: query.to_owned(), ..Question::of("POST", &format!("/{name}/_search"), sought) }
}

/// The second page of whoever sees all. What stands in the address leads others no further than they see.
fn cursors(world: &World) -> Vec<Question> {
    let first = |name: &str| {
        let ask = Ask::get(&format!("/here/{name}?_count=1")).json();
        let page = world.done(if world.guide == Guide::Ontario { "third" } else { "target" }, ask).value();
        let links = page["link"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["relation"] == "next").expect("there is more");
        next["url"].as_str().and_then(|url| url.split_once('?')).expect("parameters").1.to_owned()
    };
    ["ServiceRequest", "Patient"].map(|name| in_address(name, &first(name), Sought::Cursor)).to_vec()
}

/// The marks in a text, plain or packed.
pub fn marks(text: &str) -> Vec<u32> {
    (1..=4).filter(|number| text.contains(&mark(*number)) || text.contains(&packed(*number))).collect()
}
