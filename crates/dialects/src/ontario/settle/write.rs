//! Source and target write to each other.
//! Source: spec of Ontario, 1.1 "message to …", 7.5.

use baton_exchange::{audit::AuditAction, referral::Part};
use baton_fhir::{
    canonical::content_hash,
    finding::{Finding, Severity},
    reference::Address,
    tree::Node,
};

use super::{
    Hindered,
    turn::{came_late, kept, own_number, put_beside},
};
use crate::ontario::{
    case::Case,
    desk::{Desk, Said},
    focus::all_of_type,
    keep::{Side, made_id, rewrite_links},
    message::Checked,
    rules,
    task::{join_identifiers, set_based_on},
    telling::Happening,
};

pub(super) fn write(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    said: Said<'_>,
    part: Part,
) -> Result<AuditAction, Hindered> {
    let names = checked.names.given();
    desk.cases[case].add_names(names);
    desk.cases[case].hear_addresses(&checked.index, said.by);
    let side = if part == Part::Source { Side::Source } else { Side::Target };
    let mut is_new = false;
    for at in all_of_type(&checked.index, &checked.header, "Communication") {
        let Some(resource) = checked.resource(at) else { continue };
        let id = letter_id(&desk.cases[case], resource, side, said);
        let (Some(mut letter), beside) = kept(&desk.cases[case], checked, at, &id, side) else { continue };
        let standing = &mut desk.cases[case];
        let what = format!("Communication/{id}");
        if !standing.course.stamps.takes_whole(&what, said.at) {
            came_late(standing, &letter, beside, said);
            continue;
        }
        set_based_on(&mut letter.tree, &standing.request_id());
        rewrite_links(&mut letter.tree, |text| letter_here(standing, text));
        if let Some(before) = standing.get("Communication", &id) {
            join_identifiers(&mut letter.tree, before.tree.root());
        }
        put_beside(standing, beside, said);
        standing.course.stamps.put_whole(&what, said.at);
        if standing.put(letter) {
            standing.touch();
            is_new = true;
            let happened = if part == Part::Source { Happening::Asked } else { Happening::Answered };
            desk.tell(case, happened, vec![what], said.by);
        }
    }
    if !is_new {
        desk.findings.push(Finding::new(&rules::UNCHANGED, "this was said before").with(Severity::Information));
        return Ok(AuditAction::Heard);
    }
    Ok(AuditAction::Wrote)
}

/// The letter that an address leads to: the one that we gave it when we told of it.
fn letter_here(case: &Case, text: &str) -> Option<String> {
    let id = text.strip_prefix("urn:uuid:").or_else(|| Address::parse(text).map(|address| address.id))?;
    case.get("Communication", id).map(|held| held.reference())
}

/// The id of a letter: of who wrote it, of its number where it has one, else of when it was sent, and of what it says. A letter is
/// never put in the place of another, whatever senders do with ids: what was acknowledged is there.
fn letter_id(case: &Case, letter: Node<'_>, side: Side, said: Said<'_>) -> String {
    let by = if side == Side::Source { "source" } else { "target" };
    let sent = letter.str("sent").map_or_else(|| said.at.to_string(), str::to_owned);
    let mut parts = vec!["Communication".to_owned(), by.to_owned()];
    parts.extend(match (own_number(case, letter), letter.str("id")) {
        (Some(it), _) => ["identifier".to_owned(), it.system.to_owned(), it.value.to_owned()],
        (None, Some(id)) => ["id".to_owned(), id.to_owned(), String::new()],
        (None, None) => ["sent".to_owned(), sent, String::new()],
    });
    for content in letter.each("payload") {
        parts.extend(content.str("contentString").map(str::to_owned));
        let attachment = content.get("contentAttachment").map(content_hash);
        parts.extend(attachment.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()));
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    made_id(case.referral.id, &parts)
}
