//! What a seal keeps, and from whom.

use crate::{
    StoreError, codec,
    seal::{Cipher, Kind, Owner, SEALED, Slot, cipher::slot_of, key::Key},
};

const OWNER: Owner = Owner([7; 16]);
const SLOT: Slot = Slot(3);

fn cipher(slot: Slot, byte: u8) -> Cipher {
    Cipher::new(slot, &Key::new([byte; 32])).unwrap()
}

fn sealed(body: &[u8]) -> Vec<u8> {
    cipher(SLOT, 1).seal(Kind::Parcel, OWNER, body).unwrap()
}

fn check_refused(cipher: &Cipher, kind: Kind, owner: Owner, kept: &[u8]) {
    assert!(matches!(cipher.unseal(kind, owner, kept), Err(StoreError::Corrupt(_))));
}

#[test]
fn another_key_does_not_open_it() {
    check_refused(&cipher(SLOT, 2), Kind::Parcel, OWNER, &sealed(b"body"));
}

#[test]
fn it_is_not_taken_for_a_body_of_another_owner() {
    check_refused(&cipher(SLOT, 1), Kind::Parcel, Owner([8; 16]), &sealed(b"body"));
}

#[test]
fn it_is_not_taken_for_a_body_of_another_kind() {
    for kind in [Kind::Transcript, Kind::Notice, Kind::Orphan] {
        check_refused(&cipher(SLOT, 1), kind, OWNER, &sealed(b"body"));
    }
}

#[test]
fn it_does_not_move_to_another_slot() {
    check_refused(&cipher(Slot(4), 1), Kind::Parcel, OWNER, &sealed(b"body"));
}

#[test]
fn no_bit_of_it_can_be_changed_after_the_slot() {
    let sealed = sealed(b"body");
    for place in 5..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        check_refused(&cipher(SLOT, 1), Kind::Parcel, OWNER, &changed);
    }
}

#[test]
fn it_cannot_be_cut() {
    let sealed = sealed(b"body");
    for end in 1..sealed.len() {
        check_refused(&cipher(SLOT, 1), Kind::Parcel, OWNER, &sealed[..end]);
    }
}

#[test]
fn a_body_comes_back_whatever_its_length() {
    for length in [0, 1, 15, 16, 17, 100_000] {
        let body = vec![9; length];
        let kept = sealed(&body);
        assert_eq!((kept[0], slot_of(&kept).unwrap()), (SEALED, Some(SLOT)));
        assert_eq!(cipher(SLOT, 1).unseal(Kind::Parcel, OWNER, &kept).unwrap(), body);
    }
}

#[test]
fn the_same_body_never_looks_the_same() {
    assert_ne!(sealed(b"body"), sealed(b"body"));
}

#[test]
fn a_body_that_is_not_sealed_has_no_slot() {
    let packed = codec::pack(b"some body").unwrap();
    assert_eq!(slot_of(&packed).unwrap(), None);
    assert_eq!(slot_of(&[]).unwrap(), None);
}

#[test]
fn a_sealed_body_that_nobody_unsealed_is_damage() {
    assert!(matches!(codec::unpack(&sealed(b"body")), Err(StoreError::Corrupt(_))));
}
