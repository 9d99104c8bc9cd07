//! Parts of lists, and resources taken out of parcels: what both databases do alike when they read.

use baton_exchange::resource::StoredResource;

use crate::{Page, PageToken, StoreError, codec, column::count};

/// How many rows to ask for: one more than the page has, to know whether there are more.
pub(crate) fn limit(page: Page) -> i64 {
    i64::from(page.size) + 1
}

/// The page of what [`limit`] gave, each row with its place, and where to go on when there is more.
pub(crate) fn cut(mut found: Vec<(i64, StoredResource)>, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
    let more = found.len() > page.size as usize;
    found.truncate(page.size as usize);
    let next = found.last().filter(|_| more).map(|(place, _)| PageToken(*place));
    (found.into_iter().map(|(_, resource)| resource).collect(), next)
}

/// A parcel that was unpacked. It stays open, since the next resource is often in the same one.
#[derive(Default)]
pub(crate) struct OpenParcel {
    seq: i64,
    bodies: Vec<u8>,
}

impl OpenParcel {
    /// Takes a body out of a parcel.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the parcel is not what was written.
    pub(crate) fn body(&mut self, seq: i64, packed: &[u8], start: i64, bytes: i64) -> Result<Vec<u8>, StoreError> {
        if seq != self.seq {
            self.bodies = codec::unpack(packed)?;
            self.seq = seq;
        }
        let (start, bytes): (usize, usize) = (count(start)?, count(bytes)?);
        let body = start.checked_add(bytes).and_then(|end| self.bodies.get(start..end));
        body.map(<[u8]>::to_vec).ok_or_else(|| StoreError::Corrupt("a parcel without the resource".into()))
    }
}
