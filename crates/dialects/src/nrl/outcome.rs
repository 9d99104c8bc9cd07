//! Answers that are OperationOutcomes: what was done, or what is wrong, as a wording says it.
//! Source: NRL "Operation Outcome" (Spine-OperationOutcome-1), "Error Handling".

use baton_exchange::{audit::Interaction, id::MessageId};
use baton_fhir::{
    finding::{Finding, Severity},
    outcome::{RULE_SYSTEM, add_issue},
    tree::{NodeId, Position, Tree},
};

use super::{
    fault::Fault,
    rules::rule,
    texts::{Row, texts},
    wording::Wording,
};

const CODES: &str = "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1";
const PROFILE: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Spine-OperationOutcome-1";

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub fault: Fault,
    /// FHIRPath to the place, or the name of a header or parameter.
    pub expression: Option<String>,
    /// Line and column, where there is a body.
    pub position: Option<Position>,
    /// What the base rules of FHIR found, where they did.
    pub finding: Option<Finding>,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong { fault, expression: None, position: None, finding: None }
    }
}

impl Wrong {
    /// What is wrong at a place.
    #[must_use]
    pub fn at(fault: Fault, expression: impl Into<String>) -> Wrong {
        Wrong { expression: Some(expression.into()), ..fault.into() }
    }
}

/// Why a request is refused: all that is wrong, what the guide looks at first in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<Wrong>);

impl<W: Into<Wrong>> From<W> for Refused {
    fn from(wrong: W) -> Refused {
        Refused(vec![wrong.into()])
    }
}

/// What was done to a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was made.
    Created,
    /// It was marked as entered in error.
    Updated,
    /// It was removed.
    Removed,
}

/// For whom an answer is worded.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// Whose texts are used.
    pub wording: Wording,
    /// What was asked.
    pub interaction: Interaction,
    /// The id under which the audit knows the request.
    pub message: MessageId,
}

/// An answer that is an OperationOutcome.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The code of its first issue.
    pub code: String,
    /// The outcome itself.
    pub outcome: Tree,
}

impl Voice {
    /// Says why a request is refused.
    #[must_use]
    pub fn refuse(&self, refused: &Refused) -> Answer {
        let rows: Vec<(Row, &Wrong)> =
            refused.0.iter().map(|wrong| (texts().of(&wrong.fault).in_wording(self.wording), wrong)).collect();
        let Some((first, _)) = rows.first() else { return self.refuse(&Fault::Failure.into()) };
        let (mut tree, issues) = self.outcome(first);
        for (row, wrong) in &rows {
            let diagnostics = self.fill(&row.diagnostics, |gap| wrong.fault.field(gap));
            let display = self.fill(&row.display, |gap| wrong.fault.field(gap));
            let issue = Issue { row, display: &display, diagnostics: &diagnostics };
            add(&mut tree, issues, &issue, self.message, wrong);
        }
        add_reading(&mut tree, issues, refused);
        Answer { status: first.status, code: first.code.clone(), outcome: tree }
    }

    /// Says what was done to the pointer at an address, and warns of what was repaired on the way.
    #[must_use]
    pub fn done(&self, done: Done, address: &Address, warnings: &[Finding]) -> Answer {
        let row = match done {
            Done::Created => &texts().created,
            Done::Updated => &texts().updated,
            Done::Removed => &texts().removed,
        };
        let row = row.in_wording(self.wording);
        let (mut tree, issues) = self.outcome(&row);
        let diagnostics = self.fill(&row.diagnostics, |gap| match gap {
            "url" => Some(&address.plain),
            "search_url" => Some(&address.search),
            _ => None,
        });
        let issue = Issue { row: &row, display: &row.display, diagnostics: &diagnostics };
        add(&mut tree, issues, &issue, self.message, &Fault::Failure.into());
        for warning in warnings {
            add_issue(&mut tree, issues, warning);
        }
        Answer { status: row.status, code: row.code, outcome: tree }
    }

