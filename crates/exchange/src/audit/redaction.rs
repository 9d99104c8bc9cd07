//! What is personal goes from lines of the audit, and the lines can still be proven. Source: spec of security, 7.2.

use super::{AuditRecord, Audited, Deed, Entry, Flaw, Leaf, Personal, tree::Hash};
use crate::{id::ReferralId, time::Timestamp};

/// Which lines lose what is personal in them: the patient's key, the request id that their caller
/// chose, and the sealed query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// Those that tell of a referral.
    Of(ReferralId),
    /// Those from before a moment.
    Before(Timestamp),
}

/// A line that loses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// Its number.
    pub number: u64,
    /// The salted hash that takes its place.
    pub withheld: Hash,
}

impl Redaction {
    /// What takes the place of what is personal in a line; nothing when it is not meant, or there is nothing in it.
    ///
    /// # Errors
    /// [`Flaw::LineChanged`] when the line is not the one in the tree: to drop something of it would hide that for ever.
    pub fn of(self, number: u64, record: &AuditRecord, leaf: &Leaf) -> Result<Option<Redacted>, Flaw> {
        if !self.means(record) || !record.has_personal() {
            return Ok(None);
        }
        let entry = Entry::of(number, record);
        match leaf.personal {
            Personal::Kept(salt) if entry.leaf(salt) == leaf.hash => {
                Ok(Some(Redacted { number, withheld: entry.withheld(salt) }))
            }
            Personal::Kept(_) | Personal::Dropped(_) => Err(Flaw::LineChanged { number }),
        }
    }

    /// Whether a line is meant.
    #[must_use]
    pub fn means(self, record: &AuditRecord) -> bool {
        match self {
            Redaction::Before(moment) => record.at < moment,
            Redaction::Of(referral) => record.what.referrals().contains(&referral),
        }
    }
}

impl AuditRecord {
    /// Whether there is something in it that may be personal.
    #[must_use]
    pub fn has_personal(&self) -> bool {
        let subject = match &self.what {
            Audited::Pointers(access) => access.subject,
            Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => None,
        };
        let sealed = self.query.as_ref().and_then(|query| query.sealed.as_ref());
        subject.is_some() || sealed.is_some() || !self.request_id.is_empty()
    }

    /// From how many lines an operator dropped what is personal, as this one says.
    #[must_use]
    pub fn redacts(&self) -> u64 {
        match &self.what {
            Audited::Operator(operation) if operation.deed == Deed::Redacted => operation.lines,
            Audited::Operator(_) | Audited::Referral { .. } | Audited::Visit(_) | Audited::Pointers(_) => 0,
        }
    }

    /// Drops it.
    pub fn drop_personal(&mut self) {
        self.request_id.clear();
        if let Some(query) = &mut self.query {
            query.sealed = None;
        }
        if let Audited::Pointers(access) = &mut self.what {
            access.subject = None;
        }
    }
}
