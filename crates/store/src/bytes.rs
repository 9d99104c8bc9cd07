//! Texts and lengths in one column, as short as they can be: no names of fields, and lengths of one byte for texts below
//! 128 bytes.

use crate::StoreError;

pub(crate) fn put_text(packed: &mut Vec<u8>, text: &str) {
    put_length(packed, text.len());
    packed.extend_from_slice(text.as_bytes());
}

/// Seven bits in each byte, the lowest first; the eighth says that there are more.
pub(crate) fn put_length(packed: &mut Vec<u8>, mut length: usize) {
    while length > 0x7F {
        packed.push(length as u8 | 0x80);
        length >>= 7;
    }
    packed.push(length as u8);
}

/// What is still to be read.
pub(crate) struct Rest<'p> {
    bytes: &'p [u8],
    damage: &'static str,
}

impl<'p> Rest<'p> {
    /// All of a column, and what to say when it is damaged.
    pub(crate) fn of(bytes: &'p [u8], damage: &'static str) -> Rest<'p> {
        Rest { bytes, damage }
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or_else(|| self.damaged())?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn length(&mut self) -> Result<usize, StoreError> {
        let mut length = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let [byte] = self.take()?;
            length |= usize::from(byte & 0x7F).checked_shl(shift).ok_or_else(|| self.damaged())?;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
        }
        Err(self.damaged())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        let length = self.length()?;
        let (text, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.bytes = rest;
        String::from_utf8(text.to_vec()).map_err(|_| self.damaged())
    }

    /// Checks that all was read.
    pub(crate) fn end(self) -> Result<(), StoreError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.damaged()) }
    }

    pub(crate) fn damaged(&self) -> StoreError {
        StoreError::Corrupt(self.damage.into())
    }
}
