//! Editions of the guide that disagree: whose texts are used, and the few rules that differ.
//! Source: docs/dialects/nrl.md, "Where the sources differ".

/// Whose texts and rules a locator follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wording {
    /// The page "API Update Interaction" first, then specification 2.8.0, then the reference server.
    #[default]
    First,
    /// Specification 2.8.0, also where that page says otherwise.
    Newest,
    /// The other pages of the first page's own time.
    Phase2,
    /// The NHS test workbench.
    Workbench,
    /// The NHS reference server.
    Reference,
}

impl Wording {
    /// All of them.
    pub const ALL: [Wording; 5] =
        [Wording::First, Wording::Newest, Wording::Phase2, Wording::Workbench, Wording::Reference];

    /// The wording that the configuration calls so; the first one has no name.
    #[must_use]
    pub fn named(name: &str) -> Option<Wording> {
        Wording::ALL.into_iter().find(|wording| wording.name() == Some(name))
    }

    /// Its name in the configuration and in the table of texts.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Wording::First => None,
            Wording::Newest => Some("2.8"),
            Wording::Phase2 => Some("phase2"),
            Wording::Workbench => Some("tkw"),
            Wording::Reference => Some("ri"),
        }
    }

    /// Whether an update's answer has a `Location`.
    pub(crate) fn locates_updates(self) -> bool {
        match self {
            Wording::First | Wording::Phase2 => true,
            Wording::Newest | Wording::Workbench | Wording::Reference => false,
        }
    }

    /// Whether the `Location` of a new pointer is a search by id.
    pub(crate) fn locates_by_search(self) -> bool {
        self == Wording::Phase2
    }

    /// Whether an Accept header that nothing fits is let pass.
    pub(crate) fn overlooks_accept(self) -> bool {
        matches!(self, Wording::Phase2 | Wording::Reference)
    }

    /// Whether a token may come without its scheme.
    pub(crate) fn takes_bare_tokens(self) -> bool {
        self != Wording::Workbench
    }

    /// Whether providers may search, too.
    pub(crate) fn lets_providers_search(self) -> bool {
        self == Wording::Phase2
    }

    /// Whether the profile of the reference server's data is taken, too.
    pub(crate) fn takes_preferred_profile(self) -> bool {
        self != Wording::Newest
    }

    /// Whether class, context and format may be left out, and a record's way of retrieval stands for its stability.
    pub(crate) fn is_before_class(self) -> bool {
        self == Wording::Phase2
    }

    /// Whether the displays of codes are compared.
    pub(crate) fn compares_displays(self) -> bool {
        self != Wording::Reference
    }

    /// Whether a class has to fit its type.
    pub(crate) fn compares_class(self) -> bool {
        !matches!(self, Wording::Newest | Wording::Reference)
    }

    /// Whether an address of the secure proxy, or one with the patient's number, is refused.
    pub(crate) fn checks_addresses(self) -> bool {
        self != Wording::Phase2
    }

    /// Whether an attachment may not be made in the future.
    pub(crate) fn checks_creation(self) -> bool {
        self == Wording::Workbench
    }

    /// Whether the system of the token has to be the one that sends.
    pub(crate) fn compares_sender(self) -> bool {
        !matches!(self, Wording::Newest | Wording::Reference)
    }

    /// Whether a citizen's token is for that citizen's pointers only.
    pub(crate) fn compares_patient(self) -> bool {
        self != Wording::Newest
    }

    /// Whether a token that names no user of any kind is let pass.
    pub(crate) fn lets_users_be_absent(self) -> bool {
        self == Wording::Reference
    }

    /// Whether a token that may write records may fetch them, too.
    pub(crate) fn fetches_by_writing(self) -> bool {
        self == Wording::Newest
    }

    /// Whether a format may be asked for beside `_id`.
    pub(crate) fn takes_format_beside_id(self) -> bool {
        self != Wording::Reference
    }

    /// Whether an update's answer has the pointer's version and time in headers of their own.
    #[must_use]
    pub fn versions_updates(self) -> bool {
        self == Wording::Workbench
    }
}
