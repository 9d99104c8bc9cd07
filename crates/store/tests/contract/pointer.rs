//! Pointers: made once, changed version by version, found by their names.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::Home,
    pointer::{Pointer, PointerName, PointerSearch, PointerState, SubjectKey},
};
use baton_store::{Committed, Store, StoreError};
use tokio::task::JoinSet;

use crate::sample::{
    about, all_of, batch, by_id, by_master, locator, look, master, moved, ods, pointer, pointer_about, secs, subject,
};

fn put(pointers: &[&Pointer]) -> Batch {
    batch(pointers.iter().map(|pointer| Change::PutPointer((*pointer).clone())).collect())
}

pub async fn done(store: &Arc<dyn Store>, pointers: &[&Pointer]) {
    assert_eq!(store.commit(put(pointers)).await.unwrap(), Committed::Done);
}

async fn outdated(store: &Arc<dyn Store>, pointers: &[&Pointer]) {
    assert_eq!(store.commit(put(pointers)).await.unwrap(), Committed::Outdated);
}

/// The pointer with this name.
async fn the(store: &Arc<dyn Store>, name: PointerName) -> Option<Pointer> {
    store.pointers(vec![name]).await.unwrap().pop().unwrap()
}

fn no_pointer(of: &Pointer) -> Assert {
    Assert::NoPointer { home: of.home, subject: of.subject, master: of.master.unwrap() }
}

fn at(pointer: &Pointer) -> Assert {
    Assert::PointerAt { home: pointer.home, id: pointer.id, version: pointer.version }
}

/// Makes a pointer that takes the place of another one.
pub fn supersede(old: &Pointer, new: &Pointer) -> Batch {
    let changes = put(&[new, &moved(old, PointerState::Superseded)]).changes;
    Batch { asserts: vec![no_pointer(new), at(old)], changes }
}

/// Commits a pointer and a line under an assert that does not hold, and looks whether any of it is there.
async fn check_nothing_is_written(store: Arc<dyn Store>, assert: Assert) {
    let new = pointer(9);
    let changes = vec![Change::PutPointer(new.clone()), Change::PutAudit(look(9, subject(1), &[]))];
    let refused = Batch { asserts: vec![assert], changes };
    assert_eq!(store.commit(refused).await.unwrap(), Committed::Outdated);
    assert_eq!(the(&store, by_id(&new)).await, None);
    assert!(store.audit(0, 10).await.unwrap().is_empty());
}

pub async fn a_masteridentifier_asserted_away_that_is_there_writes_nothing(store: Arc<dyn Store>) {
    let first = pointer(1);
    done(&store, &[&first]).await;
    check_nothing_is_written(store, no_pointer(&first)).await;
}

pub async fn a_masteridentifier_of_a_removed_pointer_stays_used(store: Arc<dyn Store>) {
    let first = pointer(1);
    done(&store, &[&first]).await;
    done(&store, &[&moved(&first, PointerState::Removed)]).await;
    outdated(&store, &[&Pointer { master: first.master, ..pointer(2) }]).await;
    check_nothing_is_written(store, no_pointer(&first)).await;
}

pub async fn a_pointer_that_has_moved_on_writes_nothing(store: Arc<dyn Store>) {
    let first = pointer(1);
    done(&store, &[&first]).await;
    done(&store, &[&moved(&first, PointerState::EnteredInError)]).await;
    check_nothing_is_written(store, at(&first)).await;
}

pub async fn a_pointer_that_is_not_there_is_at_no_version(store: Arc<dyn Store>) {
    check_nothing_is_written(store, at(&pointer(1))).await;
}

pub async fn a_second_pointer_with_the_same_id_is_outdated(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    outdated(&store, &[&Pointer { master: Some(master("other")), ..pointer(1) }]).await;
    outdated(&store, &[&Pointer { master: None, subject: subject(2), ..pointer(1) }]).await;
}

pub async fn a_second_pointer_with_the_same_masteridentifier_is_outdated(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    outdated(&store, &[&Pointer { master: pointer(1).master, ..pointer(2) }]).await;
    assert_eq!(the(&store, by_id(&pointer(2))).await, None);
}

pub async fn a_pointer_is_only_put_in_its_next_version(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    for version in [0, 1, 3] {
        outdated(&store, &[&Pointer { version, ..pointer(1) }]).await;
    }
    done(&store, &[&Pointer { version: 2, ..pointer(1) }]).await;
}

pub async fn a_later_version_of_what_was_never_made_is_outdated(store: Arc<dyn Store>) {
    outdated(&store, &[&Pointer { version: 2, ..pointer(1) }]).await;
    outdated(&store, &[&Pointer { version: 0, ..pointer(1) }]).await;
    assert_eq!(the(&store, by_id(&pointer(1))).await, None);
}

