//! Bytes to a tree: JSON or XML as the Content-Type says, and what compat makes of it where the body says otherwise.
//! Source: Netsmart "Process Message Operation", its curl line; FHIR R4, "JSON" and "XML Representation of Resources".

use baton_fhir::{
    definitions::Definitions,
    finding::Finding,
    format::Format,
    json,
    reading::{ReadLimits, Reading},
    tree::{Node, NodeId, Tree},
    xml,
};

use crate::{Mode, Posted, rules};

/// Reads a body. Nothing when it cannot be read; the reason is among the findings then.
pub(crate) fn read(
    mode: Mode,
    posted: &Posted,
    definitions: &Definitions,
    findings: &mut Vec<Finding>,
) -> Option<Tree> {
    let looks = looks_like(&posted.body);
    let format = match looks {
        _ if posted.as_form => {
            findings.push(Finding::new(&rules::BODY_FORM, "the Content-Type should be application/fhir+json"));
            looks.unwrap_or(Format::Json)
        }
        Some(looks) if looks != posted.format => {
            findings.push(Finding::new(&rules::BODY_FORMAT, disagreement(looks)));
            if mode == Mode::Strict {
                return None;
            }
            looks
        }
        _ => posted.format,
    };
    let mut tree = read_as(format, mode, &posted.body, definitions, findings)?;
    unwrap_parameters(mode, &mut tree, findings);
    Some(tree)
}

fn read_as(
    format: Format,
    mode: Mode,
    body: &[u8],
    definitions: &Definitions,
    findings: &mut Vec<Finding>,
) -> Option<Tree> {
    let reading = match mode {
        Mode::Compat => Reading::Repair,
        Mode::Strict => Reading::Strict,
    };
    let limits = ReadLimits::default();
    let read = match format {
        Format::Json => json::read(body, reading, &limits),
        Format::Xml => xml::read(body, definitions, reading, &limits),
    };
    match read {
        Ok(read) => {
            findings.extend(read.findings);
            Some(read.tree)
        }
        Err(finding) => {
            findings.push(*finding);
            None
        }
    }
}

/// The format that the first character of a body gives away.
fn looks_like(body: &[u8]) -> Option<Format> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match body.iter().find(|byte| !byte.is_ascii_whitespace())? {
        b'{' => Some(Format::Json),
        b'<' => Some(Format::Xml),
        _ => None,
    }
}

fn disagreement(looks: Format) -> &'static str {
    match looks {
        Format::Json => "the Content-Type says XML and the body is JSON",
        Format::Xml => "the Content-Type says JSON and the body is XML",
    }
}

/// Takes a Bundle out of the Parameters that generic FHIR libraries wrap around it. Strict refuses it as no Bundle.
fn unwrap_parameters(mode: Mode, tree: &mut Tree, findings: &mut Vec<Finding>) {
    if let (Mode::Compat, Some(content)) = (mode, content_of(tree.root())) {
        findings.push(Finding::at(&rules::PARAMETERS, tree.root(), "the Bundle was taken out of Parameters"));
        tree.set_root(content);
    }
}

/// The Bundle in the one parameter `content`.
fn content_of(parameters: Node<'_>) -> Option<NodeId> {
    if parameters.resource_type() != Some("Parameters") {
        return None;
    }
    let mut all = parameters.each("parameter");
    let only = all.next().filter(|only| only.str("name") == Some("content"))?;
    let content = only.get("resource").filter(|resource| resource.resource_type() == Some("Bundle"))?;
    all.next().is_none().then_some(content.id())
}
