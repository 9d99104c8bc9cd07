//! Papers of a referral of which only an address was said, and who said it.
//!
//! A paper is fetched with our own credentials from the partner that keeps it. Whoever says an address could so read what only we
//! may read there, so an address counts only where the partner that it leads to has said it, too.

use crate::id::{PartnerId, short_hash};

/// How many addresses a referral keeps of each partner. What is said beyond is kept as it came and is not fetched.
pub const ADDRESSES_MAX: usize = 1_000;

/// An address of a paper, as a hash: the address itself is in the resource that said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaperKey(pub [u8; 16]);

impl PaperKey {
    /// The key of an address, as it is written in the attachment.
    #[must_use]
    pub fn of(url: &str) -> PaperKey {
        PaperKey(short_hash(&[b"paper", url.as_bytes()]))
    }
}

/// Which addresses each partner has said in a referral. It only grows, so that the order of messages does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Papers(Vec<(PartnerId, Vec<PaperKey>)>);

impl Papers {
    /// Puts together what was kept.
    #[must_use]
    pub fn of(said: Vec<(PartnerId, Vec<PaperKey>)>) -> Papers {
        Papers(said)
    }

    /// All of them, by partner; partners and keys are sorted.
    #[must_use]
    pub fn all(&self) -> &[(PartnerId, Vec<PaperKey>)] {
        &self.0
    }

    /// Remembers that a partner has said an address.
    pub fn add(&mut self, partner: &PartnerId, key: PaperKey) {
        let place = match self.0.binary_search_by(|(other, _)| other.cmp(partner)) {
            Ok(found) => found,
            Err(place) => {
                self.0.insert(place, (partner.clone(), Vec::new()));
                place
            }
        };
        let keys = &mut self.0[place].1;
        if let Err(place) = keys.binary_search(&key)
            && keys.len() < ADDRESSES_MAX
        {
            keys.insert(place, key);
        }
    }

    /// The partners that have said an address.
    pub fn said_by(&self, key: PaperKey) -> impl Iterator<Item = &PartnerId> {
        self.0.iter().filter(move |(_, keys)| keys.binary_search(&key).is_ok()).map(|(partner, _)| partner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES_MAX, PaperKey, Papers};

    fn said_by(papers: &Papers, url: &str) -> Vec<String> {
        papers.said_by(PaperKey::of(url)).map(ToString::to_string).collect()
    }

    #[test]
    fn an_address_is_of_all_who_said_it_in_whatever_order() {
        let (mut one, mut other) = (Papers::default(), Papers::default());
        let said = [("b", "https://b/1"), ("a", "https://b/1"), ("a", "https://a/2"), ("a", "https://b/1")];
        said.iter().for_each(|(partner, url)| one.add(&(*partner).into(), PaperKey::of(url)));
        said.iter().rev().for_each(|(partner, url)| other.add(&(*partner).into(), PaperKey::of(url)));
        assert_eq!(one, other);
        assert_eq!(said_by(&one, "https://b/1"), ["a", "b"]);
        assert_eq!(said_by(&one, "https://a/2"), ["a"]);
        assert!(said_by(&one, "https://a/3").is_empty());
    }

    #[test]
    fn a_partner_may_say_a_thousand_addresses_and_no_more() {
        let mut papers = Papers::default();
        for number in 0..=ADDRESSES_MAX {
            papers.add(&"a".into(), PaperKey::of(&number.to_string()));
        }
        assert_eq!(papers.all()[0].1.len(), ADDRESSES_MAX);
        assert_eq!(said_by(&papers, &(ADDRESSES_MAX - 1).to_string()), ["a"]);
        assert!(said_by(&papers, &ADDRESSES_MAX.to_string()).is_empty());
    }
}
