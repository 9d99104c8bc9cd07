//! A request to a record locator, as the audit keeps it.
//! Source: NRL "Auditing": which user, on which system, of which organisation, for which reason, asked what, and what came back.

use crate::pointer::{Ods, Pointer, PointerId, SubjectKey};

/// What was asked of a record locator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interaction {
    /// To make a pointer, or to make one that supersedes another.
    Create,
    /// To mark a pointer as entered in error.
    Update,
    /// To remove a pointer.
    Delete,
    /// To show one pointer.
    Read,
    /// To find a patient's pointers.
    Search,
    /// To fetch a record through the gate.
    Retrieve,
    /// To read the audit itself.
    Audit,
    /// To take all pointers out, as an operator does.
    Export,
    /// Something that there is not.
    Other,
}

impl Interaction {
    /// All of them.
    pub const ALL: [Interaction; 9] = [
        Interaction::Create,
        Interaction::Update,
        Interaction::Delete,
        Interaction::Read,
        Interaction::Search,
        Interaction::Retrieve,
        Interaction::Audit,
        Interaction::Export,
        Interaction::Other,
    ];

    /// The word in columns and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Interaction::Create => "create",
            Interaction::Update => "update",
            Interaction::Delete => "delete",
            Interaction::Read => "read",
            Interaction::Search => "search",
            Interaction::Retrieve => "retrieve",
            Interaction::Audit => "audit",
            Interaction::Export => "export",
            Interaction::Other => "other",
        }
    }
}

/// A request to a record locator, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerAccess {
    /// What was asked.
    pub interaction: Interaction,
    /// HTTP status of the answer.
    pub status: u16,
    /// The guide's code of the answer's first issue; empty for an answer that is no outcome.
    pub code: String,
    /// About whom, as far as the request or the pointer told.
    pub subject: Option<SubjectKey>,
    /// The pointers that were shown or changed.
    pub pointers: Vec<AuditedPointer>,
    /// Who says to have asked.
    pub agent: Agent,
}

/// A pointer that was shown or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedPointer {
    /// Its id.
    pub id: PointerId,
    /// Who answers for it.
    pub custodian: Ods,
    /// The code of the record's type.
    pub record_type: String,
}

impl From<&Pointer> for AuditedPointer {
    fn from(pointer: &Pointer) -> AuditedPointer {
        AuditedPointer {
            id: pointer.id,
            custodian: pointer.custodian.clone(),
            record_type: pointer.record_type.clone(),
        }
    }
}

/// Who asked, by the caller's audit token: empty where it does not say.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// The number of the system.
    pub system: String,
    /// The code of the organisation.
    pub organization: String,
    /// The user, as the organisation knows them.
    pub user: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for Agent {
    /// Prints no user: that is a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Agent({}, {}, …)", self.system, self.organization)
    }
}
