//! What this exchange says of itself: its messages, in the words of all versions, and what can be read.
//! Source: FHIR R4 CapabilityStatement and MessageDefinition; events and their answers are those of the guide's tables.

mod rest;

use std::collections::BTreeSet;

use baton_exchange::access::MESSAGE_SCOPES;
use baton_fhir::tree::Tree;

use super::{
    Role, Version,
    events::{By, EVENTS, EventRow, Meaning, VERSIONS, events},
    telling::{Happening, telling},
};
use crate::{Mount, OauthUris, template::template};

/// The CapabilityStatement of an exchange.
pub(crate) fn capability_statement(mount: &Mount, keys: &OauthUris<'_>, software_version: &str) -> Tree {
    let received = definitions().into_iter().map(|definition| supported(mount, "receiver", definition.code));
    let sent = sent().into_iter().map(|code| supported(mount, "sender", code));
    let messages: Vec<String> = received.chain(sent).collect();
    template(include_str!("capability-statement.json"))
        .json("resources", &rest::resources())
        .json("messages", &messages.join(","))
        .json("reliable_minutes", &(mount.reliable_cache_secs / 60).max(0).to_string())
        .text("scopes", &MESSAGE_SCOPES.join(", "))
        .text("version", software_version)
        .json("oauth_uris", &keys.extensions())
        .text("grants", keys.grants())
        .text("base", &mount.base)
        .tree()
}

/// One MessageDefinition for each event that the guides name, whatever the version.
pub(crate) fn conformance_resources(mount: &Mount) -> Vec<Tree> {
    definitions().iter().map(|definition| message_definition(mount, definition)).collect()
}

/// The address of the definition of an event.
pub(crate) fn definition_url(mount: &Mount, code: &str) -> String {
    format!("{}/MessageDefinition/{code}", mount.base)
}

fn supported(mount: &Mount, mode: &str, code: &str) -> String {
    template(r#"{"mode": "{mode}", "definition": "{url}"}"#)
        .text("mode", mode)
        .text("url", &definition_url(mount, code))
        .0
}

/// An event as the guides name it, in all versions that do.
struct Definition {
    code: &'static str,
    rows: Vec<&'static EventRow>,
}

/// All events that may come by a message and have an effect, in their own words, oldest version first.
fn definitions() -> Vec<Definition> {
    let mut all: Vec<Definition> = Vec::new();
    let is_served = |row: &&EventRow| row.is_canonical() && row.by == By::Message && row.meaning != Meaning::Ignored;
    for row in VERSIONS.into_iter().flat_map(events).filter(is_served) {
        match all.iter_mut().find(|definition| definition.code == row.code) {
            Some(definition) => definition.rows.push(row),
            None => all.push(Definition { code: &row.code, rows: vec![row] }),
        }
    }
    all
}

/// The codes of all events that are sent from here.
fn sent() -> BTreeSet<&'static str> {
    let receivers = [Role::Source, Role::Target, Role::ThirdParty];
    let pairs = receivers.into_iter().flat_map(|receiver| VERSIONS.map(|version| (receiver, version)));
    let told = pairs.flat_map(|(receiver, version)| {
        Happening::ALL.into_iter().filter_map(move |happened| telling(happened, receiver, version))
    });
    told.filter(|told| told.by == By::Message).map(|told| told.event.as_str()).collect()
}

fn message_definition(mount: &Mount, definition: &Definition) -> Tree {
    let words = definition.code.split('-').map(capitalised).collect::<Vec<_>>();
    let meaning = definition.rows[0].meaning;
    let versions = definition.rows.iter().map(|row| version_name(row.version)).collect::<Vec<_>>();
    template(include_str!("message-definition.json"))
        .json("focus", &focus(definition))
        .json("allowed", &allowed(mount, definition))
        .text("code", definition.code)
        .text("url", &definition_url(mount, definition.code))
        .text("name", &words.concat())
        .text("title", &words.join(" "))
        .text("purpose", &format!("{} In {}.", purpose(meaning), versions.join(", ")))
        .text("category", category(meaning))
        .text("system", EVENTS)
        .tree()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::V010 => "0.10",
        Version::V011 => "0.11 and 0.12",
        Version::Erec => "CA:eReC",
    }
}

/// What the message is about: one of these types, or several.
fn focus(definition: &Definition) -> String {
    let mut types: Vec<&str> = Vec::new();
    for focus in definition.rows.iter().flat_map(|row| &row.focus).filter(|focus| *focus != "*") {
        if !types.contains(&focus.as_str()) {
            types.push(focus);
        }
    }
    let min = if types.len() == 1 { 1 } else { 0 };
    let one = |name: &&str| format!(r#"{{"code": "{name}", "min": {min}, "max": "*"}}"#);
    types.iter().map(one).collect::<Vec<_>>().join(",")
}

/// The events that may answer it, with their comma in front.
fn allowed(mount: &Mount, definition: &Definition) -> String {
    let replies: BTreeSet<&str> = definition.rows.iter().filter_map(|row| row.reply.as_deref()).collect();
    let one = |code: &&str| template(r#"{"message": "{url}"}"#).text("url", &definition_url(mount, code)).0;
    let replies: Vec<String> = replies.iter().map(one).collect();
    if replies.is_empty() { String::new() } else { format!(r#", "allowedResponse": [{}]"#, replies.join(",")) }
}

/// Whether something is asked for that must not happen twice, or only told.
/// Source: FHIR R4 MessageDefinition.category; Ontario guide 0.11, "Messages".
fn category(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Submit | Meaning::Launch | Meaning::Revoke | Meaning::Ask | Meaning::Answer | Meaning::Write => {
            "consequence"
        }
        Meaning::Record
        | Meaning::Change
        | Meaning::Correct
        | Meaning::TakeUp
        | Meaning::Move
        | Meaning::AddAppointment
        | Meaning::ChangeAppointment
        | Meaning::Inform
        | Meaning::Report
        | Meaning::Ignored => "notification",
    }
}

fn purpose(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Submit => "Opens a referral.",
        Meaning::Launch => "Opens a referral that is finished in an app.",
        Meaning::Record => "Tells of a referral that was made elsewhere.",
        Meaning::Change => "The source changed what it had sent.",
        Meaning::Correct => "The target corrected what the source had sent.",
        Meaning::TakeUp => "The target took the referral up.",
        Meaning::Move => "The target moved the state of the referral.",
        Meaning::AddAppointment => "The target made an appointment.",
        Meaning::ChangeAppointment => "The target changed or cancelled an appointment.",
        Meaning::Revoke => "The source withdraws the referral, and all that is known of it is removed.",
        Meaning::Ask => "The source writes to the target.",
        Meaning::Answer => "The target writes to the source.",
        Meaning::Write => "The source or the target writes to the other.",
        Meaning::Inform => "A third party tells what it knows of the referral.",
        Meaning::Report => "For the repository of analytics.",
        Meaning::Ignored => "Known, and without effect here.",
    }
}

#[cfg(test)]
mod tests;
