//! An access to pointers.

use baton_exchange::{
    audit::{Agent, AuditedPointer, Interaction, PointerAccess},
    pointer::{PointerId, SubjectKey},
};

use super::WHAT;
use crate::{
    StoreError,
    bytes::{Rest, put_length, put_text},
    column,
};

/// The first byte.
pub(super) const FORM: u8 = 1;

/// All but the interaction and the patient.
pub(super) fn pack(access: &PointerAccess) -> Vec<u8> {
    let PointerAccess { interaction: _, status, code, subject: _, pointers, agent } = access;
    let Agent { system, organization, user, reason } = agent;
    let mut packed = vec![FORM];
    packed.extend_from_slice(&status.to_be_bytes());
    for text in [code, system, organization, user, reason] {
        put_text(&mut packed, text);
    }
    put_length(&mut packed, pointers.len());
    for AuditedPointer { id, custodian, record_type } in pointers {
        packed.extend_from_slice(&id.0);
        put_text(&mut packed, custodian.as_str());
        put_text(&mut packed, record_type);
    }
    packed
}

/// Reads what [`pack`] wrote.
///
/// # Errors
///
/// `Corrupt` when it is not that.
pub(super) fn unpack(
    packed: &[u8],
    interaction: Interaction,
    subject: Option<SubjectKey>,
) -> Result<PointerAccess, StoreError> {
    let mut rest = Rest::of(packed, WHAT);
    let [FORM] = rest.take()? else { return Err(rest.damaged()) };
    let status = u16::from_be_bytes(rest.take()?);
    let code = rest.text()?;
    let agent = Agent { system: rest.text()?, organization: rest.text()?, user: rest.text()?, reason: rest.text()? };
    let mut pointers = Vec::new();
    for _ in 0..rest.length()? {
        let id = PointerId(rest.take()?);
        let custodian = column::ods(&rest.text()?)?;
        pointers.push(AuditedPointer { id, custodian, record_type: rest.text()? });
    }
    rest.end()?;
    Ok(PointerAccess { interaction, status, code, subject, pointers, agent })
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        audit::{Agent, AuditedPointer, Interaction, PointerAccess},
        pointer::{Ods, PointerId, SubjectKey},
    };

    use super::{pack, unpack};

    fn access() -> PointerAccess {
        let pointer = |number: u8| AuditedPointer {
            id: PointerId([number; 26]),
            custodian: Ods::parse("RR8").unwrap(),
            record_type: "736253002".into(),
        };
        PointerAccess {
            interaction: Interaction::Search,
            status: 404,
            code: "NO_RECORD_FOUND".into(),
            subject: Some(SubjectKey([9; 16])),
            pointers: (0..200).map(pointer).collect(),
            agent: Agent {
                system: "200000000117".into(),
                organization: "RR8".into(),
                user: "ü".repeat(10_000),
                reason: String::new(),
            },
        }
    }

    #[test]
    fn details_that_are_cut_or_go_on_are_damage() {
        let packed = pack(&access());
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length], Interaction::Search, None).is_err(), "{length}");
        }
        assert!(unpack(&[packed, vec![0]].concat(), Interaction::Search, None).is_err());
    }

    #[test]
    fn details_of_another_form_are_damage() {
        let mut packed = pack(&access());
        packed[0] = 2;
        assert!(unpack(&packed, Interaction::Search, None).is_err());
    }

    #[test]
    fn a_length_without_end_is_damage() {
        let packed = [&[1, 0, 200][..], &[0xFF; 30][..]].concat();
        assert!(unpack(&packed, Interaction::Search, None).is_err());
    }

    #[test]
    fn what_was_packed_comes_back() {
        let access = access();
        assert_eq!(unpack(&pack(&access), access.interaction, access.subject).unwrap(), access);
    }

    #[test]
    fn an_ordinary_access_takes_about_a_hundred_bytes() {
        let mut access = access();
        access.pointers.truncate(1);
        access.agent.user = "a-user-of-the-trust".into();
        assert!(pack(&access).len() < 110, "{}", pack(&access).len());
    }
}
