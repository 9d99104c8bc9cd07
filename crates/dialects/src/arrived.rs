//! A message as it arrived: read, checked, and known by its identity.

use baton_exchange::{
    id::{Home, PartnerId},
    message::{CaseNames, Identity, MessageQuestion},
    time::Timestamp,
};
use baton_fhir::{
    finding::{Fault, Finding},
    format::Format,
    tree::Tree,
};

use crate::{Dialect, Mount, Refused, Way, netsmart, ontario};

/// What was posted to `$process-message`.
#[derive(Clone)]
pub struct Posted {
    /// The body, inflated, as it came.
    pub body: Vec<u8>,
    /// What its Content-Type says; any value when that was a form's.
    pub format: Format,
    /// Whether it came under the Content-Type of a form, which compat lets pass.
    pub as_form: bool,
    /// By which way it came.
    pub way: Way,
    /// ontario: the header `additional_referral_info`, HTML for people, as it came.
    pub referral_info: Option<String>,
}

/// A message as it arrived. It holds personal data and has no `Debug`.
pub struct Arrived {
    pub(crate) body: Vec<u8>,
    /// By which way it came.
    pub(crate) way: Way,
    /// ontario: HTML for people that came with it.
    pub(crate) referral_info: Option<String>,
    /// Nothing when the body could not be read at all.
    pub(crate) tree: Option<Tree>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) message: Option<Message>,
}

/// By what a message is known, and what it names.
pub(crate) struct Message {
    pub(crate) home: Home,
    pub(crate) identity: Identity,
    /// What an answer quotes.
    pub(crate) quoted: String,
    /// The source's ServiceRequest id.
    pub(crate) request_id: Option<String>,
    /// By what it names its referral, where several parties work on it.
    pub(crate) names: Option<CaseNames>,
}

/// Reads and checks what was posted: everything that can be said without knowing anything else. It never fails, what is
/// wrong is among the findings.
#[must_use]
pub fn arrive(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    match mount.dialect {
        Dialect::Netsmart => netsmart::arrive(mount, sender, posted),
        Dialect::Ontario => ontario::arrive(mount, sender, posted),
    }
}

impl Arrived {
    /// What was posted, before anything is made of it.
    pub(crate) fn of(posted: Posted, findings: Vec<Finding>) -> Arrived {
        let Posted { body, way, referral_info, .. } = posted;
        Arrived { body, way, referral_info, tree: None, findings, message: None }
    }

    /// What was found, warnings included, in document order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The refusal that the findings amount to: 400 when one of them makes the message malformed, 422 when it can be read
    /// and is refused all the same. Nothing when all are warnings.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        let refusing = self.findings.iter().filter(|finding| finding.severity.refuses());
        let status = match refusing.map(|finding| finding.rule.fault).min()? {
            Fault::Malformed => 400,
            Fault::Unprocessable => 422,
        };
        Some(Refused { status, findings: self.findings.clone() })
    }

    /// What to ask the store before [`crate::settle`]. Nothing when the message cannot be known again; then it is refused.
    #[must_use]
    pub fn question(&self, now: Timestamp) -> Option<MessageQuestion> {
        let message = self.message.as_ref()?;
        Some(MessageQuestion {
            home: message.home,
            envelope: message.identity.envelope,
            message: message.identity.message,
            request_id: message.request_id.clone(),
            names: message.names.clone(),
            now,
        })
    }
}
