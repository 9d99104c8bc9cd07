//! A line of the audit as it is hashed: one text that people can read, and beside it what may be withheld from them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{AuditRecord, Audited, AuditedPointer, Operation, PointerAccess, Visit, tree::Hash};

/// The form of these texts. Another form gets another word, so that no line can be read in two ways.
const FORM: &str = "baton-audit/1";
/// The form of lines that name a person or an app behind the partner. Those that do not keep the form that they always had, so that
/// what was signed stays true.
const FORM_WITH_ACTOR: &str = "baton-audit/2";

/// The form of lines of searches whose query is kept. Person and app have their places in it also where there is neither.
const FORM_WITH_QUERY: &str = "baton-audit/3";

/// Random bytes that keep what is withheld from being guessed: there are only so many patients.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// A line in the two parts that are hashed apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who, when, what, how it ended: a JSON array.
    pub open: String,
    /// The patient's key, the request id that the caller chose, and the sealed query: a JSON array. It can go and the line still be
    /// proven.
    pub personal: String,
}

impl Entry {
    /// The parts of the line with this number.
    #[must_use]
    pub fn of(number: u64, record: &AuditRecord) -> Entry {
        let AuditRecord { home, at, exchange, partner, actor, message, request_id, query, what } = record;
        let mut open = Array::default();
        open.text(form(record)).number(number.into()).number(home.0.into());
        // microseconds count, and people read the other
        open.number(at.0.into()).text(&at.to_string()).text(exchange.as_str());
        open.maybe(partner.as_ref().map(|partner| partner.as_str()));
        if query.is_some() || !actor.is_nobody() {
            open.maybe(actor.account.as_deref()).maybe(actor.app.as_deref());
        }
        if let Some(query) = query {
            open.text(&query.shape);
        }
        open.text(&message.to_string());
        let mut personal = Array::default();
        personal.text(request_id);
        match what {
            Audited::Referral { action, referral } => {
                open.text("referral").text(action.as_str()).text(&referral.to_string());
            }
            Audited::Visit(visit) => add_visit(&mut open, visit),
            Audited::Operator(operation) => add_operation(&mut open, operation),
            Audited::Pointers(access) => {
                add_access(&mut open, access);
                personal.maybe(access.subject.map(|subject| hex(&subject.0)).as_deref());
            }
        }
        if let Some(query) = query {
            personal.maybe(query.sealed.as_ref().map(|sealed| hex(&sealed.0)).as_deref());
        }
        Entry { open: open.end(), personal: personal.end() }
    }

    /// By what the personal part is known without being shown.
    #[must_use]
    pub fn withheld(&self, salt: Salt) -> Hash {
        let hash = Sha256::new().chain_update(salt.0).chain_update(&self.personal);
        Hash(hash.finalize().into())
    }

    /// The leaf of the tree for this line.
    #[must_use]
    pub fn leaf(&self, salt: Salt) -> Hash {
        leaf(&self.open, self.withheld(salt))
    }
}

/// The leaf for a line whose personal part is not shown. It is RFC 6962's, over 64 bytes.
#[must_use]
pub fn leaf(open: &str, withheld: Hash) -> Hash {
    let hash = Sha256::new().chain_update([0]).chain_update(Sha256::digest(open)).chain_update(withheld.0);
    Hash(hash.finalize().into())
}

fn form(record: &AuditRecord) -> &'static str {
    match (&record.query, record.actor.is_nobody()) {
        (Some(_), _) => FORM_WITH_QUERY,
        (None, false) => FORM_WITH_ACTOR,
        (None, true) => FORM,
    }
}

fn add_visit(open: &mut Array, visit: &Visit) {
    let Visit { errand, status, code, resource_type, referrals } = visit;
    open.text("visit").text(errand.as_str()).number((*status).into()).text(code).text(resource_type);
    let mut shown = Array::default();
    for referral in referrals {
        shown.text(&referral.to_string());
    }
    open.array(shown);
}

fn add_operation(open: &mut Array, operation: &Operation) {
    let Operation { deed, partner, account, referral, before, lines } = operation;
    open.text("operator").text(deed.as_str()).maybe(partner.as_ref().map(|partner| partner.as_str()));
    open.maybe(account.as_deref()).maybe(referral.map(|referral| referral.to_string()).as_deref());
    match before {
        Some(before) => open.number(before.0.into()),
        None => open.maybe(None),
    };
    open.number((*lines).into());
}

fn add_access(open: &mut Array, access: &PointerAccess) {
    let PointerAccess { interaction, status, code, subject: _, pointers, agent } = access;
    open.text("pointers").text(interaction.as_str()).number((*status).into()).text(code);
    open.text(&agent.system).text(&agent.organization).text(&agent.user).text(&agent.reason);
    let mut shown = Array::default();
    for AuditedPointer { id, custodian, record_type } in pointers {
        let mut pointer = Array::default();
        pointer.text(&id.to_string()).text(custodian.as_str()).text(record_type);
        shown.array(pointer);
    }
    open.array(shown);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON array that grows.
#[derive(Default)]
struct Array(String);

impl Array {
    fn item(&mut self) -> &mut String {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        &mut self.0
    }

    fn number(&mut self, number: i128) -> &mut Array {
        // writing to a String cannot fail
        let _ = write!(self.item(), "{number}");
        self
    }

    fn text(&mut self, text: &str) -> &mut Array {
        let item = self.item();
        item.push('"');
        for char in text.chars() {
            match char {
                '"' | '\\' => item.extend(['\\', char]),
                '\0'..' ' => drop(write!(item, "\\u{:04x}", u32::from(char))),
                _ => item.push(char),
            }
        }
        item.push('"');
        self
    }

    fn maybe(&mut self, text: Option<&str>) -> &mut Array {
        match text {
            Some(text) => self.text(text),
            None => {
                self.item().push_str("null");
                self
            }
        }
    }

    fn array(&mut self, array: Array) -> &mut Array {
        let inner = array.end();
        self.item().push_str(&inner);
        self
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "[]" } else { "]" });
        self.0
    }
}

#[cfg(test)]
mod tests;
