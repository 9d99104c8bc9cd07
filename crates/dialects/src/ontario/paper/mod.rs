//! The papers of a referral: small ones inside the message, large ones by reference, and what they really are.
//! Source: seeds/000 "Update Referral" (over 100 kB by reference); Ocean "attachments" (10 MB each, 50 MB together, types).

mod address;
mod content;
mod label;
mod markup;
pub(crate) mod one_patient;
mod pass;
pub(crate) mod rules;

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use baton_fhir::{
    finding::{Finding, Rule, Severity, add},
    reference::{Index, Resolution},
    tree::{Kind, Node},
};

pub(crate) use self::address::addresses;
pub use self::pass::passed_as;
use crate::outcomes::printable;
use content::{Content, content};
use label::{Read, essence, holds};

/// How large papers may be, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaperLimits {
    /// Of one inside the message, decoded. More is refused.
    pub inline_bytes_max: u64,
    /// Of one, as it says itself. More is warned of.
    pub one_bytes_max: u64,
    /// Of all together. More is warned of.
    pub total_bytes_max: u64,
}

/// How large a paper may be that partners take, in bytes. Source: Ocean "attachments" (10 MB each).
pub const PAPER_BYTES_MAX: u64 = 10 * 1024 * 1024;

impl Default for PaperLimits {
    /// The guide says "100 kb" and Ocean says "10 MB" and "50 MB": the larger reading of each, with 1024.
    fn default() -> PaperLimits {
        let kilo = 1024;
        PaperLimits { inline_bytes_max: 100 * kilo, one_bytes_max: PAPER_BYTES_MAX, total_bytes_max: 50 * kilo * kilo }
    }
}

/// Padding may be missing: some senders leave it out, and nothing is lost with it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Adds what is wrong with the papers of a message: Binaries, and attachments of any resource.
pub(crate) fn check(index: &Index<'_>, limits: &PaperLimits, findings: &mut Vec<Finding>) {
    let mut total: u64 = 0;
    for entry in index.entries() {
        for paper in entry.resource.map(papers).unwrap_or_default() {
            total = total.saturating_add(check_paper(paper, limits, findings));
            check_link(index, entry.index, paper, findings);
        }
    }
    if total > limits.total_bytes_max {
        let diagnostics = format!("{total} bytes together; partners take {}", limits.total_bytes_max);
        findings.push(Finding::new(&rules::TOTAL_MAX, diagnostics).with(Severity::Warning));
    }
}

/// All objects of a resource that are papers: those with `data`, which have base64 in it, or with a `contentType`.
/// Measured values (SampledData) have `data`, too, and always say in how many `dimensions`.
fn papers(resource: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut open = vec![resource];
    while let Some(node) = open.pop() {
        let is_paper = || node.str("data").is_some() || node.str("contentType").is_some();
        if node.kind() == Kind::Object && is_paper() && node.get("dimensions").is_none() {
            found.push(node);
        }
        open.extend(node.children().filter(|child| matches!(child.kind(), Kind::Object | Kind::Array)));
    }
    found.sort_by_key(|node| node.id());
    found
}

/// Checks one paper and tells its size, as far as it is known.
fn check_paper(paper: Node<'_>, limits: &PaperLimits, findings: &mut Vec<Finding>) -> u64 {
    check_type(paper, findings);
    let declared = paper.get("size").and_then(Node::text).and_then(|size| size.parse().ok());
    let Some(data) = paper.get("data").filter(|data| data.as_str().is_some()) else {
        let size = declared.unwrap_or(0);
        if size > limits.one_bytes_max {
            let diagnostics = format!("size is {size} bytes; partners take {}", limits.one_bytes_max);
            let make = || Finding::at(&rules::SIZE_MAX, paper, diagnostics).with(Severity::Warning);
            add(findings, &rules::SIZE_MAX, make);
        }
        return size;
    };
    let text = data.as_str().unwrap_or_default();
    let size = decoded_size(text);
    if size > limits.inline_bytes_max {
        let diagnostics = format!(
            "{size} bytes inside the message; over {} bytes it has to be a reference (attachment.url)",
            limits.inline_bytes_max
        );
        add(findings, &rules::INLINE_MAX, || Finding::at(&rules::INLINE_MAX, data, diagnostics));
        return size;
    }
    match paper_bytes(text) {
        Some(bytes) => check_content(paper, &bytes, findings),
        None => {
            let make = || Finding::at(&rules::BASE64, data, "the value cannot be decoded");
            add(findings, &rules::BASE64, make);
        }
    }
    size
}

