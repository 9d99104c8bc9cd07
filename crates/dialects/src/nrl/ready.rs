//! One pointer's business: a request whose body is read, and the names of what the store has to be asked for.
//! Source: NRL "API Create", "API Create (Supersede)", "API Update Interaction".

use baton_exchange::{
    pointer::{PointerName, SubjectKey},
    time::Timestamp,
};
use baton_fhir::{finding::Finding, format::Format};

use super::{
    Locator,
    document::{self, For, Identifier},
    fault::Fault,
    name::Named,
    outcome::Refused,
    patch,
};

pub use document::New;

/// A body and what its Content-Type says.
#[derive(Clone, Copy)]
pub struct Body<'b> {
    /// The bytes, inflated.
    pub bytes: &'b [u8],
    /// JSON or XML.
    pub format: Format,
}

/// One pointer's business, ready to be asked about and decided.
pub enum Ready {
    /// To make it.
    Create(Box<New>),
    /// To mark it as entered in error, by a patch in which this was repaired.
    Update(Named, Vec<Finding>),
    /// To remove it.
    Delete(Named),
    /// To show it.
    Read(Named),
    /// To show it in a list.
    SearchById(Named),
}

/// Reads the body of a new pointer.
///
/// # Errors
/// All that is wrong with it.
pub fn prepare(locator: &Locator, body: Body<'_>, now: Timestamp) -> Result<Ready, Refused> {
    let read = document::read(locator, body.bytes, body.format)?;
    document::check(locator, read, For::Creation, now).map(|new| Ready::Create(Box::new(new)))
}

impl Ready {
    /// Reads the body of an update.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn update(locator: &Locator, named: Named, body: Body<'_>) -> Result<Ready, Refused> {
        let read = document::read(locator, body.bytes, body.format)?;
        patch::recognise(read.tree.root())?;
        let warnings = document::operation(locator, read)?;
        match &named {
            Named::Id { id: None, text } => Err(Fault::IdForm { id: super::reference::shown(text) }.into()),
            Named::Id { id: Some(_), .. } | Named::Master { .. } => Ok(Ready::Update(named, warnings)),
        }
    }

    /// What to ask the store for before [`settle`](super::settle()): as many pointers, and in this order, as it is given then.
    #[must_use]
    pub fn names(&self, locator: &Locator) -> Vec<Option<PointerName>> {
        match self {
            Ready::Create(new) => {
                let subject = new.subject.key();
                let master = new.master.as_ref().map(Identifier::key);
                let taken = master.map(|master| PointerName::master(&locator.exchange, subject, master));
                let target = new.target.as_ref().and_then(|target| target.pointer(locator, subject));
                vec![taken, target]
            }
            Ready::Update(named, _) | Ready::Delete(named) | Ready::Read(named) | Ready::SearchById(named) => {
                vec![named.pointer(&locator.exchange)]
            }
        }
    }

    /// The patient, as far as the request itself tells.
    #[must_use]
    pub fn subject(&self) -> Option<SubjectKey> {
        match self {
            Ready::Create(new) => Some(new.subject.key()),
            Ready::Update(named, _) | Ready::Delete(named) | Ready::Read(named) | Ready::SearchById(named) => {
                named.subject()
            }
        }
    }

    /// What was repaired in the body.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        match self {
            Ready::Create(new) => &new.warnings,
            Ready::Update(_, warnings) => warnings,
            Ready::Delete(_) | Ready::Read(_) | Ready::SearchById(_) => &[],
        }
    }
}
