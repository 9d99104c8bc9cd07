//! A line of the audit for people.

use std::fmt::Write;

use baton_exchange::audit::{Agent, AuditRecord, Audited, Visit};

/// When, what and by whom on the first line; ids and pointers below it.
pub(super) fn text(record: &AuditRecord) -> String {
    let at = record.at;
    match &record.what {
        Audited::Referral { action, referral } => format!("{at}  {}  referral {referral}", action.as_str()),
        Audited::Visit(visit) => self::visit(record, visit),
        Audited::Operator(operation) => format!("{at}  {}  by an operator", operation.deed.as_str()),
        Audited::Pointers(access) => {
            let code = if access.code.is_empty() { String::new() } else { format!(" {}", access.code) };
            let by = by(&access.agent);
            let mut text = format!("{at}  {:<8}  {}{code}  by {by}", access.interaction.as_str(), access.status);
            let indent = " ".repeat(at.to_string().len() + 2);
            // writing to a String cannot fail
            let _ = write!(text, "\n{indent}message {}  request {}", record.message, plain(&record.request_id));
            text.push_str(&asked(record, &indent));
            for pointer in &access.pointers {
                let (id, owner, kind) = (pointer.id, &pointer.custodian, plain(&pointer.record_type));
                let _ = write!(text, "\n{indent}pointer {id}  of {owner}  type {kind}");
            }
            text
        }
    }
}

/// The same of a partner's visit, with the referrals that were shown.
fn visit(record: &AuditRecord, visit: &Visit) -> String {
    let Visit { errand, status, code, resource_type, referrals } = visit;
    let (at, by) = (record.at, record.partner.as_ref().map_or("somebody unknown", |partner| partner.as_str()));
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    let what = if resource_type.is_empty() { String::new() } else { format!("  of {resource_type}") };
    let mut text = format!("{at}  {:<8}  {status}{code}{what}  by {by}", errand.as_str());
    let indent = " ".repeat(at.to_string().len() + 2);
    // writing to a String cannot fail
    let _ = write!(text, "\n{indent}message {}  request {}", record.message, plain(&record.request_id));
    text.push_str(&asked(record, &indent));
    for referral in referrals {
        let _ = write!(text, "\n{indent}referral {referral}");
    }
    text
}

/// The shape of a search.
fn asked(record: &AuditRecord, indent: &str) -> String {
    record.query.as_ref().map_or_else(String::new, |query| format!("\n{indent}asked {}", plain(&query.shape)))
}

/// Organisation, system, user and reason, as far as they are known.
fn by(agent: &Agent) -> String {
    let Agent { system, organization, user, reason } = agent;
    let mut parts = Vec::new();
    for (what, value) in [("", organization), ("system ", system), ("user ", user), ("for ", reason)] {
        if !value.is_empty() {
            parts.push(format!("{what}{}", plain(value)));
        }
    }
    if parts.is_empty() { "somebody unknown".to_owned() } else { parts.join(", ") }
}

/// What callers said of themselves, without what would move the cursor of a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::text;
    use baton_exchange::{
        audit::{Actor, Agent, AuditRecord, Audited, AuditedPointer, Interaction, PointerAccess},
        id::{Home, MessageId},
        pointer::{Ods, PointerId, SubjectKey},
        time::Timestamp,
    };

    fn line(agent: Agent, code: &str, pointers: Vec<AuditedPointer>) -> String {
        text(&AuditRecord {
            home: Home(1),
            at: Timestamp(1_768_487_400_000_000),
            exchange: "nrl".into(),
            partner: None,
            actor: Actor::default(),
            message: MessageId([1; 16]),
            request_id: "r-1\u{1b}[2J".to_owned(),
            query: None,
            what: Audited::Pointers(PointerAccess {
                interaction: Interaction::Read,
                status: 200,
                code: code.to_owned(),
                subject: Some(SubjectKey([1; 16])),
                pointers,
                agent,
            }),
        })
    }

    #[test]
    fn a_caller_that_was_not_known_is_said_so() {
        let said = line(Agent::default(), "BAD_REQUEST", Vec::new());
        assert!(
            said.starts_with("2026-01-15T14:30:00.000Z  read      200 BAD_REQUEST  by somebody unknown\n"),
            "{said}"
        );
    }

    #[test]
    fn a_line_says_when_what_who_and_which() {
        let text = |text: &str| text.to_owned();
        let agent =
            Agent { system: text("2"), organization: text("RR8"), user: text("u-1"), reason: text("directcare") };
        let custodian = Ods::parse("RGD").expect("a code");
        let pointer = AuditedPointer { id: PointerId([2; 26]), custodian, record_type: text("736253002") };
        let expected = "\
2026-01-15T14:30:00.000Z  read      200  by RR8, system 2, user u-1, for directcare
                          message 01010101-0101-0101-0101-010101010101  request r-1\u{fffd}[2J
                          pointer 02020202-0202-0202-0202-020202020202-02020202020202020202  of RGD  type 736253002";
        assert_eq!(line(agent, "", vec![pointer]), expected);
    }
}