    /// Says why a request is refused as findings, for those who read no outcomes. Each has the guide's code as its rule
    /// where FHIR's own rules found nothing.
    #[must_use]
    pub fn findings(&self, refused: &Refused) -> Vec<Finding> {
        let finding = |wrong: &Wrong| {
            let row = texts().of(&wrong.fault).in_wording(self.wording);
            let said = self.fill(&row.diagnostics, |gap| wrong.fault.field(gap));
            match &wrong.finding {
                Some(finding) => finding.clone(),
                None => Finding {
                    expression: wrong.expression.clone(),
                    position: wrong.position,
                    ..Finding::new(rule(&wrong.fault), said)
                },
            }
        };
        refused.0.iter().map(finding).collect()
    }

    fn outcome(&self, first: &Row) -> (Tree, NodeId) {
        let mut tree = Tree::resource("OperationOutcome");
        let root = tree.root_id();
        // the Spine's outcomes are called by a UUID and twenty digits more
        tree.add_str(root, "id", &format!("{}-{}", self.message, "0".repeat(20)));
        let meta = tree.add_object(root, "meta");
        let profiles = tree.add_array(meta, "profile");
        tree.add_str(profiles, "", first.profile.as_deref().unwrap_or(PROFILE));
        let issues = tree.add_array(root, "issue");
        (tree, issues)
    }

    /// Fills the gaps of a text.
    fn fill<'f>(&self, text: &str, field: impl Fn(&str) -> Option<&'f str>) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, gap, after)) = next_gap(rest) {
            filled.push_str(before);
            match gap {
                "message" => filled.push_str(&self.message.to_string()),
                "malformed" => filled.push_str(texts().malformed(self.interaction)),
                _ => filled.push_str(field(gap).unwrap_or_default()),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// Addresses of one pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The one that it is read at.
    pub plain: String,
    /// The search that finds it.
    pub search: String,
}

/// The text before the next gap, the gap's name, and the text after it.
fn next_gap(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (gap, after) = rest.split_once('}')?;
    Some((before, gap, after))
}

struct Issue<'a> {
    row: &'a Row,
    display: &'a str,
    diagnostics: &'a str,
}

fn add(tree: &mut Tree, issues: NodeId, said: &Issue<'_>, message: MessageId, wrong: &Wrong) {
    let issue = tree.add_object(issues, "");
    tree.add_str(issue, "severity", &said.row.severity);
    tree.add_str(issue, "code", &said.row.issue);
    let details = tree.add_object(issue, "details");
    let codings = tree.add_array(details, "coding");
    let coding = tree.add_object(codings, "");
    tree.add_str(coding, "system", said.row.system.as_deref().unwrap_or(CODES));
    tree.add_str(coding, "code", &said.row.code);
    tree.add_str(coding, "display", said.display);
    if let Some(finding) = &wrong.finding {
        let coding = tree.add_object(codings, "");
        tree.add_str(coding, "system", RULE_SYSTEM);
        tree.add_str(coding, "code", finding.rule.id);
    }
    tree.add_str(details, "text", &message.to_string());
    tree.add_str(issue, "diagnostics", said.diagnostics);
    if let Some(expression) = &wrong.expression {
        let expressions = tree.add_array(issue, "expression");
        tree.add_str(expressions, "", expression);
    }
}

/// The guide has one text for whatever cannot be read, and one for some elements; behind it stands what exactly, and where.
fn add_reading(tree: &mut Tree, issues: NodeId, refused: &Refused) {
    let findings = refused.0.iter().filter_map(|wrong| match wrong.fault {
        // one says it itself, and to the other FHIR's rules would add states that a new pointer must not have
        Fault::ElementBecause { .. } | Fault::StatusNotNew => None,
        _ => wrong.finding.as_ref(),
    });
    for finding in findings {
        add_issue(tree, issues, &finding.clone().with(Severity::Error));
    }
}
