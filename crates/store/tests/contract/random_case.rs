//! What random histories have about referrals that several parties work on.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    message::{CaseNames, MessageQuestion, Orphan},
    referral::{Course, Links, Part, Party, Referral},
    resource::NewResource,
};
use baton_store::Store;
use proptest::{collection::vec, option, prelude::*};

use crate::{
    fresh::SqliteFile,
    random::runner,
    sample::{all, key, page, partner, referral_id, resource, secs, with_keys},
    shared::{
        by, case, course, erase, no_names, orphan, put, put_names, search_of, seen, shared_home, shared_notice,
        shared_receipt,
    },
};

const KEYS: [&str; 4] = ["red", "blue", "round", "square"];
const PARTNERS: [&str; 3] = ["a", "b", "c"];
/// What each referral has, with its number.
const NAMES: [&str; 2] = ["Task/a", "Patient/a"];

fn any_keys() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(KEYS.to_vec(), 1..=2)
}

fn any_referral() -> impl Strategy<Value = Referral> {
    let parts = [Part::Source, Part::Target, Part::FormerTarget];
    let party = (0..PARTNERS.len(), 0..parts.len())
        .prop_map(move |(who, part)| Party { partner: partner(PARTNERS[who]), part: parts[part] });
    let link = || option::of((1..5_u32).prop_map(referral_id));
    (1..5_u32, 1..4_u32, vec(party, 0..4), link(), link()).prop_map(
        |(number, version, parties, replaces, replaced_by)| {
            let links = Links { replaces, replaced_by, ..Links::default() };
            Referral { version, course: Some(Course { parties, links, ..course(&[]) }), ..case(number, &[]) }
        },
    )
}

fn any_resources(number: u32) -> impl Strategy<Value = Vec<NewResource>> {
    let any = (0..2_usize, 0..100_u32, any_keys())
        .prop_map(move |(kind, note, keys)| resource(&format!("{}-{number}", NAMES[kind]), &note.to_string(), &keys));
    vec(any, 0..3)
}

fn any_put() -> impl Strategy<Value = Change> {
    (1..5_u32).prop_flat_map(|number| {
        let left_out = vec((0..2_usize).prop_map(move |kind| format!("{}-{number}", NAMES[kind])), 0..2);
        (any_resources(number), left_out).prop_map(move |(resources, left_out)| {
            put(number, resources, &left_out.iter().map(String::as_str).collect::<Vec<_>>())
        })
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    let envelope = |number: u32| format!("e{number}");
    prop_oneof![
        4 => any_referral().prop_map(Change::PutReferral),
        4 => any_put(),
        2 => (1..5_u32, any_keys()).prop_map(|(number, keys)| put_names(number, &keys)),
        2 => (1..6_u32, 1..4_u32, any_keys(), 1..5_i64).prop_map(|(number, envelope, keys, lives)| {
            let envelope = key(&format!("orphan-{envelope}"));
            let orphan = Orphan { envelope, expires: secs(lives), ..orphan(number, &keys) };
            Change::PutOrphan(orphan)
        }),
        1 => (1..6_u32).prop_map(|number| Change::DropOrphans {
            home: shared_home(),
            ids: vec![crate::shared::message_id(number)]
        }),
        1 => (1..5_u32).prop_map(erase),
        2 => (0..9_u32, 1..5_u32).prop_map(move |(number, about)| {
            Change::PutReceipt(shared_receipt(&envelope(number), about))
        }),
        1 => (0..5_i64).prop_map(|now| Change::ForgetExpired(secs(now))),
    ]
}

fn any_assert() -> impl Strategy<Value = Assert> {
    (any_keys(), vec(1..6_u32, 0..3), 0..5_i64).prop_map(|(keys, seen, now)| no_names(&keys, &seen, secs(now)))
}

/// Batches with changes in any order, an erasure among them perhaps.
pub fn any_batches() -> impl Strategy<Value = Vec<Batch>> {
    let batch = (vec(any_assert(), 0..2), vec(any_change(), 1..6));
    let batch = batch.prop_filter_map("ids of orphans are given once", |(asserts, changes)| {
        let orphans = changes.iter().filter(|change| matches!(change, Change::PutOrphan(_))).count();
        (orphans < 2).then_some(Batch { asserts, changes })
    });
    vec(batch, 1..25)
}

/// All that can be asked, with what it says.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut said = Vec::new();
    for keys in [&KEYS[..1], &KEYS[1..3], &KEYS[..]] {
        for now in [0, 2, 4] {
            let id = Some(referral_id(2));
            let resource = Some(("Task".into(), "a-3".into()));
            let names = CaseNames { id, keys: crate::shared::names(keys), resource };
            let known = store.known(MessageQuestion { now: secs(now), ..by(names) }).await.unwrap();
            let requests: Vec<_> = known.orphans.iter().map(|orphan| (&orphan.names, &orphan.request)).collect();
            said.push(format!("{known:?} {requests:?}"));
        }
    }
    for by in [None, Some("a"), Some("c")] {
        for number in 1..5 {
            for kind in ["Task", "Patient"] {
                let name = format!("{kind}/a-{number}");
                said.push(format!("{name} {:?}", store.resource(seen(&name, by)).await.unwrap()));
                said.push(format!("{name} {:?}", store.history(seen(&name, by), page(9, None)).await.unwrap()));
            }
        }
        for question in [all("Task"), with_keys("Task", &[&["red"]]), with_keys("Patient", &[&["blue", "round"]])] {
            let question = search_of(question, by);
            let (first, next) = store.search(question.clone(), page(2, None)).await.unwrap();
            said.push(format!("{first:?} {}", next.is_some()));
            if next.is_some() {
                said.push(format!("{:?}", store.search(question.clone(), page(9, next)).await.unwrap().0));
            }
            said.push(format!("{by:?} {}", store.count(question).await.unwrap()));
        }
    }
    for number in 0..9 {
        let question = MessageQuestion { envelope: key(&format!("e{number}")), ..by(CaseNames::default()) };
        said.push(format!("{:?}", store.known(question).await.unwrap().by_envelope));
    }
    said
}

/// Commits the same batches to a store and to the model. Each batch also has a notice, and the last one is asked for.
pub async fn check_like_the_model(store: Arc<dyn Store>, batches: Vec<Batch>) -> Result<(), TestCaseError> {
    let model = baton_store::MemoryStore::default();
    for (number, mut batch) in (1..).zip(batches) {
        // Ids of orphans are never used again, as those of messages.
        for change in &mut batch.changes {
            if let Change::PutOrphan(orphan) = change {
                orphan.id = crate::shared::message_id(number);
            }
        }
        batch.changes.push(Change::PutNotice(shared_notice(number, number % 4 + 1, "b")));
        let expected = format!("{:?}", model.commit(batch.clone()).await);
        prop_assert_eq!(format!("{:?}", store.commit(batch.clone()).await), expected, "{} {:?}", number, batch);
    }
    prop_assert_eq!(everything(&*store).await, everything(&model).await);
    let leased = async |store: &dyn Store| {
        let leases = store.lease_notices(partner("b"), secs(9), secs(60), 100).await.unwrap();
        leases.into_iter().map(|lease| lease.notice.id.to_string()).collect::<Vec<_>>()
    };
    prop_assert_eq!(leased(&*store).await, leased(&model).await);
    Ok(())
}

#[test]
fn sqlite_says_the_same_as_the_model_after_any_history() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let run = runner(64).run(&any_batches(), |batches| {
        let file = SqliteFile::new();
        runtime.block_on(async { check_like_the_model(file.open().await, batches).await })
    });
    run.unwrap();
}
