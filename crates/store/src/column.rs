//! How our types look in columns, where both databases do it alike.

use baton_exchange::{
    access::{AccountState, Login},
    audit::{AuditAction, Deed, Errand, Interaction, Query, Sealed},
    delivery::Trouble,
    pointer::{Ods, PointerState},
    referral::ReferralState,
};

use crate::StoreError;

/// Bytes of an id or a short hash.
pub(crate) const ID_BYTES: usize = 16;

const REFERRAL_STATES: [ReferralState; 3] = [ReferralState::Active, ReferralState::Cancelled, ReferralState::Revoked];

const AUDIT_ACTIONS: [AuditAction; 12] = [
    AuditAction::Submitted,
    AuditAction::Updated,
    AuditAction::Cancelled,
    AuditAction::Recorded,
    AuditAction::Corrected,
    AuditAction::Moved,
    AuditAction::Booked,
    AuditAction::Wrote,
    AuditAction::Forwarded,
    AuditAction::Revoked,
    AuditAction::Heard,
    AuditAction::Acknowledged,
];

/// Whether an account may be used, as a word.
pub(crate) fn account_state_word(state: AccountState) -> &'static str {
    match state {
        AccountState::Open => "open",
        AccountState::Disabled => "disabled",
    }
}

/// The word back.
///
/// # Errors
///
/// `Corrupt` for any other word.
pub(crate) fn account_state(word: &str) -> Result<AccountState, StoreError> {
    match word {
        "open" => Ok(AccountState::Open),
        "disabled" => Ok(AccountState::Disabled),
        _ => Err(StoreError::Corrupt("an account in an unknown state".into())),
    }
}

/// A login of a column.
///
/// # Errors
///
/// `Corrupt` when nobody can be called so.
pub(crate) fn login(text: &str) -> Result<Login, StoreError> {
    Login::read(text).ok_or_else(|| StoreError::Corrupt("an account that nobody can log in to".into()))
}

/// An id or a hash of a column that holds one.
///
/// # Errors
///
/// `Corrupt` when it has another length.
pub(crate) fn id<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("an id of the wrong length".into()))
}

/// Many ids in one column.
pub(crate) fn join_ids(ids: impl IntoIterator<Item = [u8; ID_BYTES]>) -> Vec<u8> {
    ids.into_iter().flatten().collect()
}

/// The ids of such a column.
///
/// # Errors
///
/// `Corrupt` when the last one is cut.
pub(crate) fn split_ids(joined: &[u8]) -> Result<impl Iterator<Item = [u8; ID_BYTES]>, StoreError> {
    let (ids, rest) = joined.as_chunks::<ID_BYTES>();
    if rest.is_empty() { Ok(ids.iter().copied()) } else { Err(StoreError::Corrupt("a cut list of ids".into())) }
}

