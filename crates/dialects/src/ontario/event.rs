//! What a message says has happened, as its sender's version of the guide has it.
//! Source: spec of Ontario, 1.1 and 3.

use baton_exchange::{id::PartnerId, referral::Part, refusal::Refusal};
use baton_fhir::{
    finding::{Finding, Severity},
    message::{Event as Named, Header},
};

use super::{
    directory::{Registered, Role, Version},
    events::{By, EventRow, Meaning, Spelling, candidates, code_system},
    rules,
};
use crate::{Mount, Way, outcomes::printable};

/// What an event may mean in a message of its sender.
pub(super) struct Heard {
    /// The code; empty where a message came by PUT, which needs none.
    pub(super) code: String,
    rows: Vec<(&'static EventRow, Spelling)>,
    roles: Vec<Role>,
    by: By,
}

/// What the event turned out to mean.
#[derive(Clone, Copy)]
pub(super) struct Meant {
    pub(super) meaning: Meaning,
    /// Its row; nothing for what came by PUT.
    pub(super) row: Option<&'static EventRow>,
}

/// What is assumed of a partner that the exchange does not know better: nothing that it may do.
pub(super) fn version_of(registered: Option<&Registered>) -> Version {
    registered.map_or(Version::V011, |registered| registered.version)
}

impl Heard {
    /// Reads the event of a message, and adds what is wrong with it.
    pub(super) fn of(
        mount: &Mount,
        sender: &PartnerId,
        way: &Way,
        header: &Header<'_>,
        findings: &mut Vec<Finding>,
    ) -> Heard {
        let registered = mount.directory.get(sender);
        let roles = registered.map(|registered| registered.roles.clone()).unwrap_or_default();
        let mut heard = Heard { code: String::new(), rows: Vec::new(), roles, by: By::Message };
        if *way != Way::Operation {
            heard.by = By::Put;
            return heard;
        }
        let version = version_of(registered);
        let Some(code) = code(version, header, findings) else { return heard };
        heard.code = code.to_owned();
        heard.rows = candidates(version, code);
        if heard.rows.is_empty() {
            findings.push(unknown(header, code));
        }
        heard
    }

    /// Whether something is to be done to a referral.
    pub(super) fn is_about_a_referral(&self) -> bool {
        self.by == By::Put || self.rows.iter().any(|(row, _)| row.meaning != Meaning::Ignored)
    }

    /// What the message is about, as far as that is known before its sender's part is: what its roles may say.
    pub(super) fn likely(&self) -> Option<Meant> {
        if self.by == By::Put {
            return Some(Meant { meaning: Meaning::Change, row: None });
        }
        let is_mine = |(row, _): &&(&'static EventRow, Spelling)| self.roles.iter().any(|role| row.is_from(*role));
        self.rows
            .iter()
            .find(is_mine)
            .or(self.rows.first())
            .map(|(row, _)| Meant { meaning: row.meaning, row: Some(row) })
    }

    /// What it means, sent by somebody with that part in the referral, or with these roles where there is none yet.
    ///
    /// # Errors
    /// [`Refusal::EventNotYours`], [`Refusal::NotYourPart`], [`Refusal::FormerTarget`].
    pub(super) fn meant_by(&self, part: Option<Part>) -> Result<Option<(Meant, Spelling)>, Refusal> {
        if self.by == By::Put {
            return Ok(Some((Meant { meaning: Meaning::Change, row: None }, Spelling::Exact)));
        }
        if self.rows.is_empty() {
            return Ok(None);
        }
        let fits = |role: &Role| self.roles.contains(role) && part.is_none_or(|part| plays(part) == *role);
        let mine = self.rows.iter().find(|(row, _)| row.by == By::Message && row.from.iter().any(fits));
        if let Some((row, spelling)) = mine {
            return Ok(Some((Meant { meaning: row.meaning, row: Some(row) }, *spelling)));
        }
        let other = self.rows.iter().find(|(row, _)| row.by == By::Message).map(|(row, _)| *row);
        Err(match (part, other) {
            (Some(Part::FormerTarget), _) => Refusal::FormerTarget,
            (Some(_), Some(row)) if row.is_from(Role::Target) => Refusal::NotYourPart { needed: Part::Target },
            (Some(_), Some(row)) if row.is_from(Role::Source) => Refusal::NotYourPart { needed: Part::Source },
            (_, _) => Refusal::EventNotYours { event: self.code.clone() },
        })
    }
}

/// The role that a part is played in.
fn plays(part: Part) -> Role {
    match part {
        Part::Source => Role::Source,
        Part::Target | Part::FormerTarget => Role::Target,
        Part::ThirdParty => Role::ThirdParty,
    }
}

/// The code, when it is one of the guide's system.
fn code<'t>(version: Version, header: &Header<'t>, findings: &mut Vec<Finding>) -> Option<&'t str> {
    let named = match header.event() {
        Some(Named::Coding { system, code }) => code.map(|code| (system, code)),
        Some(Named::Uri(uri)) => Some(uri.rsplit_once('#').map_or((None, uri), |(system, code)| (Some(system), code))),
        None => None,
    };
    let Some((system, code)) = named else {
        let diagnostics = "MessageHeader.eventCoding with a code is missing";
        findings.push(Finding::at_missing(&rules::EVENT_MISSING, header.node(), "eventCoding", diagnostics));
        return None;
    };
    if !code_system(version, system).is_accepted() {
        let system = printable(system.unwrap_or_default());
        let diagnostics = format!("the event's system is {system}; it should be {}", super::events::EVENTS);
        findings.push(Finding::at_missing(&rules::EVENT_SYSTEM, header.node(), "eventCoding.system", diagnostics));
        return None;
    }
    Some(code)
}

fn unknown(header: &Header<'_>, code: &str) -> Finding {
    let diagnostics = format!("{} is no event of the guide: nothing was done", printable(code));
    Finding::at_missing(&rules::EVENT_UNKNOWN, header.node(), "eventCoding.code", diagnostics).with(Severity::Warning)
}

/// The finding that a word is another version's, or a variant.
pub(super) fn spelling(heard: &Heard, row: &EventRow) -> Finding {
    let said = printable(&heard.code);
    let diagnostics = match &row.variant_of {
        Some(word) => format!("{said} was taken for {word}"),
        None => format!("{said} is the word of another version of the guide"),
    };
    Finding {
        expression: Some("Bundle.entry[0].resource.eventCoding.code".to_owned()),
        ..Finding::new(&rules::EVENT_SPELLING, diagnostics)
    }
    .with(Severity::Warning)
}
