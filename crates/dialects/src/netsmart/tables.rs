//! The guide's tables, read once: what its messages are, what is let pass, how refusals are worded.
//! Source: guide.toml, leniency.toml and outcomes.toml beside this file, which name theirs.

use std::sync::LazyLock;

use baton_fhir::finding::{Fault, IssueCode, Rule};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    leniency::Leniency,
    outcomes::{Outcome, Outcomes, lasting_rule},
};

const READ: &str = "the table is part of the program, and a test reads it";

fn read<T: DeserializeOwned>(table: &str) -> T {
    toml::from_str(table).expect(READ)
}

/// How the guide words each refusal.
pub(crate) fn outcomes() -> &'static Outcomes<Outcome> {
    static OUTCOMES: LazyLock<Outcomes<Outcome>> = LazyLock::new(|| read(include_str!("outcomes.toml")));
    &OUTCOMES
}

/// What the guide's messages are.
pub(super) fn guide() -> &'static Guide {
    static GUIDE: LazyLock<Guide> = LazyLock::new(|| read(include_str!("guide.toml")));
    &GUIDE
}

/// The guide's messages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guide {
    /// The code system of its events.
    pub system: String,
    #[serde(rename = "event")]
    pub events: Vec<Event>,
    #[serde(rename = "resource")]
    pub resources: Vec<Listed>,
}

/// What an event does to a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Does {
    Submit,
    Update,
}

/// An event of the guide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub code: String,
    pub does: Does,
    pub title: String,
    pub purpose: String,
    /// In these states of its ServiceRequest the message is refused.
    pub refused_status: Vec<String>,
    /// In these it takes the referral back.
    pub cancelling_status: Vec<String>,
}

/// A type of resource that messages hold.
#[derive(Debug, Deserialize)]
#[serde(from = "ListedRow")]
pub(super) struct Listed {
    pub resource_type: String,
    pub min: usize,
    /// As FHIR writes it: a number or `*`.
    pub max: String,
    /// What it refers to, as `element:Type`.
    pub links: Vec<(String, String)>,
    /// Broken by another number of them.
    pub rule: &'static Rule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedRow {
    r#type: String,
    min: usize,
    max: String,
    from: Vec<String>,
}

impl From<ListedRow> for Listed {
    fn from(row: ListedRow) -> Listed {
        let id = format!("card-{}", row.r#type);
        let text = format!("a message has {}..{} {}", row.min, row.max, row.r#type);
        let rule = lasting_rule(id, IssueCode::Structure, Fault::Unprocessable, text);
        let split = |link: String| link.split_once(':').map(|(path, to)| (path.to_owned(), to.to_owned()));
        let links = row.from.into_iter().filter_map(split).collect();
        Listed { resource_type: row.r#type, min: row.min, max: row.max, links, rule }
    }
}

impl Listed {
    /// Whether that many of them are allowed.
    pub fn allows(&self, count: usize) -> bool {
        (self.min..=self.most()).contains(&count)
    }

    /// How many there may be at the most.
    pub fn most(&self) -> usize {
        self.max.parse().unwrap_or(usize::MAX)
    }

    /// How many there may be, in words.
    pub fn expected(&self) -> String {
        match (self.min, self.max.as_str()) {
            (min, max) if max == min.to_string() => format!("exactly {min}"),
            (min, max) => format!("{min} to {max}"),
        }
    }
}

impl Guide {
    /// The event of that system and code, in this very spelling.
    pub fn event(&self, system: Option<&str>, code: Option<&str>) -> Option<&Event> {
        if system != Some(self.system.as_str()) {
            return None;
        }
        self.events.iter().find(|event| code == Some(event.code.as_str()))
    }

    pub fn listed(&self, resource_type: &str) -> Option<&Listed> {
        self.resources.iter().find(|listed| listed.resource_type == resource_type)
    }
}

/// What the guide lets pass.
pub(super) fn leniency() -> &'static Leniency {
    static LENIENCY: LazyLock<Leniency> = LazyLock::new(|| read(include_str!("leniency.toml")));
    &LENIENCY
}
