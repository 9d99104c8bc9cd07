//! What a search asked, as the audit keeps it. Source: IHE BALP 1.1, `entity[query]`; spec of security, 7.1 and 7.2.

/// What a search asked: its shape, and for those who must account for more the query itself, which this program cannot read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Method, type, names of parameters that are known, and values out of closed lists. Nothing in it was written freely, so a revoke
    /// has nothing to clear here.
    pub shape: String,
    /// The query as it came, where it is kept and was not dropped.
    pub sealed: Option<Sealed>,
}

/// A query that was sealed to the key of somebody else. It may hold the number of a person, and survives a revoke on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// Prints nothing of it.
impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}
