//! Parts of lists, and resources taken out of parcels: what both databases do alike when they read.

use std::collections::BTreeMap;

use baton_exchange::{
    audit::{AuditAction, AuditRecord},
    erasure::Erasure,
    id::{PartnerId, ReferralId},
    notice::ParkedNotice,
    referral::Referral,
    resource::StoredResource,
    time::Timestamp,
};

use crate::{
    Lines, Page, PageToken, StoreError,
    column::count,
    seal::{Keys, Kind},
};

/// How many rows to ask for: one more than the page has, to know whether there are more.
pub(crate) fn limit<Place>(page: Page<Place>) -> i64 {
    i64::from(page.size) + 1
}

/// How many bytes of bodies a page of resources has at most, beyond its first one.
pub const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The same as what may be before a row that is still asked for: that is one row more, to know whether there are more.
pub(crate) const BEFORE_MAX: i64 = PAGE_BYTES_MAX as i64;

/// A page of resources that is being filled: it ends after so many rows, or before the one with which its bodies would be too much.
pub(crate) struct Filling {
    size: usize,
    bytes: usize,
    found: Vec<StoredResource>,
    last: Option<PageToken>,
    is_more: bool,
}

impl Filling {
    /// Nothing yet.
    pub(crate) fn of(page: Page) -> Filling {
        Filling { size: page.size as usize, bytes: 0, found: Vec::new(), last: None, is_more: false }
    }

    /// Takes the next row with its place. What comes after one for which there was no room has none either.
    pub(crate) fn put(&mut self, place: i64, resource: StoredResource) {
        self.bytes = self.bytes.saturating_add(resource.body.len());
        let is_too_much = self.bytes > PAGE_BYTES_MAX && !self.found.is_empty();
        self.is_more |= is_too_much || self.found.len() >= self.size;
        if !self.is_more {
            self.found.push(resource);
            self.last = Some(PageToken(place));
        }
    }

    /// Whether it is known that there is more than this page has.
    pub(crate) fn is_over(&self) -> bool {
        self.is_more
    }

    /// The page, and where to go on when there is more.
    pub(crate) fn done(self) -> (Vec<StoredResource>, Option<PageToken>) {
        (self.found, self.last.filter(|_| self.is_more))
    }
}

/// The page of what [`limit`] gave of parked notices, whose place is that in the queue, and where to go on when there is more.
pub(crate) fn cut_parked(mut found: Vec<(i64, ParkedNotice)>, page: Page) -> (Vec<ParkedNotice>, Option<PageToken>) {
    let more = found.len() > page.size as usize;
    found.truncate(page.size as usize);
    let next = found.last().filter(|_| more).map(|(place, _)| PageToken(*place));
    (found.into_iter().map(|(_, notice)| notice).collect(), next)
}

/// The same for lines of the audit, whose place is their number.
///
/// # Errors
///
/// `Corrupt` when a number is none that lines have.
pub(crate) fn cut_lines(
    mut found: Vec<(i64, AuditRecord)>,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    let more = found.len() > page.size as usize;
    found.truncate(page.size as usize);
    let next = found.last().filter(|_| more).map(|(number, _)| PageToken(*number));
    let lines = found.into_iter().map(|(number, record)| Ok((count(number)?, record))).collect::<Result<_, _>>()?;
    Ok((lines, next))
}

/// The first rows after a place, whatever order they come in, and one more to know whether there are more.
pub(crate) struct Window<Place, Row> {
    page: Page<Place>,
    rows: BTreeMap<Place, Row>,
}

impl<Place: Ord + Copy, Row> Window<Place, Row> {
    pub(crate) fn new(page: Page<Place>) -> Window<Place, Row> {
        Window { page, rows: BTreeMap::new() }
    }

    /// Whether a row with this place would be among them.
    pub(crate) fn has_room_for(&self, place: Place) -> bool {
        let is_early = |(last, _): (&Place, &Row)| place < *last;
        self.page.size > 0
            && self.page.after.is_none_or(|after| place > after)
            && (!self.is_full() || self.rows.last_key_value().is_some_and(is_early))
    }

    pub(crate) fn put(&mut self, place: Place, row: Row) {
        if self.is_full() {
            self.rows.pop_last();
        }
        self.rows.insert(place, row);
    }

    /// Whether later places have no room any more.
    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() > self.page.size as usize || self.page.size == 0
    }

    /// The page, and where to go on when there is more.
    pub(crate) fn cut(mut self) -> (Vec<Row>, Option<Place>) {
        let is_more = self.page.size > 0 && self.is_full();
        if is_more {
            self.rows.pop_last();
        }
        let next = self.rows.last_key_value().filter(|_| is_more).map(|(place, _)| *place);
        (self.rows.into_values().collect(), next)
    }
}

/// A parcel that was unpacked. It stays open, since the next resource is often in the same one.
pub(crate) struct OpenParcel<'k> {
    keys: &'k Keys,
    seq: i64,
    bodies: Vec<u8>,
}

/// Where a resource is in its parcel.
pub(crate) struct Within {
    pub(crate) start: i64,
    pub(crate) bytes: i64,
}

impl OpenParcel<'_> {
    /// No parcel yet.
    pub(crate) fn none(keys: &Keys) -> OpenParcel<'_> {
        OpenParcel { keys, seq: 0, bodies: Vec::new() }
    }

    /// Takes a body out of a parcel.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the parcel is not what was written.
    pub(crate) fn body(
        &mut self,
        referral: ReferralId,
        seq: i64,
        packed: &[u8],
        within: Within,
    ) -> Result<Vec<u8>, StoreError> {
        if seq != self.seq {
            self.bodies = self.keys.unpack(Kind::Parcel, referral.into(), packed)?;
            self.seq = seq;
        }
        let (start, bytes): (usize, usize) = (count(within.start)?, count(within.bytes)?);
        let body = start.checked_add(bytes).and_then(|end| self.bodies.get(start..end));
        body.map(<[u8]>::to_vec).ok_or_else(|| StoreError::Corrupt("a parcel without the resource".into()))
    }
}
/// Referrals that were cleared, as far as they are on a page.
pub(crate) struct Erased {
    pub(crate) referrals: Vec<Referral>,
    pub(crate) next: Option<ReferralId>,
}

impl Erased {
    /// The page of what [`limit`] gave.
    pub(crate) fn cut(mut found: Vec<Referral>, page: Page<ReferralId>) -> Erased {
        let more = found.len() > page.size as usize;
        found.truncate(page.size as usize);
        let next = found.last().filter(|_| more).map(|referral| referral.id);
        Erased { referrals: found, next }
    }
}

/// A certificate of what is left of a referral. `lines` are those of the audit about its clearing.
pub(crate) fn certificate(
    referral: Referral,
    lines: &[(AuditAction, Option<PartnerId>, Timestamp)],
    untold: Vec<PartnerId>,
) -> Erasure {
    let revoked = lines.iter().find(|(action, ..)| *action == AuditAction::Revoked);
    let acknowledged = lines.iter().filter(|(action, ..)| *action == AuditAction::Acknowledged);
    Erasure {
        referral: referral.id,
        exchange: referral.exchange,
        by: revoked.and_then(|(_, partner, _)| partner.clone()).or(Some(referral.source)),
        at: referral.updated,
        parties: referral.course.map(|course| course.parties).unwrap_or_default(),
        acknowledged: acknowledged.filter_map(|(_, partner, at)| Some((partner.clone()?, *at))).collect(),
        untold,
    }
}
