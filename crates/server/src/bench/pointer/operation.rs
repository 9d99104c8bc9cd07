//! What is asked of a locator.

/// What is asked of a locator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A new pointer.
    Create,
    /// A pointer, named by subject and identifier, becomes entered in error.
    Patch,
    /// One pointer by its id.
    Read,
    /// All pointers of a patient.
    Search,
}

impl Operation {
    /// In the order in which people think of them.
    pub const ALL: [Operation; 4] = [Operation::Create, Operation::Patch, Operation::Read, Operation::Search];

    /// In the order in which they are measured: first what changes no pointer, so that it finds the registry as it was filled;
    /// what is patched was created before.
    pub const MEASURED: [Operation; 4] = [Operation::Search, Operation::Read, Operation::Create, Operation::Patch];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Patch => "patch",
            Operation::Read => "read",
            Operation::Search => "search",
        }
    }
}
