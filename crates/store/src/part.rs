//! Pages of the audit as a partner may see it, put together alike for both databases: some lines are looked at, and those that the
//! reader may see are given.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};

use crate::{Lines, Page, PageToken, StoreError, column::count};

/// How many lines, and referrals that they tell of, are looked at for one page, beyond the last one's. A page may have none of them
/// and still lead on.
pub(crate) const LOOKED_MAX: i64 = 5_000;

/// Lines that are looked at, in the order of their numbers.
#[derive(Default)]
pub(crate) struct Looking {
    lines: Vec<(i64, AuditRecord)>,
    weight: i64,
}

impl Looking {
    /// Looks at one line more.
    pub(crate) fn put(&mut self, number: i64, record: AuditRecord) {
        self.weight += 1 + record.what.referrals().len() as i64;
        self.lines.push((number, record));
    }

    /// Whether these are as many as are looked at.
    pub(crate) fn is_full(&self) -> bool {
        self.weight >= LOOKED_MAX
    }

    /// What is looked at.
    pub(crate) fn records(&self) -> impl Iterator<Item = &AuditRecord> {
        self.lines.iter().map(|(_, record)| record)
    }
}

/// The page that these lines make, of which the reader has a part in those of `own`.
///
/// # Errors
///
/// `Corrupt` when a number is none that lines have.
pub(crate) fn parts(
    looked: Looking,
    question: &PartQuestion,
    own: &BTreeSet<ReferralId>,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    let last = looked.lines.last().map(|(number, _)| PageToken(*number)).filter(|_| looked.is_full());
    let (mut lines, mut before) = (Lines::new(), page.after);
    for (number, record) in looked.lines {
        let Some(part) = question.part(record, own) else {
            before = Some(PageToken(number));
            continue;
        };
        if lines.len() == page.size as usize {
            return Ok((lines, before));
        }
        lines.push((count(number)?, part));
        before = Some(PageToken(number));
    }
    Ok((lines, last))
}
