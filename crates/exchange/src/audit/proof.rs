//! That one line is in the tree, without the others. Source: RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.

use std::ops::Range;

use super::tree::{Edge, Hash};

/// The size of the left one of the two subtrees of so many leaves: the largest power of two that is smaller.
pub(super) fn left_of(leaves: u64) -> u64 {
    1 << (u64::BITS - 1 - (leaves - 1).leading_zeros())
}

/// The nodes of a proof, which become what they are while leaves go by once, in order.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    /// Subtrees from left to right: from which leaf to which, and what it is so far.
    subtrees: Vec<(Range<u64>, Edge)>,
    /// Which of them the next leaf cannot be before.
    at: usize,
    /// In which order they are in the proof.
    order: Vec<usize>,
    next: u64,
}

impl Nodes {
    /// For subtrees in the order of the proof.
    pub(super) fn of(ranges: &[Range<u64>]) -> Nodes {
        let mut sorted: Vec<usize> = (0..ranges.len()).collect();
        sorted.sort_by_key(|place| ranges[*place].start);
        let subtrees = sorted.iter().map(|place| (ranges[*place].clone(), Edge::default())).collect();
        let mut order = vec![0; sorted.len()];
        sorted.iter().enumerate().for_each(|(at, place)| order[*place] = at);
        Nodes { subtrees, at: 0, order, next: 0 }
    }

    /// Takes the next leaf.
    pub(super) fn add(&mut self, leaf: Hash) {
        let number = self.next;
        self.next += 1;
        while self.subtrees.get(self.at).is_some_and(|(range, _)| number >= range.end) {
            self.at += 1;
        }
        if let Some((range, edge)) = self.subtrees.get_mut(self.at)
            && range.contains(&number)
        {
            edge.add(leaf);
        }
    }

    /// The proof, when all leaves went by.
    pub(super) fn proof(self) -> Vec<Hash> {
        self.order.iter().map(|place| self.subtrees[*place].1.root()).collect()
    }
}

/// Makes a proof while all leaves go by once.
#[derive(Clone, Debug)]
pub struct Prover(Nodes);

impl Prover {
    /// For the leaf of an index, from 0, in a tree of a size; nothing when it is not in it.
    #[must_use]
    pub fn of(index: u64, size: u64) -> Option<Prover> {
        if index >= size {
            return None;
        }
        let (mut start, mut end, mut ranges) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + left_of(end - start);
            if index < middle {
                ranges.push(middle..end);
                end = middle;
            } else {
                ranges.push(start..middle);
                start = middle;
            }
        }
        ranges.reverse();
        Some(Prover(Nodes::of(&ranges)))
    }

    /// Takes the next leaf.
    pub fn add(&mut self, leaf: Hash) {
        self.0.add(leaf);
    }

    /// The proof, when all leaves went by: hashes beside the way to the root, from the leaf up.
    #[must_use]
    pub fn proof(self) -> Vec<Hash> {
        self.0.proof()
    }
}

/// The root that a proof leads to from a leaf; nothing when it has not the length that it must have there.
#[must_use]
pub fn root_of(index: u64, size: u64, leaf: Hash, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut own, mut last, mut root) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return None;
        }
        if own % 2 == 1 || own == last {
            root = Hash::above(*other, root);
            while own % 2 == 0 && own != 0 {
                (own, last) = (own >> 1, last >> 1);
            }
        } else {
            root = Hash::above(root, *other);
        }
        (own, last) = (own >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::{Hash, Prover, root_of};
    use crate::audit::sample::{leaf, root};

    fn proof(index: u64, size: u64) -> Vec<Hash> {
        let mut prover = Prover::of(index, size).unwrap();
        (0..size).for_each(|number| prover.add(leaf(number)));
        prover.proof()
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_proof() {
        assert!(Prover::of(0, 0).is_none() && Prover::of(5, 5).is_none());
        assert_eq!(root_of(5, 5, leaf(5), &[]), None);
    }

    #[test]
    fn a_proof_leads_to_the_root_from_its_leaf_and_from_no_other_place() {
        for size in 1..40 {
            for index in 0..size {
                let proof = proof(index, size);
                assert_eq!(root_of(index, size, leaf(index), &proof), Some(root(size)), "{index} of {size}");
                assert_ne!(root_of(index, size, leaf(index + 1), &proof), Some(root(size)));
                for other in (0..size).filter(|other| *other != index) {
                    assert_ne!(root_of(other, size, leaf(index), &proof), Some(root(size)), "{other} of {size}");
                }
            }
        }
    }

    #[test]
    fn a_proof_that_is_changed_cut_or_goes_on_leads_elsewhere() {
        let whole = proof(3, 11);
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place].0[0] ^= 1;
            assert_ne!(root_of(3, 11, leaf(3), &changed), Some(root(11)));
        }
        assert_ne!(root_of(3, 11, leaf(3), &whole[..whole.len() - 1]), Some(root(11)));
        assert_eq!(root_of(3, 11, leaf(3), &[whole, vec![leaf(0)]].concat()), None);
    }
}
