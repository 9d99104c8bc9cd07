//! What is destroyed is gone: for all processes, for good, and from the file.

use std::fs;

use super::{Place, claims::held};
use crate::{
    StoreError, codec,
    seal::{Kind, Owner, Slot},
};

const OWNER: Owner = Owner([7; 16]);

fn is_in(bytes: &[u8], key: &[u8; 32]) -> bool {
    bytes.windows(key.len()).any(|window| window == key)
}

#[test]
fn no_byte_of_a_destroyed_key_is_in_the_file() {
    let place = Place::new();
    let file = place.file();
    let slots = file.make_block().unwrap();
    let keys: Vec<_> = slots.iter().map(|slot| *held(&file, *slot).unwrap().bytes()).collect();
    assert!(is_in(&fs::read(place.path()).unwrap(), &keys[5]));
    file.destroy(&[slots[5], slots[200]]).unwrap();
    let bytes = fs::read(place.path()).unwrap();
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(is_in(&bytes, key), !matches!(number, 5 | 200), "{number}");
    }
}

#[test]
fn a_destroyed_key_stays_destroyed_when_the_file_is_opened_again() {
    let place = Place::new();
    let slots = place.file().make_block().unwrap();
    place.file().destroy(&slots[..1]).unwrap();
    let error = place.keys().cipher(slots[0]).map(drop).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the store is damaged: the key in slot 0 was destroyed"));
    assert!(!place.file().make_block().unwrap().contains(&slots[0]));
}

#[test]
fn a_key_may_be_destroyed_again_and_one_that_never_was_too() {
    let place = Place::new();
    let file = place.file();
    let slots = file.make_block().unwrap();
    for _ in 0..2 {
        file.destroy(&[slots[0], Slot(70_000)]).unwrap();
    }
    assert!(held(&file, slots[0]).is_none() && held(&file, slots[1]).is_some());
}

#[tokio::test]
async fn a_key_that_another_process_destroyed_opens_nothing_here() {
    let (place, body) = (Place::new(), b"a body that is long enough to be packed");
    let (here, there) = (place.keys(), place.keys());
    let slot = here.claim().await.unwrap();
    let packed = codec::pack(body).unwrap();
    let kept = here.cipher(slot).unwrap().seal(Kind::Orphan, OWNER, &packed).unwrap();
    assert_eq!(there.unpack(Kind::Orphan, OWNER, &kept).unwrap(), body);
    there.destroy(&[slot]).unwrap();
    assert!(matches!(here.unpack(Kind::Orphan, OWNER, &kept), Err(StoreError::Corrupt(_))));
}
