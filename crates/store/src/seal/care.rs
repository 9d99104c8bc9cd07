//! How carefully a store clears. Only tests leave anything out, to see that their scanner would notice.

/// What is done when personal data are cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// All that can be.
    Full,
    /// Bodies are kept as they are elsewhere.
    #[cfg(test)]
    NoSeals,
    /// Keys stay where they are.
    #[cfg(test)]
    NoDestroying,
    /// No seals, rows are deleted without writing over them, and the log is left as it is.
    #[cfg(test)]
    NoSealsNoOverwriting,
}

impl Care {
    pub(crate) fn seals(self) -> bool {
        match self {
            Care::Full => true,
            #[cfg(test)]
            Care::NoDestroying => true,
            #[cfg(test)]
            Care::NoSeals | Care::NoSealsNoOverwriting => false,
        }
    }

    pub(crate) fn destroys_keys(self) -> bool {
        match self {
            Care::Full => true,
            #[cfg(test)]
            Care::NoDestroying => false,
            #[cfg(test)]
            Care::NoSeals | Care::NoSealsNoOverwriting => true,
        }
    }

    pub(crate) fn overwrites(self) -> bool {
        match self {
            Care::Full => true,
            #[cfg(test)]
            Care::NoSeals | Care::NoDestroying => true,
            #[cfg(test)]
            Care::NoSealsNoOverwriting => false,
        }
    }
}
