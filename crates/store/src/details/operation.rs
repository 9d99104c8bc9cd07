//! What an operator did.

use baton_exchange::{
    audit::{Deed, Operation},
    id::{PartnerId, ReferralId},
    time::Timestamp,
};

use super::WHAT;
use crate::{
    StoreError,
    bytes::{Rest, put_text},
};

/// The first byte.
pub(super) const FORM: u8 = 3;

/// All but the deed. What is not there is an empty text, or a zero before nothing.
pub(super) fn pack(operation: &Operation) -> Vec<u8> {
    let Operation { deed: _, partner, account, referral, before, lines } = operation;
    let mut packed = vec![FORM];
    put_text(&mut packed, partner.as_ref().map_or("", |partner| partner.as_str()));
    put_text(&mut packed, account.as_deref().unwrap_or_default());
    put_maybe(&mut packed, referral.as_ref().map(|referral| &referral.0[..]));
    put_maybe(&mut packed, before.as_ref().map(|before| before.0.to_be_bytes()).as_ref().map(|bytes| &bytes[..]));
    packed.extend_from_slice(&lines.to_be_bytes());
    packed
}

fn put_maybe(packed: &mut Vec<u8>, bytes: Option<&[u8]>) {
    packed.push(u8::from(bytes.is_some()));
    packed.extend_from_slice(bytes.unwrap_or_default());
}

/// Reads what [`pack`] wrote.
///
/// # Errors
///
/// `Corrupt` when it is not that.
pub(super) fn unpack(packed: &[u8], deed: Deed) -> Result<Operation, StoreError> {
    let mut rest = Rest::of(packed, WHAT);
    let [FORM] = rest.take()? else { return Err(rest.damaged()) };
    let text = |text: String| (!text.is_empty()).then_some(text);
    let (partner, account) = (text(rest.text()?), text(rest.text()?));
    let referral = if is_there(&mut rest)? { Some(ReferralId(rest.take()?)) } else { None };
    let before = if is_there(&mut rest)? { Some(Timestamp(i64::from_be_bytes(rest.take()?))) } else { None };
    let lines = u64::from_be_bytes(rest.take()?);
    rest.end()?;
    Ok(Operation { deed, partner: partner.map(|id| PartnerId::from(id.as_str())), account, referral, before, lines })
}

fn is_there(rest: &mut Rest<'_>) -> Result<bool, StoreError> {
    match rest.take()? {
        [0] => Ok(false),
        [1] => Ok(true),
        [_] => Err(rest.damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Operation, ReferralId, Timestamp, pack, unpack};

    fn whole() -> Operation {
        Operation {
            deed: Deed::Redacted,
            partner: Some("centre-e".into()),
            account: Some("chance".to_owned()),
            referral: Some(ReferralId([7; 16])),
            before: Some(Timestamp(-1)),
            lines: u64::MAX,
        }
    }

    #[test]
    fn details_that_are_cut_or_go_on_or_are_of_another_form_are_damage() {
        let packed = pack(&whole());
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length], Deed::Redacted).is_err(), "{length}");
        }
        assert!(unpack(&[&packed[..], &[0]].concat(), Deed::Redacted).is_err());
        assert!(unpack(&[&[2], &packed[1..]].concat(), Deed::Redacted).is_err());
    }

    #[test]
    fn what_was_packed_comes_back() {
        for operation in [whole(), Operation::of(Deed::Listed)] {
            assert_eq!(unpack(&pack(&operation), operation.deed).unwrap(), operation);
        }
    }
}
