//! What a crash or a damaged disk may leave, and files that are not the right ones.

use std::fs;

use super::{Place, claims::held};
use crate::{
    StoreError,
    seal::{
        Slot,
        layout::{BLOCK_BYTES, BLOCK_SLOTS, HEAD_BYTES, SLOT_BYTES, offset},
    },
};

fn cut(place: &Place, bytes: u64) {
    fs::OpenOptions::new().write(true).open(place.path()).unwrap().set_len(bytes).unwrap();
}

fn check_error(result: Result<(), StoreError>, expected: &str) {
    assert_eq!(result.err().map(|error| error.to_string()).as_deref(), Some(expected));
}

#[test]
fn a_head_that_was_cut_while_it_was_made_is_made_again() {
    for bytes in [0, 1, 100, HEAD_BYTES as u64 - 1] {
        let place = Place::new();
        drop(place.file());
        cut(&place, bytes);
        assert_eq!(place.file().make_block().unwrap()[0], Slot(0));
    }
}

#[test]
fn a_head_of_which_only_the_length_came_to_the_disk_is_made_again() {
    let place = Place::new();
    drop(place.file());
    cut(&place, 0);
    cut(&place, HEAD_BYTES as u64);
    assert_eq!(place.file().make_block().unwrap()[0], Slot(0));
}

#[test]
fn a_head_without_a_word_before_keys_is_damage() {
    let place = Place::new();
    place.file().make_block().unwrap();
    let mut bytes = fs::read(place.path()).unwrap();
    bytes[..HEAD_BYTES].fill(0);
    fs::write(place.path(), bytes).unwrap();
    check_error(place.keys().check(1), "the store is damaged: the key file is the file of another program");
}

#[test]
fn a_changed_head_is_damage() {
    let place = Place::new();
    drop(place.file());
    let mut bytes = fs::read(place.path()).unwrap();
    bytes[20] ^= 1;
    fs::write(place.path(), bytes).unwrap();
    check_error(place.keys().check(1), "the store is damaged: the head of the key file is damaged");
}

#[test]
fn a_file_of_another_program_stays_as_it_is() {
    let place = Place::new();
    let bytes = vec![b'x'; 2 * HEAD_BYTES];
    fs::write(place.path(), &bytes).unwrap();
    fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(super::KeyFile::open_or_make(&place.path()).is_err());
    assert_eq!(fs::read(place.path()).unwrap(), bytes);
}

#[test]
fn a_block_that_was_cut_is_left_and_the_next_one_is_made_behind_it() {
    for left in [1, SLOT_BYTES as u64, 5 * SLOT_BYTES as u64 + 7, BLOCK_BYTES as u64 - 1] {
        let place = Place::new();
        let first = place.file().make_block().unwrap();
        let kept = *held(&place.file(), first[0]).unwrap().bytes();
        place.file().make_block().unwrap();
        cut(&place, offset(Slot(BLOCK_SLOTS)) + left);
        let next = place.file().make_block().unwrap();
        assert!(next.iter().all(|slot| !first.contains(slot) && held(&place.file(), *slot).is_some()), "{left}");
        assert_eq!(*held(&place.file(), first[0]).unwrap().bytes(), kept);
    }
}

#[test]
fn a_slot_that_was_never_made_has_no_key() {
    let place = Place::new();
    place.file().make_block().unwrap();
    assert!(held(&place.file(), Slot(BLOCK_SLOTS)).is_none());
    assert!(held(&place.file(), Slot(u32::MAX)).is_none());
    let cipher = place.keys().cipher(Slot(900)).map(drop);
    check_error(cipher, "the store is damaged: the key file has no key in slot 900");
}

#[test]
fn a_changed_bit_makes_one_slot_damaged_and_no_other() {
    let place = Place::new();
    place.file().make_block().unwrap();
    for bit in 0..(SLOT_BYTES - 8) * 8 {
        let mut bytes = fs::read(place.path()).unwrap();
        bytes[offset(Slot(4)) as usize + bit / 8] ^= 1 << (bit % 8);
        fs::write(place.path(), &bytes).unwrap();
        assert!(place.file().look(Slot(4)).is_err(), "{bit}");
        assert!(held(&place.file(), Slot(3)).is_some() && held(&place.file(), Slot(5)).is_some());
        bytes[offset(Slot(4)) as usize + bit / 8] ^= 1 << (bit % 8);
        fs::write(place.path(), &bytes).unwrap();
    }
}

#[test]
fn a_missing_file_on_which_the_database_relies_is_damage_and_not_made_anew() {
    let place = Place::new();
    let text = "the store is damaged: the key file is missing on which the database relies: name it in [store] keys";
    check_error(place.keys().check(1), text);
    assert!(!place.path().exists());
}

#[test]
fn a_file_that_is_older_than_the_database_is_damage() {
    let place = Place::new();
    place.file().make_block().unwrap();
    place.keys().check(u64::from(BLOCK_SLOTS)).unwrap();
    let text = "the store is damaged: the key file is older than the database and lacks keys";
    check_error(place.keys().check(u64::from(BLOCK_SLOTS) + 1), text);
}
