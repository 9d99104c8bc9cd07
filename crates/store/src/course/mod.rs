//! The course of a referral in one column: short, since it is written with each message about the referral.

use baton_exchange::{
    id::ReferralId,
    referral::{Course, Links, PaperKey, Papers, Part, Party, Realm, Stage, Stamp, Stamps},
    resource::IndexKey,
    time::Timestamp,
};

use crate::{
    StoreError,
    bytes::{Rest, put_length, put_text},
};

#[cfg(test)]
mod tests;

/// The first byte. Another form gets another number.
const FORM: u8 = 2;
/// The form before papers had a place.
const FORM_WITHOUT_PAPERS: u8 = 1;

/// What cannot be read when it is damaged.
const WHAT: &str = "a referral whose course cannot be read";

/// Which links there are; the ids of those follow in this order.
const REPLACES: u8 = 1;
const REPLACED_BY: u8 = 2;
const BASED_ON: u8 = 4;
const REQUISITION: u8 = 8;

/// The column of a course.
pub(crate) fn pack(course: &Course) -> Vec<u8> {
    let Course { parties, stage, realm, links, stamps, stated, papers } = course;
    let mut packed = vec![FORM];
    put_moment(&mut packed, *stated);
    put_text(&mut packed, stage.as_str());
    packed.push(realm_number(*realm));
    put_links(&mut packed, links);
    put_length(&mut packed, parties.len());
    for Party { partner, part } in parties {
        put_text(&mut packed, partner.as_str());
        put_text(&mut packed, part.as_str());
    }
    put_length(&mut packed, stamps.all().len());
    for Stamp { what, whole, members } in stamps.all() {
        put_text(&mut packed, what);
        put_moment(&mut packed, *whole);
        put_length(&mut packed, members.len());
        for (member, said) in members {
            put_text(&mut packed, member);
            put_moment(&mut packed, *said);
        }
    }
    put_papers(&mut packed, papers);
    packed
}

/// Reads what [`pack`] wrote.
///
/// # Errors
///
/// `Corrupt` when it is not that.
pub(crate) fn unpack(packed: &[u8]) -> Result<Course, StoreError> {
    let mut rest = Rest::of(packed, WHAT);
    let [form @ (FORM | FORM_WITHOUT_PAPERS)] = rest.take()? else { return Err(rest.damaged()) };
    let stated = moment(&mut rest)?;
    let stage = Stage::named(&rest.text()?).ok_or_else(|| rest.damaged())?;
    let realm = realm(&mut rest)?;
    let links = links(&mut rest)?;
    let mut parties = Vec::new();
    for _ in 0..rest.length()? {
        let partner = rest.text()?.as_str().into();
        let part = Part::named(&rest.text()?).ok_or_else(|| rest.damaged())?;
        parties.push(Party { partner, part });
    }
    let mut stamps = Vec::new();
    for _ in 0..rest.length()? {
        stamps.push(stamp(&mut rest)?);
    }
    let papers = if form == FORM { papers(&mut rest)? } else { Papers::default() };
    rest.end()?;
    Ok(Course { parties, stage, realm, links, stamps: Stamps::of(stamps), stated, papers })
}

fn put_moment(packed: &mut Vec<u8>, moment: Timestamp) {
    packed.extend_from_slice(&moment.0.to_be_bytes());
}

fn moment(rest: &mut Rest<'_>) -> Result<Timestamp, StoreError> {
    Ok(Timestamp(i64::from_be_bytes(rest.take()?)))
}

fn realm_number(realm: Realm) -> u8 {
    match realm {
        Realm::Live => 0,
        Realm::Test => 1,
    }
}

fn realm(rest: &mut Rest<'_>) -> Result<Realm, StoreError> {
    match rest.take()? {
        [0] => Ok(Realm::Live),
        [1] => Ok(Realm::Test),
        _ => Err(rest.damaged()),
    }
}

fn put_links(packed: &mut Vec<u8>, links: &Links) {
    let Links { replaces, replaced_by, based_on, requisition } = links;
    let id = |link: &Option<ReferralId>| link.map(|id| id.0);
    let all = [
        (REPLACES, id(replaces)),
        (REPLACED_BY, id(replaced_by)),
        (BASED_ON, id(based_on)),
        (REQUISITION, requisition.map(|key| key.0)),
    ];
    packed.push(all.iter().filter(|(_, link)| link.is_some()).map(|(bit, _)| bit).sum());
    for id in all.iter().filter_map(|(_, link)| link.as_ref()) {
        packed.extend_from_slice(id);
    }
}

fn links(rest: &mut Rest<'_>) -> Result<Links, StoreError> {
    let [bits] = rest.take()?;
    if bits > REPLACES | REPLACED_BY | BASED_ON | REQUISITION {
        return Err(rest.damaged());
    }
    let mut link = |bit| if bits & bit == 0 { Ok(None) } else { rest.take().map(Some) };
    Ok(Links {
        replaces: link(REPLACES)?.map(ReferralId),
        replaced_by: link(REPLACED_BY)?.map(ReferralId),
        based_on: link(BASED_ON)?.map(ReferralId),
        requisition: link(REQUISITION)?.map(IndexKey),
    })
}

fn put_papers(packed: &mut Vec<u8>, papers: &Papers) {
    put_length(packed, papers.all().len());
    for (partner, keys) in papers.all() {
        put_text(packed, partner.as_str());
        put_length(packed, keys.len());
        keys.iter().for_each(|key| packed.extend_from_slice(&key.0));
    }
}

fn papers(rest: &mut Rest<'_>) -> Result<Papers, StoreError> {
    let mut said = Vec::new();
    for _ in 0..rest.length()? {
        let (partner, mut keys) = (rest.text()?.as_str().into(), Vec::new());
        for _ in 0..rest.length()? {
            keys.push(PaperKey(rest.take()?));
        }
        said.push((partner, keys));
    }
    Ok(Papers::of(said))
}

fn stamp(rest: &mut Rest<'_>) -> Result<Stamp, StoreError> {
    let what = rest.text()?;
    let whole = moment(rest)?;
    let mut members = Vec::new();
    for _ in 0..rest.length()? {
        members.push((rest.text()?, moment(rest)?));
    }
    Ok(Stamp { what, whole, members })
}
