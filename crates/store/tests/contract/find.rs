//! Looking for the pointers of a patient, and walking through all of an exchange.

use std::sync::Arc;

use baton_exchange::{
    id::Home,
    pointer::{Pointer, PointerPage, PointerSearch, PointerState, SubjectKey},
};
use baton_store::{Page, Store};

use crate::{
    pointer::done,
    sample::{about, all_of, locator, moved, ods, pointer, pointer_about, subject},
};

async fn found(store: &Arc<dyn Store>, search: PointerSearch) -> PointerPage {
    store.find_pointers(search, all_of()).await.unwrap()
}

/// The numbers in the ids of pointers.
fn numbers(pointers: &[Pointer]) -> Vec<u8> {
    pointers.iter().map(|pointer| pointer.id.0[15]).collect()
}

async fn make(store: &Arc<dyn Store>, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        done(store, &[&pointer(number)]).await;
    }
}

pub async fn of_a_patient_who_never_had_a_pointer_nothing_is_known(store: Arc<dyn Store>) {
    make(&store, [1]).await;
    assert_eq!(found(&store, about(subject(2))).await, PointerPage::default());
    assert_eq!(found(&store, PointerSearch { home: Home(5), ..about(subject(1)) }).await, PointerPage::default());
}

pub async fn a_patient_whose_pointers_are_all_gone_is_known(store: Arc<dyn Store>) {
    make(&store, [1]).await;
    done(&store, &[&moved(&pointer(1), PointerState::Removed)]).await;
    assert_eq!(found(&store, about(subject(1))).await, PointerPage { is_known: true, ..PointerPage::default() });
}

pub async fn only_current_pointers_are_found(store: Arc<dyn Store>) {
    make(&store, 1..=4).await;
    for (number, state) in
        [(1, PointerState::Superseded), (2, PointerState::EnteredInError), (4, PointerState::Removed)]
    {
        done(&store, &[&moved(&pointer(number), state)]).await;
    }
    let page = found(&store, about(subject(1))).await;
    assert_eq!((page.total, page.pointers, page.next), (1, vec![pointer(3)], None));
}

pub async fn a_custodian_and_a_type_must_both_fit(store: Arc<dyn Store>) {
    make(&store, [1]).await;
    done(&store, &[&Pointer { custodian: ods("RGD"), ..pointer(2) }]).await;
    done(&store, &[&Pointer { record_type: "887701000000100".into(), ..pointer(3) }]).await;
    let custodian = |code: &str| PointerSearch { custodian: Some(ods(code)), ..about(subject(1)) };
    let both = PointerSearch { record_type: Some("736253002".into()), ..custodian("RR8") };
    let other = PointerSearch { record_type: Some("887701000000100".into()), ..custodian("RGD") };
    for (search, expected) in [(custodian("RR8"), vec![1, 3]), (custodian("RGD"), vec![2]), (both, vec![1])] {
        let page = found(&store, search).await;
        assert_eq!((page.total, numbers(&page.pointers)), (expected.len() as u64, expected));
    }
    assert_eq!(found(&store, other).await, PointerPage { is_known: true, ..PointerPage::default() });
}

pub async fn pointers_are_found_in_the_order_of_their_ids(store: Arc<dyn Store>) {
    make(&store, [5, 2, 4, 1, 3]).await;
    let page = store.find_pointers(about(subject(1)), Page { size: 3, after: None }).await.unwrap();
    assert_eq!((page.total, numbers(&page.pointers), page.next), (5, vec![1, 2, 3], Some(pointer(3).id)));
}

pub async fn a_page_of_size_nought_only_counts(store: Arc<dyn Store>) {
    make(&store, 1..=3).await;
    let counted = store.find_pointers(about(subject(1)), Page { size: 0, after: None }).await.unwrap();
    assert_eq!(counted, PointerPage { is_known: true, total: 3, pointers: Vec::new(), next: None });
}

pub async fn pages_of_pointers_stay_in_place_while_pointers_come_and_go(store: Arc<dyn Store>) {
    make(&store, [1, 3, 5, 7, 9]).await;
    let page = async |after| store.find_pointers(about(subject(1)), Page { size: 2, after }).await.unwrap();
    let first = page(None).await;
    done(&store, &[&moved(&pointer(3), PointerState::Removed)]).await;
    make(&store, [2, 8]).await;
    let second = page(first.next).await;
    done(&store, &[&moved(&pointer(8), PointerState::Removed)]).await;
    let third = page(second.next).await;
    let seen = [&first, &second, &third].map(|page| numbers(&page.pointers));
    assert_eq!((seen, second.total, third.next), ([vec![1, 3], vec![5, 7], vec![9]], 6, None));
}

pub async fn a_full_last_page_of_pointers_has_no_next(store: Arc<dyn Store>) {
    make(&store, 1..=3).await;
    let next = async |size| store.find_pointers(about(subject(1)), Page { size, after: None }).await.unwrap().next;
    assert_eq!((next(2).await, next(3).await), (Some(pointer(2).id), None));
}

pub async fn a_patient_with_many_pointers_is_read_page_by_page(store: Arc<dyn Store>) {
    let all: Vec<Pointer> = (1..=600).map(pointer).collect();
    done(&store, &all.iter().collect::<Vec<_>>()).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.find_pointers(about(subject(1)), Page { size: 250, after }).await.unwrap();
        assert_eq!(page.total, 600);
        seen.extend(page.pointers);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
}

/// Pointers of several homes, in the order in which they are exported.
async fn make_everywhere(store: &Arc<dyn Store>) -> Vec<Pointer> {
    let mut all = Vec::new();
    for patient in 0..12 {
        for number in [3, 1, 2] {
            let first = pointer_about(SubjectKey([patient; 16]), number);
            let newest = moved(&first, PointerState::ALL[number as usize]);
            done(store, &[&first]).await;
            done(store, &[&newest]).await;
            all.push(newest);
        }
    }
    all.sort_by_key(|pointer| (pointer.home, pointer.id));
    all
}

pub async fn an_exchange_without_pointers_exports_nothing(store: Arc<dyn Store>) {
    make_everywhere(&store).await;
    assert_eq!(store.export_pointers("other".into(), all_of()).await.unwrap(), (Vec::new(), None));
    assert_eq!(store.export_pointers(locator(), Page { size: 0, after: None }).await.unwrap().0, []);
}

pub async fn an_export_has_every_pointer_once_whatever_the_size_of_its_pages(store: Arc<dyn Store>) {
    let all = make_everywhere(&store).await;
    for size in [1, 5, 36, 37] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (pointers, next) = store.export_pointers(locator(), Page { size, after }).await.unwrap();
            seen.extend(pointers);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all, "{size}");
    }
}
