//! Random histories: whatever is committed, a database says the same as the model.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::NoticeId,
    message::{Identity, MessageQuestion, Receipt},
    notice::{Attempted, LeaseToken, Notice},
    referral::Referral,
    resource::NewResource,
};
use baton_store::{MemoryStore, Store};
use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};

use crate::{
    fresh::SqliteFile,
    sample::{
        all, audit, by_envelope, home, key, notice, page, receipt, referral, referral_id, replace, resource, secs, the,
        with_keys,
    },
};

const NAMES: [&str; 4] = ["Patient/a", "Patient/b", "Practitioner/a", "Coverage/a"];
const KEYS: [&str; 3] = ["red", "blue", "round"];
const ENVELOPES: [&str; 3] = ["e1", "e2", "e3"];

/// One step of a history. Moments are seconds.
#[derive(Clone, Debug)]
pub enum Step {
    Commit(Batch),
    Lease { now: i64, limit: u32 },
    Report { notice: u32, token: u64, outcome: Attempted },
}

fn any_resource() -> impl Strategy<Value = NewResource> {
    let keys = proptest::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len());
    (0..NAMES.len(), 0..100_u32, keys).prop_map(|(name, note, keys)| resource(NAMES[name], &note.to_string(), &keys))
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    (0..ENVELOPES.len(), option::of(0..ENVELOPES.len()), 0..4_i64, 1..4_i64).prop_map(
        |(envelope, message, received, lives)| {
            let plain = receipt(ENVELOPES[envelope]);
            // Keys of messages are other keys than those of envelopes, as the rules make them.
            let message = message.map(|message| key(&format!("message-{message}")));
            let identity = Identity { message, ..plain.identity };
            Receipt { identity, received: secs(received), expires: secs(received + lives), ..plain }
        },
    )
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => any_receipt().prop_map(Change::PutReceipt),
        1 => (1..3_u32, 1..4_u32, 1..3_u32).prop_map(|(number, version, request)| {
            Change::PutReferral(Referral { version, request_id: format!("sr-{request}"), ..referral(number) })
        }),
        4 => (1..4_u32, vec(any_resource(), 0..4)).prop_map(|(number, resources)| replace(number, resources)),
        1 => (1..3_u32).prop_map(|number| Change::PutAudit(audit(number))),
        1 => (0..4_i64).prop_map(|now| Change::ForgetExpired(secs(now))),
    ]
}

fn any_assert() -> impl Strategy<Value = Assert> {
    prop_oneof![
        (vec(0..ENVELOPES.len(), 1..3), 0..5_i64).prop_map(|(keys, now)| {
            let keys = keys.into_iter().map(|name| key(ENVELOPES[name])).collect();
            Assert::NoReceipt { keys, now: secs(now) }
        }),
        (1..3_u32).prop_map(|number| Assert::NoReferral { home: home(), request_id: format!("sr-{number}") }),
        (1..3_u32, 1..4_u32).prop_map(|(number, version)| Assert::ReferralAt {
            home: home(),
            id: referral_id(number),
            version
        }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let batch = (vec(any_assert(), 0..2), vec(any_change(), 1..4))
        // A batch whose home nobody names is a fault of the rules.
        .prop_map(|(asserts, mut changes)| {
            changes.push(Change::PutAudit(audit(9)));
            Step::Commit(Batch { asserts, changes })
        });
    let outcome = prop_oneof![
        4 => Just(Attempted::Delivered),
        2 => (0..6_i64).prop_map(|moment| Attempted::Again(secs(moment))),
        1 => Just(Attempted::Parked),
    ];
    prop_oneof![
        6 => batch,
        2 => (1..3_u32, 0..2_usize, 0..6_i64).prop_map(|(about, to, due)| {
            // Its number is given when it is put, since each is put once.
            let notice = Notice { due: secs(due), ..notice(0, about, ["b", "c"][to]) };
            Step::Commit(Batch { asserts: Vec::new(), changes: vec![Change::PutNotice(notice)] })
        }),
        2 => (0..8_i64, 0..3_u32).prop_map(|(now, limit)| Step::Lease { now, limit }),
        2 => (0..6_u32, 0..4_u64, outcome).prop_map(|(notice, token, outcome)| Step::Report { notice, token, outcome }),
    ]
}

/// Makes one step; what it gives back is compared.
async fn make(store: &dyn Store, number: u32, step: Step) -> String {
    match step {
        Step::Commit(mut batch) => {
            for change in &mut batch.changes {
                if let Change::PutNotice(notice) = change {
                    notice.id = crate::sample::notice_id(number);
                }
            }
            format!("{:?}", store.commit(batch).await)
        }
        Step::Lease { now, limit } => format!("{:?}", store.lease_notices(secs(now), secs(now + 2), limit).await),
        Step::Report { notice, token, outcome } => {
            let notice: NoticeId = crate::sample::notice_id(notice);
            format!("{:?}", store.attempted(notice, LeaseToken(token), outcome).await)
        }
    }
}

/// All that can be asked, with what it says.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut said = Vec::new();
    for name in NAMES {
        let current = store.resource(the(name)).await.unwrap();
        said.push(format!("{name} {current:?} {:?}", current.as_ref().map(|resource| &resource.body)));
        said.push(format!("{name} {:?}", store.history(the(name), page(100, None)).await.unwrap().0));
    }
    for question in [all("Patient"), with_keys("Patient", &[&["red", "blue"], &["round"]])] {
        said.push(format!("{:?}", store.search(question.clone(), page(100, None)).await.unwrap().0));
        said.push(format!("{:?}", store.count(question).await.unwrap()));
    }
    for envelope in ENVELOPES {
        for now in 0..5 {
            let question = MessageQuestion {
                message: Some(key("message-1")),
                request_id: Some("sr-1".into()),
                ..by_envelope(envelope, secs(now))
            };
            said.push(format!("{envelope} {now} {:?}", store.known(question).await.unwrap()));
        }
    }
    said.push(format!("{:?}", store.audit(0, 1000).await.unwrap()));
    said
}

/// Makes the same history on a store and on the model.
pub async fn check_like_the_model(store: Arc<dyn Store>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let model = MemoryStore::default();
    for (number, step) in (0..).zip(steps) {
        let expected = make(&model, number, step.clone()).await;
        prop_assert_eq!(make(&*store, number, step.clone()).await, expected, "step {} {:?}", number, step);
    }
    prop_assert_eq!(everything(&*store).await, everything(&model).await);
    Ok(())
}

pub fn any_history() -> impl Strategy<Value = Vec<Step>> {
    vec(any_step(), 1..40)
}

/// Runs a number of random histories, each on a new store.
pub fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

#[test]
fn sqlite_says_the_same_as_the_model_after_any_history() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let run = runner(64).run(&any_history(), |steps| {
        let file = SqliteFile::new();
        runtime.block_on(async { check_like_the_model(file.open().await, steps).await })
    });
    run.unwrap();
}
