//! Searches of somebody who may see a part only: what is out of it is not found, not counted, and on no page.

use std::sync::Arc;

use baton_store::{SearchQuestion, Store, Within};

use crate::{
    sample::{all, index_key, page, replace, resource, with_keys},
    shared::{case, done, put, search_of},
};

/// Each text is a set of keys of which one has to fit: `red|blue`.
fn part(sets: &[&str]) -> Within {
    let set = |names: &&str| names.split('|').map(index_key).collect();
    Within { ids: None, keys: sets.iter().map(set).collect() }
}

fn of_ids(ids: &[&str], sets: &[&str]) -> Within {
    Within { ids: Some(ids.iter().map(|id| (*id).to_owned()).collect()), ..part(sets) }
}

fn within(question: SearchQuestion, parts: &[Within]) -> SearchQuestion {
    SearchQuestion { within: parts.to_vec(), ..question }
}

async fn send_four(store: &Arc<dyn Store>) {
    let patients = [("p1", ["red", "round"]), ("p2", ["red", "square"]), ("p3", ["blue", "round"]), ("p4", ["", "x"])];
    let patients = patients.map(|(id, keys)| resource(&format!("Patient/{id}"), "", &keys));
    done(store, vec![replace(1, patients.to_vec())]).await;
}

/// The ids of all pages of that size, which are as many as are counted.
async fn found(store: &Arc<dyn Store>, question: SearchQuestion, size: u32) -> String {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let (found, next) = store.search(question.clone(), page(size, after)).await.unwrap();
        assert!(found.len() == size as usize || next.is_none(), "a page is full, whatever is out of the part");
        ids.extend(found.into_iter().map(|resource| resource.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(store.count(question).await.unwrap(), ids.len() as u64);
    ids.join(" ")
}

pub async fn what_is_in_no_part_is_not_found(store: Arc<dyn Store>) {
    send_four(&store).await;
    let nothing = [part(&[""]), part(&["red", "blue"]), of_ids(&[], &[]), of_ids(&["p1"], &["blue"]), part(&["green"])];
    let none = Within { ids: None, keys: vec![Vec::new()] };
    for parts in nothing.into_iter().chain([none]).map(|part| vec![part]) {
        let expected = if parts[0] == part(&[""]) { "p4" } else { "" };
        assert_eq!(found(&store, within(all("Patient"), &parts), 1).await, expected, "{parts:?}");
    }
    assert_eq!(found(&store, within(all("Coverage"), &[part(&["red"])]), 1).await, "");
    assert_eq!(found(&store, within(with_keys("Patient", &[&["blue"]]), &[part(&["red"])]), 1).await, "");
}

pub async fn what_is_in_one_of_the_parts_is_found_once(store: Arc<dyn Store>) {
    send_four(&store).await;
    for (parts, expected) in [
        (vec![], "p1 p2 p3 p4"),
        (vec![part(&[])], "p1 p2 p3 p4"),
        (vec![part(&["red"])], "p1 p2"),
        (vec![part(&["red", "round"])], "p1"),
        (vec![part(&["red|blue", "round"])], "p1 p3"),
        (vec![part(&["blue"]), part(&["square"])], "p2 p3"),
        (vec![part(&["red"]), part(&["round"]), part(&["red"])], "p1 p2 p3"),
        (vec![of_ids(&["p4", "p9"], &[]), part(&["blue"])], "p3 p4"),
        (vec![of_ids(&["p1", "p3"], &["red"])], "p1"),
    ] {
        for size in [1, 2, 10] {
            assert_eq!(found(&store, within(all("Patient"), &parts), size).await, expected, "{parts:?}");
        }
    }
    let by_key = within(with_keys("Patient", &[&["round"]]), &[part(&["red"]), of_ids(&["p4"], &[])]);
    assert_eq!(found(&store, by_key, 1).await, "p1");
    let by_id =
        SearchQuestion { ids: Some(vec!["p1".into(), "p3".into()]), ..within(all("Patient"), &[part(&["blue"])]) };
    assert_eq!(found(&store, by_id, 1).await, "p3");
}

pub async fn a_part_of_what_a_partner_sees_is_in_its_referrals(store: Arc<dyn Store>) {
    for (number, other, colour) in [(1, "b", "red"), (2, "c", "red"), (3, "b", "blue"), (4, "b", "red")] {
        let task = resource(&format!("Task/t{number}"), "", &[colour, "all"]);
        let referral = baton_exchange::decision::Change::PutReferral(case(number, &["a", other]));
        done(&store, vec![referral, put(number, vec![task], &[])]).await;
    }
    for (partner, expected) in [("a", "t1 t2 t4"), ("b", "t1 t4"), ("c", "t2"), ("d", "")] {
        for question in [all("Task"), with_keys("Task", &[&["all"]])] {
            let question = within(search_of(question, Some(partner)), &[part(&["red"])]);
            assert_eq!(found(&store, question, 1).await, expected, "{partner}");
        }
    }
}

pub async fn what_leaves_a_part_is_not_found_any_more(store: Arc<dyn Store>) {
    let question = || within(all("Patient"), &[part(&["red"])]);
    for (keys, expected) in [(["red"], "p1"), (["blue"], ""), (["red"], "p1")] {
        done(&store, vec![replace(1, vec![resource("Patient/p1", "", &keys)])]).await;
        assert_eq!(found(&store, question(), 1).await, expected, "{keys:?}");
    }
}
