//! The audit as those read it who may ask who looked at pointers.

use baton_exchange::audit::{AuditRecord, TrailQuestion};

use super::State;
use crate::{Lines, Page, PageToken};

impl State {
    pub(super) fn trail(&self, question: &TrailQuestion, page: Page) -> (Lines, Option<PageToken>) {
        let after = page.after.map_or(0, |token| token.0);
        let lines = (1..).zip(&self.audit).filter(|(number, record)| *number > after && question.fits(record));
        let mut lines: Vec<(i64, AuditRecord)> = lines.map(|(number, record)| (number, record.clone())).collect();
        let more = lines.len() > page.size as usize;
        lines.truncate(page.size as usize);
        let next = lines.last().filter(|_| more).map(|(number, _)| PageToken(*number));
        (lines.into_iter().map(|(number, record)| (number.unsigned_abs(), record)).collect(), next)
    }
}
