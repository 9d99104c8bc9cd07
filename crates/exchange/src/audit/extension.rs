//! That a tree only grew: all that was in the older one is in the newer one, at its place.
//! Source: RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.

use super::{
    proof::{Nodes, left_of},
    tree::Hash,
};

/// Makes a proof while all leaves of the newer tree go by once.
#[derive(Clone, Debug)]
pub struct Extension(Nodes);

impl Extension {
    /// From a tree of so many leaves to one of so many; nothing when that is no growth. Whatever there is grew from nothing, and
    /// that needs no proof.
    #[must_use]
    pub fn of(older: u64, newer: u64) -> Option<Extension> {
        if older > newer {
            return None;
        }
        let (mut start, mut end, mut ranges) = (0, newer, Vec::new());
        while older != end && older != 0 {
            let middle = start + left_of(end - start);
            if older <= middle {
                ranges.push(middle..end);
                end = middle;
            } else {
                ranges.push(start..middle);
                start = middle;
            }
        }
        // when the older tree is a full subtree, who checks has its root
        if start > 0 {
            ranges.push(start..end);
        }
        ranges.reverse();
        Some(Extension(Nodes::of(&ranges)))
    }

    /// Takes the next leaf.
    pub fn add(&mut self, leaf: Hash) {
        self.0.add(leaf);
    }

    /// The proof, when all leaves went by.
    #[must_use]
    pub fn proof(self) -> Vec<Hash> {
        self.0.proof()
    }
}

/// Whether a proof shows that a tree, of a size and with a root, is the beginning of a newer one.
#[must_use]
pub fn extends(older: (u64, Hash), newer: (u64, Hash), proof: &[Hash]) -> bool {
    let ((older, older_root), (newer, newer_root)) = (older, newer);
    if older == 0 || older == newer {
        return proof.is_empty() && (older == 0 || older_root == newer_root);
    }
    if older > newer {
        return false;
    }
    let (first, rest) = match proof.split_first() {
        _ if older.is_power_of_two() => (older_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let full = (older - 1).trailing_ones();
    let (mut own, mut last) = ((older - 1) >> full, (newer - 1) >> full);
    let (mut to_older, mut to_newer) = (first, first);
    for other in rest {
        if last == 0 {
            return false;
        }
        if own % 2 == 1 || own == last {
            (to_older, to_newer) = (Hash::above(*other, to_older), Hash::above(*other, to_newer));
            while own % 2 == 0 && own != 0 {
                (own, last) = (own >> 1, last >> 1);
            }
        } else {
            to_newer = Hash::above(to_newer, *other);
        }
        (own, last) = (own >> 1, last >> 1);
    }
    last == 0 && (to_older, to_newer) == (older_root, newer_root)
}

#[cfg(test)]
mod tests {
    use super::{Extension, Hash, extends};
    use crate::audit::{
        Edge,
        sample::{leaf, root},
    };

    fn proof(older: u64, newer: u64) -> Vec<Hash> {
        let mut extension = Extension::of(older, newer).unwrap();
        (0..newer).for_each(|number| extension.add(leaf(number)));
        extension.proof()
    }

    #[test]
    fn a_tree_that_became_smaller_did_not_grow() {
        assert!(Extension::of(3, 2).is_none());
        assert!(!extends((3, root(3)), (2, root(2)), &[]));
    }

    #[test]
    fn a_proof_shows_that_a_tree_grew_from_an_older_one_and_from_no_other() {
        for newer in 0..40 {
            for older in 0..=newer {
                let proof = proof(older, newer);
                let grew = |from: (u64, Hash), to: (u64, Hash)| extends(from, to, &proof);
                assert!(grew((older, root(older)), (newer, root(newer))), "{older} to {newer}");
                if older > 0 {
                    assert!(!grew((older, leaf(98)), (newer, root(newer))));
                    assert!(!grew((older, root(older)), (newer, leaf(99))));
                }
                for other in (1..=newer).filter(|other| *other != older && older > 0) {
                    assert!(!grew((other, root(older)), (newer, root(newer))), "{other} of {older} to {newer}");
                }
            }
        }
    }

    #[test]
    fn a_proof_that_is_changed_cut_or_goes_on_shows_nothing() {
        for (older, newer) in [(3, 7), (4, 7), (6, 8), (7, 13)] {
            let (whole, from, to) = (proof(older, newer), (older, root(older)), (newer, root(newer)));
            for place in 0..whole.len() {
                let mut changed = whole.clone();
                changed[place].0[0] ^= 1;
                assert!(!extends(from, to, &changed), "{older} to {newer} at {place}");
            }
            assert!(!extends(from, to, &whole[..whole.len() - 1]));
            assert!(!extends(from, to, &[whole, vec![leaf(0)]].concat()));
        }
    }

    /// The tree of seven leaves that RFC 6962 shows in section 2.1.3: its proofs as they are written out there.
    #[test]
    fn proofs_are_those_of_the_standard() {
        let of = |leaves: std::ops::Range<u64>| {
            let mut edge = Edge::default();
            leaves.for_each(|number| edge.add(leaf(number)));
            edge.root()
        };
        assert_eq!(proof(3, 7), [of(2..3), of(3..4), of(0..2), of(4..7)]);
        assert_eq!(proof(4, 7), [of(4..7)]);
        assert_eq!(proof(6, 7), [of(4..6), of(6..7), of(0..4)]);
    }
}
