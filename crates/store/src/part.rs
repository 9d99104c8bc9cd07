//! Pages of the audit as a partner may see it, put together alike for both databases: some lines are looked at, and those that the
//! reader may see are given.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};

use crate::{Lines, Page, PageToken, StoreError, column::count};

/// How many lines are looked at for one page. A page may have none of them and still lead on.
pub(crate) const LOOKED_MAX: i64 = 5_000;

/// The page that these lines make, of which the reader has a part in those of `own`.
///
/// # Errors
///
/// `Corrupt` when a number is none that lines have.
pub(crate) fn parts(
    looked: Vec<(i64, AuditRecord)>,
    question: &PartQuestion,
    own: &BTreeSet<ReferralId>,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    let is_full = looked.len() as i64 >= LOOKED_MAX;
    let last = looked.last().map(|(number, _)| PageToken(*number)).filter(|_| is_full);
    let (mut lines, mut before) = (Lines::new(), page.after);
    for (number, record) in looked {
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