/// How large base64 is when it is decoded. Nothing is decoded for it.
fn decoded_size(text: &str) -> u64 {
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count() as u64;
    digits / 4 * 3 + (digits % 4).saturating_sub(1)
}

/// The bytes of a paper that is inside a resource. Nothing when it is no base64, which is refused when it comes.
///
/// ```
/// use baton_dialects::ontario::paper_bytes;
/// assert_eq!(paper_bytes("aGk").as_deref(), Some(&b"hi"[..]));
/// ```
#[must_use]
pub fn paper_bytes(data: &str) -> Option<Vec<u8>> {
    BASE64.decode(without_spaces(data).as_bytes()).ok()
}

/// FHIR allows spaces between the letters.
fn without_spaces(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Owned(text.split_ascii_whitespace().collect());
    }
    Cow::Borrowed(text)
}

/// The type that it says it is of has to be one that partners can read.
fn check_type(paper: Node<'_>, findings: &mut Vec<Finding>) {
    let diagnostics = match paper.str("contentType") {
        None => "contentType is missing".to_owned(),
        Some(declared) => match holds(&essence(declared)) {
            Some((Read::Known, _)) => return,
            Some((Read::Unsure, _)) | None => format!("contentType is {}", printable(declared)),
        },
    };
    add(findings, &rules::TYPE, || Finding::at(&rules::TYPE, paper, diagnostics).with(Severity::Warning));
}

/// What it is has to be what it says. What can harm is refused, all else only warned of.
fn check_content(paper: Node<'_>, bytes: &[u8], findings: &mut Vec<Finding>) {
    let found = content(bytes);
    let declared = paper.str("contentType").map(essence).unwrap_or_default();
    let expected = holds(&declared).map(|(_, holds)| holds);
    let fits = expected.is_some_and(|holds| holds.contains(&found));
    let (rule, severity): (&'static Rule, _) = if matches!(found, Content::Program | Content::Script) {
        (&rules::PROGRAM, Severity::Error)
    } else if matches!(found, Content::Html | Content::Svg) && !fits {
        (&rules::DISGUISED, Severity::Error)
    } else if expected.is_some() && !fits && !bytes.is_empty() {
        (&rules::MISMATCH, Severity::Warning)
    } else {
        return;
    };
    let diagnostics = format!("it says {} and looks like {found:?}", printable(&declared));
    add(findings, rule, || Finding::at(rule, paper, diagnostics).with(severity));
}

/// An attachment that leads to a Binary of the message has to say the same type.
fn check_link(index: &Index<'_>, from: usize, paper: Node<'_>, findings: &mut Vec<Finding>) {
    let (Some(url), Some(declared)) = (paper.str("url"), paper.str("contentType")) else {
        return;
    };
    let Resolution::Entry(target) = index.resolve(url, from) else {
        return;
    };
    let binary = index.entries()[target].resource.filter(|target| target.resource_type() == Some("Binary"));
    let Some(inside) = binary.and_then(|binary| binary.str("contentType")) else {
        return;
    };
    if essence(inside) != essence(declared) {
        let diagnostics = format!("it says {} and its Binary says {}", printable(declared), printable(inside));
        let make = || Finding::at(&rules::MISMATCH, paper, diagnostics).with(Severity::Warning);
        add(findings, &rules::MISMATCH, make);
    }
}

#[cfg(test)]
mod tests;