pub async fn a_batch_with_pointers_of_two_homes_is_a_fault(store: Arc<dyn Store>) {
    let elsewhere = pointer_about(SubjectKey([8; 16]), 2);
    assert!(matches!(store.commit(put(&[&pointer(1), &elsewhere])).await, Err(StoreError::Bug(_))));
}

pub async fn a_supersede_that_conflicts_leaves_both_as_they_were(store: Arc<dyn Store>) {
    let (old, taken) = (pointer(1), pointer(2));
    done(&store, &[&old, &taken]).await;
    let new = Pointer { master: taken.master, ..pointer(3) };
    outdated(&store, &[&moved(&old, PointerState::Superseded), &new]).await;
    assert_eq!(the(&store, by_id(&old)).await, Some(old));
    assert_eq!(the(&store, by_id(&new)).await, None);
}

pub async fn a_masteridentifier_is_free_for_another_patient_and_in_another_home(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    done(&store, &[&Pointer { master: pointer(1).master, ..pointer_about(subject(2), 2) }]).await;
    let elsewhere = Pointer { home: Home(5), ..pointer(1) };
    done(&store, &[&elsewhere]).await;
    assert_eq!(the(&store, by_id(&elsewhere)).await, Some(elsewhere));
}

pub async fn pointers_without_masteridentifier_are_as_many_as_one_likes(store: Arc<dyn Store>) {
    let nameless = |number| Pointer { master: None, ..pointer(number) };
    done(&store, &[&nameless(1), &nameless(2)]).await;
    done(&store, &[&nameless(3)]).await;
    assert_eq!(the(&store, by_id(&pointer(3))).await, Some(nameless(3)));
}

pub async fn a_pointer_that_was_never_made_is_not_there(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    assert_eq!(the(&store, by_id(&pointer(2))).await, None);
    assert_eq!(the(&store, by_master(subject(1), "master-2")).await, None);
    assert_eq!(the(&store, by_master(subject(2), "master-1")).await, None);
}

pub async fn a_pointer_of_another_home_is_not_there(store: Arc<dyn Store>) {
    done(&store, &[&pointer(1)]).await;
    let elsewhere = Pointer { home: Home(5), ..pointer(1) };
    assert_eq!(the(&store, by_id(&elsewhere)).await, None);
}

pub async fn a_pointer_comes_back_with_every_byte(store: Arc<dyn Store>) {
    for (number, length) in [(1, 0), (2, 1_200), (3, 9_000), (4, 300_000)] {
        let body = (0..length).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 22) as u8 | 1).collect();
        let sent = Pointer {
            custodian: ods("A1B2C3"),
            record_type: "1363501000000100".into(),
            created: secs(-5),
            updated: secs(-4),
            body,
            ..pointer(number)
        };
        done(&store, &[&sent]).await;
        assert!(the(&store, by_id(&sent)).await == Some(sent.clone()), "{length}");
        assert!(the(&store, by_master(subject(1), &format!("master-{number}"))).await == Some(sent), "{length}");
    }
}

pub async fn pointers_come_in_the_order_in_which_they_were_named(store: Arc<dyn Store>) {
    let (first, second) = (pointer(1), pointer_about(SubjectKey([8; 16]), 2));
    done(&store, &[&first]).await;
    done(&store, &[&second]).await;
    let names = vec![
        by_master(SubjectKey([8; 16]), "master-2"),
        by_id(&pointer(3)),
        by_id(&first),
        by_master(subject(1), "master-1"),
        by_id(&second),
    ];
    let expected = [Some(second.clone()), None, Some(first.clone()), Some(first), Some(second)];
    assert_eq!(store.pointers(names).await.unwrap(), expected);
    assert_eq!(store.pointers(Vec::new()).await.unwrap(), []);
}

pub async fn a_next_version_changes_state_times_and_body_and_nothing_else(store: Arc<dyn Store>) {
    let first = pointer(1);
    done(&store, &[&first]).await;
    let next = moved(&first, PointerState::Removed);
    let misled = Pointer {
        subject: subject(2),
        custodian: ods("RGD"),
        record_type: "1".into(),
        master: None,
        created: secs(9),
        ..next.clone()
    };
    done(&store, &[&misled]).await;
    assert_eq!(the(&store, by_id(&first)).await, Some(next.clone()));
    assert_eq!(the(&store, by_master(subject(1), "master-1")).await, Some(next));
}

