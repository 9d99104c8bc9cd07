//! Netsmart Referral Manager: referrals by two FHIR R4 messages.
//! Source: Netsmart "Submit Service Request Message", "Update Service Request Message", "Process Message Operation", "Common
//! Errors"; what they leave open is decided in spec/messaging.md.

mod tables;

pub(crate) use tables::outcomes;

use baton_exchange::{id::PartnerId, message::Known};
use baton_fhir::tree::Tree;

use crate::{Accepted, Arrived, Context, Mount, Posted, Refused};

pub(crate) fn arrive(_mount: &Mount, _sender: &PartnerId, posted: Posted) -> Arrived {
    Arrived { body: posted.body, tree: None, findings: Vec::new(), message: None }
}

pub(crate) fn settle(_mount: &Mount, _arrived: &Arrived, _known: &Known, _cx: &Context<'_>) -> Result<Accepted, Refused> {
    Err(Refused { status: 500, findings: Vec::new() })
}

pub(crate) fn capability_statement(_mount: &Mount, _software_version: &str) -> Tree {
    Tree::resource("CapabilityStatement")
}

pub(crate) fn conformance_resources(_mount: &Mount) -> Vec<Tree> {
    Vec::new()
}
