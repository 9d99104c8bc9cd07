//! The chain and the Merkle tree over the lines of the audit. Source: RFC 6962, section 2.1.

use sha2::{Digest, Sha256};

use super::{AuditRecord, Entry, Salt};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Hash {
    /// The node above two others.
    #[must_use]
    pub fn above(left: Hash, right: Hash) -> Hash {
        Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The link of a leaf to all before it; that of the first is to nothing but zeros. The tree proves more with less; the link is
    /// there to say at which line it began to be wrong.
    #[must_use]
    pub fn link(before: Hash, leaf: Hash) -> Hash {
        Hash(Sha256::new().chain_update([2]).chain_update(before.0).chain_update(leaf.0).finalize().into())
    }
}

/// What is remembered of a line in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its hash.
    pub hash: Hash,
    /// Its link to all before it.
    pub link: Hash,
    /// What is needed of its personal part.
    pub personal: Personal,
}

/// By what the personal part of a line is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// It stands in the line, and was hashed with this.
    Kept(Salt),
    /// It was dropped, and with it the salt, so that nobody can try who it was. This is what they were hashed to.
    Dropped(Hash),
}

impl Leaf {
    /// The salted hash of the personal part of its line; nothing when something stands where it was dropped.
    #[must_use]
    pub fn withheld(&self, record: &AuditRecord, entry: &Entry) -> Option<Hash> {
        match self.personal {
            Personal::Kept(salt) => Some(entry.withheld(salt)),
            Personal::Dropped(withheld) => (!record.has_personal()).then_some(withheld),
        }
    }

    /// Whether it is that of a line, as it is now, with this number.
    #[must_use]
    pub fn is_of(&self, number: u64, record: &AuditRecord) -> bool {
        let entry = Entry::of(number, record);
        self.withheld(record, &entry).is_some_and(|withheld| super::leaf(&entry.open, withheld) == self.hash)
    }
}

/// The right edge of a tree: the roots of its full subtrees, the largest first. It is all that is needed to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of that size; nothing when it cannot be that.
    #[must_use]
    pub fn of(size: u64, peaks: Vec<Hash>) -> Option<Edge> {
        (peaks.len() == size.count_ones() as usize).then_some(Edge { size, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf.
    pub fn add(&mut self, leaf: Hash) {
        let mut node = leaf;
        // as many full subtrees end here as there are ones at the end of the number
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = Hash::above(left, node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root; of an empty tree, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            None => Hash(Sha256::digest([]).into()),
            Some(last) => peaks.fold(last, |right, left| Hash::above(left, right)),
        }
    }
}

/// A moment of the tree that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// When.
    pub at: crate::time::Timestamp,
    /// The tree then.
    pub edge: Edge,
    /// The link of its last leaf.
    pub link: Hash,
    /// What was signed, with the signature.
    pub note: String,
}

/// Of how many lines at least one checkpoint is kept: where a tree was made anew is found between two of them.
const KEPT_EVERY: u64 = 1_000;

/// What a tree grows by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// How many leaves there were before.
    pub from: u64,
    /// Those that are added.
    pub leaves: Vec<Leaf>,
    /// Signed of the tree with them.
    pub checkpoint: Checkpoint,
}

impl Growth {
    /// Whether the checkpoint before this one has to go: there is one each second, and that would be too many.
    #[must_use]
    pub fn takes_its_place(&self) -> bool {
        self.from / KEPT_EVERY == self.checkpoint.edge.size() / KEPT_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Hash};
    use sha2::{Digest, Sha256};

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().map(|digit| (digit as char).to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// The leaves of the reference tests of certificate transparency.
    fn leaves() -> Vec<Hash> {
        let texts =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        texts.map(|text| Hash(Sha256::new().chain_update([0]).chain_update(hex(text)).finalize().into())).into()
    }

    #[test]
    fn roots_are_those_of_the_reference() {
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::default();
        assert_eq!(edge.root().0.to_vec(), hex(roots[0]));
        for (leaf, root) in leaves().into_iter().zip(&roots[1..]) {
            edge.add(leaf);
            assert_eq!(edge.root().0.to_vec(), hex(root));
            assert_eq!(Edge::of(edge.size(), edge.peaks().to_vec()), Some(edge.clone()));
        }
        assert_eq!(Edge::of(7, edge.peaks().to_vec()), None);
    }
}