/// Commits all at once and counts those that were done.
async fn race(store: &Arc<dyn Store>, batches: Vec<Batch>) -> usize {
    let mut running = JoinSet::new();
    for batch in batches {
        let store = Arc::clone(store);
        running.spawn(async move { store.commit(batch).await.unwrap() });
    }
    running.join_all().await.into_iter().filter(|committed| *committed == Committed::Done).count()
}

pub async fn of_many_racing_pointers_with_one_masteridentifier_one_is_made(store: Arc<dyn Store>) {
    let contender = |number: u32| Pointer { master: Some(master("contended")), ..pointer(number) };
    let careful = |number| Batch { asserts: vec![no_pointer(&contender(number))], ..put(&[&contender(number)]) };
    let careless = |number| put(&[&contender(number)]);
    assert_eq!(race(&store, (1..40).map(careful).chain((40..60).map(careless)).collect()).await, 1);
    assert_eq!(store.find_pointers(about(subject(1)), all_of()).await.unwrap().total, 1);
}

pub async fn of_many_racing_supersedes_of_one_pointer_one_is_done(store: Arc<dyn Store>) {
    let old = pointer(1);
    done(&store, &[&old]).await;
    assert_eq!(race(&store, (2..60).map(|number| supersede(&old, &pointer(number))).collect()).await, 1);
    let current = store.find_pointers(about(subject(1)), all_of()).await.unwrap();
    assert_eq!(current.total, 1);
    assert_eq!(the(&store, by_id(&old)).await.map(|old| old.version), Some(2));
}

pub async fn of_many_racing_changes_of_one_pointer_one_is_done(store: Arc<dyn Store>) {
    let old = pointer(1);
    done(&store, &[&old]).await;
    let states = [PointerState::EnteredInError, PointerState::Removed];
    let change = |number: usize| Batch { asserts: vec![at(&old)], ..put(&[&moved(&old, states[number % 2])]) };
    let careless = |_| put(&[&moved(&old, PointerState::EnteredInError)]);
    assert_eq!(race(&store, (0..40).map(change).chain((0..20).map(careless)).collect()).await, 1);
    assert_eq!(the(&store, by_id(&old)).await.map(|old| old.version), Some(2));
}

/// Supersedes whatever is current, until it is done.
async fn take_over(store: Arc<dyn Store>, patient: SubjectKey, number: u32) {
    loop {
        let current = store.find_pointers(about(patient), all_of()).await.unwrap().pointers;
        assert_eq!(current.len(), 1, "never none and never two");
        let new = pointer_about(patient, number);
        if store.commit(supersede(&current[0], &new)).await.unwrap() == Committed::Done {
            return;
        }
    }
}

pub async fn racing_chains_of_supersedes_lose_nothing_and_leave_one_current(store: Arc<dyn Store>) {
    let patients = [subject(1), subject(2), SubjectKey([8; 16])];
    for patient in patients {
        done(&store, &[&pointer_about(patient, 1)]).await;
    }
    let mut running = JoinSet::new();
    for number in 2..32 {
        for patient in patients {
            running.spawn(take_over(Arc::clone(&store), patient, number));
        }
    }
    running.join_all().await;
    for patient in patients {
        let names = (1..32).map(|number| by_id(&pointer_about(patient, number))).collect();
        let all: Vec<Pointer> = store.pointers(names).await.unwrap().into_iter().map(Option::unwrap).collect();
        let superseded = all.iter().filter(|one| one.state == PointerState::Superseded && one.version == 2).count();
        let current = all.iter().filter(|one| one.state == PointerState::Current && one.version == 1).count();
        assert_eq!((superseded, current), (30, 1));
    }
}

/// Keys that look alike to an index that has only a part of them.
pub async fn patients_and_homes_that_look_alike_stay_apart(store: Arc<dyn Store>) {
    let mut alike = subject(1);
    alike.0[15] ^= 1;
    let one = pointer(1);
    let twin = pointer_about(alike, 2);
    let neighbour = Pointer { home: Home(one.home.0 ^ 1), ..pointer(3) };
    done(&store, &[&one, &twin]).await;
    done(&store, &[&neighbour]).await;
    for (search, expected) in [
        (about(subject(1)), &one),
        (about(alike), &twin),
        (PointerSearch { home: neighbour.home, ..about(subject(1)) }, &neighbour),
    ] {
        let found = store.find_pointers(search, all_of()).await.unwrap();
        assert_eq!((found.total, found.pointers), (1, vec![expected.clone()]));
    }
    let exported = store.export_pointers(locator(), all_of()).await.unwrap().0;
    assert_eq!(exported, [one, twin], "the neighbour's home is not the exchange's");
}
