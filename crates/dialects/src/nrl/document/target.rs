//! The pointer that a new one is to supersede, as the new one names it.
//! Source: NRL "API Create (Supersede)".

use baton_exchange::pointer::{PointerId, PointerName, SubjectKey};
use baton_fhir::tree::Node;

use super::{Identifier, profile::Wrongs};
use crate::nrl::{Locator, fault::Fault};

/// By what the other pointer is named: the reference is followed where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::nrl) struct TargetName {
    /// `Some(None)` for a reference that leads to no pointer of this locator.
    pub(in crate::nrl) reference: Option<Option<PointerId>>,
    pub(in crate::nrl) identifier: Option<Identifier>,
}

impl TargetName {
    /// What to ask the store for; nothing when there can be no such pointer.
    pub(in crate::nrl) fn pointer(&self, locator: &Locator, subject: SubjectKey) -> Option<PointerName> {
        match (&self.reference, &self.identifier) {
            (Some(id), _) => id.map(|id| PointerName::id(&locator.exchange, id)),
            (None, Some(identifier)) => Some(PointerName::master(&locator.exchange, subject, identifier.key())),
            (None, None) => None,
        }
    }
}

/// Reads `relatesTo`: at most one, and it replaces.
pub(super) fn target(locator: &Locator, document: Node<'_>, wrongs: &mut Wrongs) -> Option<TargetName> {
    let mut all = document.each("relatesTo");
    let relation = all.next()?;
    if let Some(second) = all.next() {
        wrongs.because(second, "a pointer can take the place of one other pointer only");
        return None;
    }
    if let Some(code) = relation.get("code").filter(|code| code.as_str() != Some("replaces")) {
        wrongs.because(code, "the only relation of pointers is replaces");
        return None;
    }
    // a missing code or target is reported by FHIR's own rules
    let target = relation.get("target")?;
    let name = TargetName { reference: reference(locator, target, wrongs)?, identifier: identifier(target, wrongs)? };
    if name.reference.is_none() && name.identifier.is_none() {
        let fault = Fault::Element { element: "relatesTo.target".to_owned() };
        wrongs.at(target, fault);
        return None;
    }
    Some(name)
}

fn reference(locator: &Locator, target: Node<'_>, wrongs: &mut Wrongs) -> Option<Option<Option<PointerId>>> {
    let Some(reference) = target.get("reference") else { return Some(None) };
    let text = reference.as_str().unwrap_or_default();
    if !text.contains("://") {
        let fault = Fault::Element { element: "relatesTo.target.reference".to_owned() };
        wrongs.at(reference, fault);
        return None;
    }
    Some(Some(own_id(locator, text)))
}

/// The id in an absolute address of this locator, in whichever of its two forms.
fn own_id(locator: &Locator, address: &str) -> Option<PointerId> {
    let path = address.strip_prefix(locator.base.as_str())?;
    let path = path.strip_prefix("/STU3").unwrap_or(path);
    PointerId::parse(path.strip_prefix("/DocumentReference/")?)
}

fn identifier(target: Node<'_>, wrongs: &mut Wrongs) -> Option<Option<Identifier>> {
    let Some(identifier) = target.get("identifier") else { return Some(None) };
    let member = |name: &str| identifier.str(name).filter(|text| !text.trim().is_empty());
    let missing = match (member("system"), member("value")) {
        (Some(system), Some(value)) => {
            return Some(Some(Identifier { system: system.to_owned(), value: value.to_owned() }));
        }
        (None, _) => "system",
        (_, None) => "value",
    };
    let fault = Fault::Element { element: format!("relatesTo.target.identifier.{missing}") };
    wrongs.member(identifier, missing, fault);
    None
}
