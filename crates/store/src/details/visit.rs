//! A visit to an exchange of referrals.

use baton_exchange::{
    audit::{Errand, Visit},
    id::ReferralId,
};

use super::WHAT;
use crate::{
    StoreError,
    bytes::{Rest, put_length, put_text},
};

/// The first byte.
pub(super) const FORM: u8 = 2;

/// All but the errand.
pub(super) fn pack(visit: &Visit) -> Vec<u8> {
    let Visit { errand: _, status, code, resource_type, referrals } = visit;
    let mut packed = vec![FORM];
    packed.extend_from_slice(&status.to_be_bytes());
    put_text(&mut packed, code);
    put_text(&mut packed, resource_type);
    put_length(&mut packed, referrals.len());
    referrals.iter().for_each(|referral| packed.extend_from_slice(&referral.0));
    packed
}

/// Reads what [`pack`] wrote.
///
/// # Errors
///
/// `Corrupt` when it is not that.
pub(super) fn unpack(packed: &[u8], errand: Errand) -> Result<Visit, StoreError> {
    let mut rest = Rest::of(packed, WHAT);
    let [FORM] = rest.take()? else { return Err(rest.damaged()) };
    let status = u16::from_be_bytes(rest.take()?);
    let (code, resource_type) = (rest.text()?, rest.text()?);
    let mut referrals = Vec::new();
    for _ in 0..rest.length()? {
        referrals.push(ReferralId(rest.take()?));
    }
    rest.end()?;
    Ok(Visit { errand, status, code, resource_type, referrals })
}

#[cfg(test)]
mod tests {
    use super::{Errand, ReferralId, Visit, pack, unpack};

    fn visit() -> Visit {
        let referrals = (0..200).map(|number| ReferralId([number; 16])).collect();
        let (code, resource_type) = ("not-found".to_owned(), "ServiceRequest".to_owned());
        Visit { errand: Errand::Search, status: 404, code, resource_type, referrals }
    }

    #[test]
    fn details_that_are_cut_or_go_on_or_are_of_another_form_are_damage() {
        let packed = pack(&visit());
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length], Errand::Search).is_err(), "{length}");
        }
        assert!(unpack(&[&packed[..], &[0]].concat(), Errand::Search).is_err());
        assert!(unpack(&[&[1], &packed[1..]].concat(), Errand::Search).is_err());
    }

    #[test]
    fn what_was_packed_comes_back_and_is_short() {
        let mut visit = visit();
        assert_eq!(unpack(&pack(&visit), visit.errand).unwrap(), visit);
        visit.referrals.truncate(1);
        assert!(pack(&visit).len() < 50);
    }
}
