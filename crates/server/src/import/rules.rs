//! What an import refuses besides what is wrong with a pointer itself, by stable ids.

use baton_dialects::nrl::Remark;
use baton_exchange::pointer::NotAdopted;
use baton_fhir::finding::{Rule, rules};

rules! {
    /// Lines have a limit.
    TOO_LONG = "import-too-long", TooLong, Malformed, "the line is longer than limits.body_bytes_max";
    /// A masterIdentifier is used once.
    MASTER_TAKEN = "import-master-taken", Duplicate, Unprocessable, "another pointer of this patient has, or had, the masterIdentifier";
    /// Removed pointers stay removed.
    REMOVED = "import-removed", Deleted, Unprocessable, "the pointer was here and its custodian removed it";
    /// One version has one content.
    DIFFERS = "import-differs", Conflict, Unprocessable, "the pointer is here with other content";
    /// Pointers that are here are changed by their custodians.
    NEWER = "import-newer", Conflict, Unprocessable, "the pointer is here in an older version";
}

/// A line that is too long to be looked at.
pub(super) fn too_long() -> Remark {
    remark(&TOO_LONG, "INVALID_REQUEST_MESSAGE", None)
}

/// A pointer that does not fit what is here.
pub(super) fn not_adopted(why: NotAdopted) -> Remark {
    let resource = "DocumentReference";
    match why {
        NotAdopted::MasterIdentifierTaken => {
            remark(&MASTER_TAKEN, "DUPLICATE_REJECTED", Some(&format!("{resource}.masterIdentifier")))
        }
        NotAdopted::Removed => remark(&REMOVED, "DUPLICATE_REJECTED", Some(resource)),
        NotAdopted::Differs => remark(&DIFFERS, "DUPLICATE_REJECTED", Some(resource)),
        NotAdopted::Newer => remark(&NEWER, "DUPLICATE_REJECTED", Some(resource)),
    }
}

fn remark(rule: &'static Rule, code: &str, place: Option<&str>) -> Remark {
    Remark { rule, code: code.to_owned(), expression: place.map(str::to_owned), column: None, because: None }
}
