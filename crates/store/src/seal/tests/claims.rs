//! Who gets which key.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt, process::Command, sync::Arc};

use super::Place;
use crate::{
    StoreError,
    seal::{Keys, Kind, Owner, Slot, layout::Held},
};

/// The word by which this program, started again, knows that it is to make blocks in the file of this name.
const OTHER_PROCESS: &str = "BATON_TEST_KEYS_OF_ANOTHER_PROCESS";

async fn claimed(keys: &Arc<Keys>, how_many: usize) -> Vec<Slot> {
    let mut slots = Vec::new();
    for _ in 0..how_many {
        slots.push(keys.claim().await.unwrap());
    }
    slots
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let place = Place::new();
    drop(place.file());
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(place.keys().check(1), Err(StoreError::Unavailable(_))));
}

#[test]
fn a_new_key_file_is_for_its_owner_alone() {
    let place = Place::new();
    drop(place.file());
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn no_file_is_made_before_a_key_is_needed() {
    let place = Place::new();
    let keys = place.keys();
    keys.check(0).unwrap();
    keys.unpack(Kind::Parcel, Owner([1; 16]), &[0, 1, 2]).unwrap();
    keys.destroy(&[]).unwrap();
    assert!(!place.path().exists());
    keys.claim().await.unwrap();
    assert!(place.path().exists());
}

#[tokio::test]
async fn no_slot_is_claimed_twice_and_each_has_a_key() {
    let place = Place::new();
    let keys = place.keys();
    let slots = claimed(&keys, 700).await;
    assert_eq!(slots.iter().collect::<HashSet<_>>().len(), 700);
    let file = place.file();
    let found: HashSet<_> = slots.iter().map(|slot| *held(&file, *slot).unwrap().bytes()).collect();
    assert_eq!(found.len(), 700);
}

#[tokio::test]
async fn a_slot_of_an_earlier_run_is_not_claimed_again() {
    let place = Place::new();
    let first = claimed(&place.keys(), 3).await;
    let second = claimed(&place.keys(), 300).await;
    assert!(first.iter().all(|slot| !second.contains(slot)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_with_files_of_their_own_and_in_common_claim_different_slots() {
    let place = Place::new();
    let (shared, mut tasks) = (place.keys(), Vec::new());
    for number in 0..8 {
        let keys = if number % 2 == 0 { place.keys() } else { Arc::clone(&shared) };
        tasks.push(tokio::spawn(async move { claimed(&keys, 400).await }));
    }
    let mut all = HashSet::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    assert_eq!(all.len(), 8 * 400);
}

#[test]
fn processes_make_different_blocks() {
    const BLOCKS: usize = 20;
    if let Some(path) = std::env::var_os(OTHER_PROCESS) {
        let file = crate::seal::file::KeyFile::open_or_make(path.as_ref()).unwrap();
        for _ in 0..BLOCKS {
            println!("block {}", file.make_block().unwrap()[0].0);
        }
        return;
    }
    let place = Place::new();
    let myself = std::env::current_exe().unwrap();
    let name = "processes_make_different_blocks";
    let others: Vec<_> = (0..3)
        .map(|_| {
            let mut command = Command::new(&myself);
            command.args([name, "--nocapture"]).env(OTHER_PROCESS, place.path());
            command.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut blocks = HashSet::new();
    for other in others {
        let output = String::from_utf8(other.wait_with_output().unwrap().stdout).unwrap();
        blocks.extend(output.lines().filter_map(|line| Some(line.split_once("block ")?.1.to_owned())));
    }
    assert_eq!(blocks.len(), 3 * BLOCKS);
}

#[tokio::test]
async fn the_secret_stays_the_same_and_belongs_to_the_deployment() {
    let (here, there) = (Place::new(), Place::new());
    let secret = here.keys().blind().await.unwrap();
    assert_eq!(here.keys().blind().await.unwrap(), secret);
    assert_ne!(there.keys().blind().await.unwrap(), secret);
    assert_ne!(secret, [0; 32]);
}

pub(super) fn held(file: &crate::seal::file::KeyFile, slot: Slot) -> Option<crate::seal::key::Key> {
    match file.look(slot).unwrap() {
        Held::Key(key) => Some(key),
        Held::Destroyed | Held::Nothing => None,
    }
}

#[tokio::test]
async fn the_fingerprint_belongs_to_the_file_and_is_not_its_secret() {
    let (here, there) = (Place::new(), Place::new());
    let secret = here.keys().blind().await.unwrap();
    there.keys().blind().await.unwrap();
    let fingerprint = here.keys().fingerprint().unwrap();
    assert_eq!(here.keys().fingerprint().unwrap(), fingerprint);
    assert_ne!(there.keys().fingerprint().unwrap(), fingerprint);
    assert_ne!(fingerprint.bytes(), secret);
    here.keys().claim().await.unwrap();
    assert_eq!(here.keys().fingerprint().unwrap(), fingerprint, "keys come and go");
}
