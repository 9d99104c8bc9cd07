//! What is told to whom when something happened, in the receiver's version.
//! Source: telling.toml beside this file, which names its own.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{
    Role, Version,
    events::{By, RoleName},
};

/// What happened to a referral, whoever did it and whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Happening {
    /// A source submitted it.
    Submitted,
    /// Somebody submitted it in an app: this program's or the target's.
    SubmittedInApp,
    /// The target took it up.
    TakenUp,
    /// The target moved its state.
    Moved,
    /// An appointment was made.
    AppointmentAdded,
    /// An appointment was changed or cancelled.
    AppointmentChanged,
    /// The target changed the data.
    Corrected,
    /// The source changed the data.
    Changed,
    /// The source withdrew it: others have to forget it, too.
    Withdrawn,
    /// It was withdrawn and is forgotten.
    Revoked,
    /// The source wrote to the target.
    Asked,
    /// The target wrote to the source.
    Answered,
    /// It went on to another target.
    Forwarded,
}

impl Happening {
    /// All of them.
    pub(crate) const ALL: [Happening; 13] = [
        Happening::Submitted,
        Happening::SubmittedInApp,
        Happening::TakenUp,
        Happening::Moved,
        Happening::AppointmentAdded,
        Happening::AppointmentChanged,
        Happening::Corrected,
        Happening::Changed,
        Happening::Withdrawn,
        Happening::Revoked,
        Happening::Asked,
        Happening::Answered,
        Happening::Forwarded,
    ];
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The code of the event.
    pub event: String,
    /// The types of what it is about, in their order.
    pub focus: Vec<String>,
    /// Whether whatever else changed stands in the focus, too.
    pub others: Others,
    /// How it travels.
    pub by: By,
}

/// What becomes of other changed resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Others {
    /// They stand in the focus, too.
    InFocus,
    /// They do not.
    LeftOut,
}

/// What somebody in that role, who speaks that version, is told. Nothing when it is not told.
///
/// After a forward the target is the new one.
pub(crate) fn telling(happened: Happening, receiver: Role, version: Version) -> Option<&'static Telling> {
    let row = TABLE.iter().find(|row| row.happened == happened && row.told.contains(&receiver))?;
    match version {
        Version::V010 => row.v010.as_ref(),
        Version::V011 => row.v011.as_ref(),
        Version::Erec => row.erec.as_ref(),
    }
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let written: Written =
        toml::from_str(include_str!("telling.toml")).expect("it is a part of the program, and a test reads it");
    written.rows.into_iter().map(Row::from).collect()
});

struct Row {
    happened: Happening,
    told: Vec<Role>,
    v010: Option<Telling>,
    v011: Option<Telling>,
    erec: Option<Telling>,
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "row")]
    rows: Vec<WrittenRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRow {
    happened: Happening,
    told: Vec<RoleName>,
    #[serde(rename = "0.10")]
    v010: Option<Cell>,
    #[serde(rename = "0.11")]
    v011: Option<Cell>,
    erec: Option<Cell>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    event: String,
    focus: Vec<String>,
    #[serde(default)]
    by: By,
}

impl From<WrittenRow> for Row {
    fn from(row: WrittenRow) -> Row {
        let told = row.told.into_iter().map(Role::from).collect();
        let of = |cell: Option<Cell>| cell.map(Telling::from);
        Row { happened: row.happened, told, v010: of(row.v010), v011: of(row.v011), erec: of(row.erec) }
    }
}

impl From<Cell> for Telling {
    fn from(cell: Cell) -> Telling {
        let (others, focus): (Vec<_>, Vec<_>) = cell.focus.into_iter().partition(|focus| focus == "+");
        let others = if others.is_empty() { Others::LeftOut } else { Others::InFocus };
        Telling { event: cell.event, focus, others, by: cell.by }
    }
}

#[cfg(test)]
mod tests;
