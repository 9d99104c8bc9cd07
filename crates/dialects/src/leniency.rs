//! Findings that weigh less in a guide than their rules say: what partners are known to send is let pass, with a warning.

use baton_fhir::finding::{Finding, Severity};
use serde::Deserialize;

use crate::Mode;

/// Which findings weigh less.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leniency {
    #[serde(default)]
    compat: Vec<Lower>,
    #[serde(default)]
    both: Vec<Lower>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lower {
    rule: String,
    at: Option<String>,
    of: Option<String>,
    to: Weight,
}

/// What a finding is lowered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weight {
    /// It stays as it is, whatever a later row says.
    Error,
    Warning,
    Nothing,
}

impl Leniency {
    /// The rules of which findings are lowered.
    #[cfg(test)]
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.compat.iter().chain(&self.both).map(|lower| lower.rule.as_str())
    }

    /// Lowers what is lowered in this mode. `type_at` tells the type of the resource in an entry.
    pub fn apply<'t>(&self, mode: Mode, findings: &mut Vec<Finding>, type_at: impl Fn(usize) -> Option<&'t str>) {
        let of_mode = match mode {
            Mode::Compat => self.compat.as_slice(),
            Mode::Strict => &[],
        };
        findings.retain_mut(|finding| {
            let lower = self.both.iter().chain(of_mode).find(|lower| lower.fits(finding, &type_at));
            if lower.is_some_and(|lower| lower.to == Weight::Warning) {
                finding.severity = finding.severity.max(Severity::Warning);
            }
            lower.is_none_or(|lower| lower.to != Weight::Nothing)
        });
    }
}

impl Lower {
    fn fits<'t>(&self, finding: &Finding, type_at: impl Fn(usize) -> Option<&'t str>) -> bool {
        if finding.rule.id != self.rule {
            return false;
        }
        let place = finding.expression.as_deref().unwrap_or_default();
        let at_fits = self.at.as_deref().is_none_or(|at| match at.strip_prefix('*') {
            Some(end) => place.ends_with(end),
            None => place == at,
        });
        let of_fits = || self.of.as_deref().is_none_or(|of| entry_of(place).and_then(&type_at) == Some(of));
        at_fits && of_fits()
    }
}

/// The index of the entry that an expression leads into.
pub(crate) fn entry_of(expression: &str) -> Option<usize> {
    expression.strip_prefix("Bundle.entry[")?.split_once(']')?.0.parse().ok()
}
