//! Searches for thousands of patterns at once: by their first four bytes, and then by all.

use std::collections::HashMap;

const FIRST_BYTES: usize = 4;
/// One bit for each hash of the first bytes: nearly all places are passed by with one look.
const BITS: usize = 1 << 16;

/// What to search for.
pub(super) struct Patterns {
    bits: Vec<bool>,
    by_first: HashMap<u32, Vec<Pattern>>,
}

struct Pattern {
    bytes: Vec<u8>,
    number: usize,
    form: &'static str,
}

impl Default for Patterns {
    fn default() -> Self {
        Patterns { bits: vec![false; BITS], by_first: HashMap::new() }
    }
}

impl Patterns {
    /// Searches for one more. Those that are too short to mean anything are left out.
    pub(super) fn add(&mut self, number: usize, form: &'static str, bytes: &[u8]) {
        let Some(first) = bytes.first_chunk::<FIRST_BYTES>() else { return };
        let first = u32::from_le_bytes(*first);
        self.bits[bit(first)] = true;
        let patterns = self.by_first.entry(first).or_default();
        if !patterns.iter().any(|pattern| pattern.bytes == bytes && pattern.number == number) {
            patterns.push(Pattern { bytes: bytes.to_vec(), number, form });
        }
    }

    /// Tells all that are there, with their numbers and forms.
    pub(super) fn search(&self, bytes: &[u8], mut found: impl FnMut(usize, &'static str)) {
        let Some(start) = bytes.first_chunk::<FIRST_BYTES>() else { return };
        let mut first = u32::from_le_bytes(*start);
        let mut place = 0;
        loop {
            if self.bits[bit(first)] {
                for pattern in self.by_first.get(&first).into_iter().flatten() {
                    if bytes[place..].starts_with(&pattern.bytes) {
                        found(pattern.number, pattern.form);
                    }
                }
            }
            let Some(next) = bytes.get(place + FIRST_BYTES) else { return };
            first = (first >> 8) | (u32::from(*next) << 24);
            place += 1;
        }
    }
}

fn bit(first: u32) -> usize {
    (first.wrapping_mul(2_654_435_761) >> 16) as usize
}
