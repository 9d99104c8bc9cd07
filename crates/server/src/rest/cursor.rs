//! The opaque parameter of a `next` link: the rest of a search, without what was searched for.
//!
//! Addresses end up in logs of proxies and in histories of browsers, so the ones that we form hold no identifiers of
//! people: the cursor has the hashes that the index has. It needs no seal, because it says nothing about whose resources
//! are looked at: that comes from the token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_exchange::{refusal::Refusal, resource::IndexKey};
use baton_store::PageToken;

/// The name of the parameter.
pub(super) const NAME: &str = "_cursor";

/// The rest of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) count: u32,
    pub(super) after: PageToken,
    pub(super) ids: Option<Vec<String>>,
    pub(super) keys: Vec<Vec<IndexKey>>,
}

impl Cursor {
    /// The cursor as text that needs no escaping.
    pub(super) fn write(&self) -> String {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.after.0.to_be_bytes());
        for set in &self.keys {
            bytes.push(b'k');
            bytes.extend(short(set.len()));
            set.iter().for_each(|key| bytes.extend(key.0));
        }
        if let Some(ids) = &self.ids {
            bytes.push(b'i');
            bytes.extend(short(ids.len()));
            for id in ids {
                bytes.extend(short(id.len()));
                bytes.extend(id.as_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::write`] wrote.
    ///
    /// # Errors
    /// [`Refusal::ParameterInvalid`] for all else.
    pub(super) fn read(text: &str) -> Result<Cursor, Refusal> {
        let wrong =
            || Refusal::ParameterInvalid { name: NAME.to_owned(), expected: "as in the link of the page before" };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        Cursor::of_bytes(&mut Bytes(&bytes)).ok_or_else(wrong)
    }

    fn of_bytes(bytes: &mut Bytes<'_>) -> Option<Cursor> {
        let count = u32::from_be_bytes(bytes.take()?);
        let after = PageToken(i64::from_be_bytes(bytes.take()?));
        let mut cursor = Cursor { count, after, ids: None, keys: Vec::new() };
        while let Some([kind]) = bytes.take() {
            let number = bytes.short()?;
            match kind {
                b'k' => {
                    let set: Option<Vec<IndexKey>> = (0..number).map(|_| bytes.take().map(IndexKey)).collect();
                    cursor.keys.push(set?);
                }
                b'i' => {
                    let ids: Option<Vec<String>> = (0..number).map(|_| bytes.text()).collect();
                    cursor.ids = Some(ids?);
                }
                _ => return None,
            }
        }
        Some(cursor)
    }
}

/// A length. Searches have far fewer values than this could count, see the limit where they are read.
fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn short(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.short()?);
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, IndexKey, PageToken};

    fn cursor() -> Cursor {
        let keys =
            vec![vec![IndexKey::identifier("urn:mrn", "hidden")], vec![IndexKey::patient("a"), IndexKey::patient("b")]];
        Cursor { count: 7, after: PageToken(-3), ids: Some(vec!["x".to_owned(), "y".to_owned()]), keys }
    }

    #[test]
    fn what_was_written_is_read_again() {
        assert_eq!(Cursor::read(&cursor().write()), Ok(cursor()));
    }

    /// Threat: T47
    #[test]
    fn what_was_not_written_here_is_refused() {
        let written = cursor().write();
        let cut = &written[..written.len() - 2];
        for text in ["", "***", "AAAA", cut, &format!("{written}AA")] {
            assert!(Cursor::read(text).is_err(), "{text}");
        }
    }
}