/// Many numbers of rows in one column.
pub(crate) fn join_numbers(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The numbers of such a column.
///
/// # Errors
///
/// `Corrupt` when the last one is cut.
pub(crate) fn split_numbers(joined: &[u8]) -> Result<Vec<i64>, StoreError> {
    let (numbers, rest) = joined.as_chunks::<8>();
    if rest.is_empty() {
        Ok(numbers.iter().map(|number| i64::from_be_bytes(*number)).collect())
    } else {
        Err(StoreError::Corrupt("a cut list of numbers".into()))
    }
}

/// Reads what went wrong with a parked notice.
///
/// # Errors
///
/// `Corrupt` for a word that is none, and where there is none at all.
pub(crate) fn trouble(word: Option<&str>) -> Result<Trouble, StoreError> {
    word.and_then(Trouble::of_code).ok_or_else(|| StoreError::Corrupt("a parked notice without a reason".into()))
}

/// Reads the word of a state.
///
/// # Errors
///
/// `Corrupt` when there is no such state.
pub(crate) fn referral_state(word: &str) -> Result<ReferralState, StoreError> {
    let found = REFERRAL_STATES.into_iter().find(|state| state.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("a referral in an unknown state".into()))
}

/// Reads the word of an action.
///
/// # Errors
///
/// `Corrupt` when there is no such action.
pub(crate) fn audit_action(word: &str) -> Result<AuditAction, StoreError> {
    let found = AUDIT_ACTIONS.into_iter().find(|action| action.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("an audit of an unknown action".into()))
}

/// Reads the word of an interaction.
///
/// # Errors
///
/// `Corrupt` when there is no such interaction.
pub(crate) fn interaction(word: &str) -> Result<Interaction, StoreError> {
    let found = Interaction::ALL.into_iter().find(|interaction| interaction.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("an audit of an unknown interaction".into()))
}

/// Reads the word of an errand.
///
/// # Errors
///
/// `Corrupt` when there is no such errand.
pub(crate) fn errand(word: &str) -> Result<Errand, StoreError> {
    let found = Errand::ALL.into_iter().find(|errand| errand.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("an audit of an unknown errand".into()))
}

/// Reads the word of what an operator did.
///
/// # Errors
///
/// `Corrupt` when there is no such deed.
pub(crate) fn deed(word: &str) -> Result<Deed, StoreError> {
    let found = Deed::ALL.into_iter().find(|deed| deed.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("an audit of an unknown deed".into()))
}

/// The query of a line, as two columns have it.
pub(crate) fn query(shape: Option<String>, sealed: Option<Vec<u8>>) -> Option<Query> {
    shape.map(|shape| Query { shape, sealed: sealed.map(Sealed) })
}

/// Reads the word of a pointer's state.
///
/// # Errors
///
/// `Corrupt` when there is no such state.
pub(crate) fn pointer_state(word: &str) -> Result<PointerState, StoreError> {
    let found = PointerState::ALL.into_iter().find(|state| state.as_str() == word);
    found.ok_or_else(|| StoreError::Corrupt("a pointer in an unknown state".into()))
}

/// Reads the code of an organisation.
///
/// # Errors
///
/// `Corrupt` when it cannot be one.
pub(crate) fn ods(code: &str) -> Result<Ods, StoreError> {
    Ods::parse(code).ok_or_else(|| StoreError::Corrupt("a code that no organisation can have".into()))
}

/// Scopes as OAuth writes them.
pub(crate) fn join_scopes(scopes: &[String]) -> String {
    scopes.join(" ")
}

/// The scopes of such a column.
pub(crate) fn split_scopes(joined: &str) -> Vec<String> {
    joined.split_whitespace().map(str::to_owned).collect()
}

/// A number that cannot be negative, as a database gives it.
///
/// # Errors
///
/// `Corrupt` when it does not fit.
pub(crate) fn count<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Corrupt("a number out of range".into()))
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        audit::{Errand, Interaction},
        pointer::PointerState,
    };

    use super::{
        AUDIT_ACTIONS, REFERRAL_STATES, audit_action, errand, id, interaction, join_ids, join_numbers, ods,
        pointer_state, referral_state, split_ids, split_numbers,
    };

    #[test]
    fn a_cut_list_of_ids_is_damage() {
        assert!(split_ids(&[1; 17]).is_err());
    }

    #[test]
    fn an_id_of_the_wrong_length_is_damage() {
        assert!(id::<16>(&[1; 15]).is_err() && id::<32>(&[1; 16]).is_err());
    }

    #[test]
    fn a_cut_list_of_numbers_is_damage() {
        assert!(split_numbers(&[1; 9]).is_err());
    }

    #[test]
    fn an_unknown_word_is_damage() {
        assert!(referral_state("asleep").is_err() && audit_action("dreamt").is_err());
        assert!(
            pointer_state("lost").is_err()
                && interaction("hum").is_err()
                && errand("stroll").is_err()
                && ods("not a code").is_err()
        );
    }

    #[test]
    fn lists_come_back_as_they_were() {
        let ids: Vec<_> = split_ids(&join_ids([[1; 16], [2; 16]])).unwrap().collect();
        assert_eq!((ids, split_numbers(&join_numbers(&[3, -4])).unwrap()), (vec![[1; 16], [2; 16]], vec![3, -4]));
    }

    #[test]
    fn each_state_and_action_is_read_from_its_own_word() {
        for state in REFERRAL_STATES {
            assert_eq!(referral_state(state.as_str()).unwrap(), state);
        }
        for action in AUDIT_ACTIONS {
            assert_eq!(audit_action(action.as_str()).unwrap(), action);
        }
        for state in PointerState::ALL {
            assert_eq!(pointer_state(state.as_str()).unwrap(), state);
        }
        for word in Errand::ALL {
            assert_eq!(errand(word.as_str()).unwrap(), word);
        }
        for word in Interaction::ALL {
            assert_eq!(interaction(word.as_str()).unwrap(), word);
        }
    }
}
