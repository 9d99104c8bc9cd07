//! What messages may be about: every event by all its names, in every version.
//! Source: events.toml beside this file, which names its own.

mod system;

pub(crate) use system::{EVENTS, code_system};

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Role, Version};

/// All versions, in the order of their age.
pub(super) const VERSIONS: [Version; 3] = [Version::V010, Version::V011, Version::Erec];

/// What an event does to a referral, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meaning {
    /// A new referral.
    Submit,
    /// A new referral that is finished in the target's app.
    Launch,
    /// A referral that was made elsewhere is told.
    Record,
    /// The source changed its data.
    Change,
    /// The target changed the data.
    Correct,
    /// The target took it up.
    TakeUp,
    /// The target moved its state.
    Move,
    /// A new appointment.
    AddAppointment,
    /// An appointment was changed or cancelled.
    ChangeAppointment,
    /// The source withdraws it.
    Revoke,
    /// The source writes to the target.
    Ask,
    /// The target writes to the source.
    Answer,
    /// Either writes to the other.
    Write,
    /// A third party tells what it knows.
    Inform,
    /// For the repository of analytics.
    Report,
    /// Known, and nothing is done about it.
    Ignored,
}

/// How a change travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// By a message to `$process-message`.
    #[default]
    Message,
    /// By `PUT` of the Bundle, never by a message.
    Put,
}

/// The version's own shape of an answer to an event. What is registered for a partner wins over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reply {
    /// A Bundle, no message, with what was submitted and the Task.
    Echo,
    /// A response message.
    Message,
    /// An OperationOutcome.
    Outcome,
    /// A Bundle with the address at which the referral is finished.
    Launch,
}

/// One event as one version names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventRow {
    /// Whose word it is.
    pub version: Version,
    /// The word.
    pub code: String,
    /// What it means.
    pub meaning: Meaning,
    /// Who may send it.
    pub from: Vec<Role>,
    /// How it travels.
    pub by: By,
    /// The types that it may be about; `*` for all others beside them.
    pub focus: Vec<String>,
    /// How it is answered.
    pub answer: Reply,
    /// The event of a response message, or of the message that may follow.
    pub reply: Option<String>,
    /// The guide's own word, where this one is a variant of it.
    pub variant_of: Option<String>,
}

impl EventRow {
    /// Whether somebody with that role may send it.
    #[must_use]
    pub fn is_from(&self, role: Role) -> bool {
        self.from.contains(&role)
    }

    /// Whether it may be about a resource of that type.
    #[must_use]
    pub fn may_be_about(&self, resource_type: &str) -> bool {
        self.focus.iter().any(|focus| focus == "*" || focus == resource_type)
    }

    /// The types that it is about first of all.
    pub fn named_focus(&self) -> impl Iterator<Item = &str> {
        self.focus.iter().map(String::as_str).filter(|focus| *focus != "*")
    }

    /// Whether it is the guide's own word, which is the one that is sent.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.variant_of.is_none()
    }
}

/// Whether a code is what the sender's version says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spelling {
    /// It is.
    Exact,
    /// It is another spelling, or the word of another version. It is taken, with a finding.
    Variant,
}

/// All events of a version, in the table's order.
pub(crate) fn events(version: Version) -> &'static [EventRow] {
    match version {
        Version::V010 => &TABLE.v010,
        Version::V011 => &TABLE.v011,
        Version::Erec => &TABLE.erec,
    }
}

/// Everything that a code can mean in a message of somebody who speaks that version. For each role the first row that may
/// come from it counts: the version's own rows stand first, and another version's is only there for roles that these say
/// nothing of.
pub(crate) fn candidates(version: Version, code: &str) -> Vec<(&'static EventRow, Spelling)> {
    let named = |version| events(version).iter().filter(|row| row.code == code);
    let spelling = |row: &EventRow| if row.is_canonical() { Spelling::Exact } else { Spelling::Variant };
    let mut found: Vec<_> = named(version).map(|row| (row, spelling(row))).collect();
    for row in nearest(version).into_iter().flat_map(named) {
        let is_new = |role: &Role| !found.iter().any(|(known, _)| known.is_from(*role));
        if row.from.iter().any(is_new) {
            found.push((row, Spelling::Variant));
        }
    }
    found
}

/// What a code means in a message of somebody who speaks that version, before it is known what part it has in the
/// referral: the first of the candidates that comes by message, or else by PUT. Nothing when no version knows the code.
#[cfg(test)]
pub(crate) fn event(version: Version, code: &str) -> Option<(&'static EventRow, Spelling)> {
    let all = candidates(version, code);
    all.iter().find(|(row, _)| row.by == By::Message).or(all.first()).copied()
}

/// What a code means in a message of somebody who speaks that version and has that role. Nothing when it is no word of
/// that role; the row may say that the change does not come by message.
#[cfg(test)]
pub(crate) fn event_from(version: Version, code: &str, role: Role) -> Option<(&'static EventRow, Spelling)> {
    candidates(version, code).into_iter().find(|(row, _)| row.is_from(role))
}

/// The other versions, those first that name things alike.
fn nearest(version: Version) -> [Version; 2] {
    match version {
        Version::V010 => [Version::V011, Version::Erec],
        Version::V011 => [Version::V010, Version::Erec],
        Version::Erec => [Version::V011, Version::V010],
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let written: Written =
        toml::from_str(include_str!("events.toml")).expect("it is a part of the program, and a test reads it");
    let rows = |version, rows: Vec<Row>| rows.into_iter().map(|row| row.of(version)).collect();
    Table {
        v010: rows(Version::V010, written.v010),
        v011: rows(Version::V011, written.v011),
        erec: rows(Version::Erec, written.erec),
    }
});

struct Table {
    v010: Vec<EventRow>,
    v011: Vec<EventRow>,
    erec: Vec<EventRow>,
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "0.10")]
    v010: Vec<Row>,
    #[serde(rename = "0.11")]
    v011: Vec<Row>,
    erec: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    meaning: Meaning,
    from: Vec<RoleName>,
    #[serde(default)]
    by: By,
    focus: Vec<String>,
    answer: Reply,
    reply: Option<String>,
    not: Option<String>,
}

impl Row {
    fn of(self, version: Version) -> EventRow {
        let Row { code, meaning, from, by, focus, answer, reply, not } = self;
        let from = from.into_iter().map(Role::from).collect();
        EventRow { version, code, meaning, from, by, focus, answer, reply, variant_of: not }
    }
}

/// A role as tables write it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RoleName {
    Source,
    Target,
    ThirdParty,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Source => Role::Source,
            RoleName::Target => Role::Target,
            RoleName::ThirdParty => Role::ThirdParty,
        }
    }
}

#[cfg(test)]
mod tests;
