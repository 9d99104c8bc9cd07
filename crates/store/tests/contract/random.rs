//! Random histories: whatever is committed, a database says the same as the model.

use std::sync::Arc;

use baton_exchange::{
    audit::{TrailPatient, TrailQuestion},
    decision::{Assert, Batch, Change},
    delivery::Trouble,
    id::{MessageId, NoticeId},
    message::{Identity, MessageQuestion, Receipt},
    notice::{Attempted, LeaseToken, Notice, Resend},
    pointer::{Pointer, PointerSearch, PointerState},
    referral::Referral,
    resource::NewResource,
};
use baton_store::{MemoryStore, Page, ParkedQuestion, SearchQuestion, Store, Within};
use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};

use crate::{
    fresh::SqliteFile,
    sample::{
        about, all, all_of, audit, by_envelope, by_id, by_master, home, index_key, key, locator, look, master, notice,
        ods, page, partner, pointer_about, receipt, referral, referral_id, replace, resource, secs, subject, the,
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
    Lease { to: usize, now: i64, limit: u32 },
    Resend { which: Resend, now: i64 },
    Hasten { now: i64 },
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

/// The patients of random histories: two in one home.
const PATIENTS: [u8; 2] = [1, 2];

fn any_pointer() -> impl Strategy<Value = Pointer> {
    let states = proptest::sample::select(PointerState::ALL.to_vec());
    (0..PATIENTS.len(), 1..5_u32, option::of(1..4_u32), 1..4_u32, states, 0..2_usize).prop_map(
        |(patient, number, name, version, state, custodian)| {
            let plain = pointer_about(subject(PATIENTS[patient]), number);
            let master = name.map(|name| master(&format!("master-{name}")));
            let body = format!("{number} {version} {state:?}").into_bytes();
            // Of two versions, only the first says whose it is.
            Pointer { master, version, state, body, custodian: ods(["RR8", "RGD"][custodian]), ..plain }
        },
    )
}

fn any_pointer_assert() -> impl Strategy<Value = Assert> {
    any_pointer().prop_map(|pointer| match pointer.master.filter(|_| pointer.state == PointerState::Current) {
        Some(master) => Assert::NoPointer { home: pointer.home, subject: pointer.subject, master },
        None => Assert::PointerAt { home: pointer.home, id: pointer.id, version: pointer.version },
    })
}

fn any_pointer_step() -> impl Strategy<Value = Step> {
    (vec(any_pointer_assert(), 0..2), vec(any_pointer(), 0..3)).prop_map(|(asserts, pointers)| {
        let line = look(pointers.len() as u32, subject(PATIENTS[pointers.len() % 2]), &pointers);
        let changes = pointers.into_iter().map(Change::PutPointer).chain([Change::PutAudit(line)]).collect();
        Step::Commit(Batch { asserts, changes })
    })
}

fn any_resend() -> impl Strategy<Value = Resend> {
    prop_oneof![
        (0..6_u32).prop_map(|number| Resend::One(crate::sample::notice_id(number))),
        Just(Resend::ParkedOf(partner("b"))),
        Just(Resend::AllParked),
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
        1 => Just(Attempted::Parked(Trouble::Timeout)),
    ];
    prop_oneof![
        6 => batch,
        6 => any_pointer_step(),
        2 => (1..3_u32, 0..2_usize, 0..6_i64).prop_map(|(about, to, due)| {
            // Its number is given when it is put, since each is put once.
            let notice = Notice { due: secs(due), ..notice(0, about, ["b", "c"][to]) };
            Step::Commit(Batch { asserts: Vec::new(), changes: vec![Change::PutNotice(notice)] })
        }),
        2 => (0..2_usize, 0..8_i64, 0..3_u32).prop_map(|(to, now, limit)| Step::Lease { to, now, limit }),
        1 => (any_resend(), 0..8_i64).prop_map(|(which, now)| Step::Resend { which, now }),
        1 => (0..8_i64).prop_map(|now| Step::Hasten { now }),
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
        Step::Lease { to, now, limit } => {
            let due = store.partners_due(secs(now)).await;
            let held = store.lease_notices(partner(["b", "c"][to]), secs(now), secs(now + 2), limit).await;
            format!("{due:?} {held:?}")
        }
        Step::Resend { which, now } => format!("{:?}", store.resend(which, secs(now), MessageId([9; 16])).await),
        Step::Hasten { now } => format!("{:?}", store.hasten(partner("c"), secs(now)).await),
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
        let current = store.resource(the(name)).await.unwrap().found();
        said.push(format!("{name} {current:?} {:?}", current.as_ref().map(|resource| &resource.body)));
        said.push(format!("{name} {:?}", store.history(the(name), page(100, None)).await.unwrap().0));
    }
    let within = vec![
        Within { ids: Some(vec!["a".into()]), keys: vec![vec![index_key("red"), index_key("blue")]] },
        Within { ids: None, keys: vec![vec![index_key("round")], vec![index_key("red")]] },
    ];
    let limited = SearchQuestion { within, ..all("Patient") };
    for question in [all("Patient"), with_keys("Patient", &[&["red", "blue"], &["round"]]), limited] {
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
    said.push(format!("{:?}", store.backlogs().await.unwrap()));
    said.push(format!("{:?}", store.parked_notices(ParkedQuestion::default(), page(100, None)).await.unwrap().0));
    said.extend(all_about_pointers(store).await);
    said
}

async fn all_about_pointers(store: &dyn Store) -> Vec<String> {
    let mut said = Vec::new();
    let whole =
        |pointer: Pointer| format!("{pointer:?} {:?} {:?} {:?}", pointer.master, pointer.custodian, pointer.body);
    for patient in PATIENTS.map(subject) {
        let mut names: Vec<_> = (1..5).map(|number| by_id(&pointer_about(patient, number))).collect();
        names.extend((1..4).map(|number| by_master(patient, &format!("master-{number}"))));
        let known = store.pointers(names).await.unwrap();
        said.extend(known.into_iter().map(|pointer| pointer.map_or_else(String::new, whole)));
        for (size, custodian) in [(0, None), (1, None), (2, Some(ods("RR8"))), (10, Some(ods("RGD")))] {
            let search = PointerSearch { custodian, ..about(patient) };
            let first = store.find_pointers(search.clone(), Page { size, after: None }).await.unwrap();
            let second = store.find_pointers(search, Page { size, after: first.next }).await.unwrap();
            said.push(format!("{first:?} {second:?}"));
        }
        let patient = Some(TrailPatient { home: about(patient).home, subject: patient });
        let (exchange, owner, record_type) = (locator(), Some(ods("RR8")), None);
        let question = TrailQuestion { exchange, patient, owner, record_type, from: None, until: Some(secs(2)) };
        said.push(format!("{:?}", store.trail(question.clone(), page(2, None)).await.unwrap()));
        said.push(format!(
            "{:?}",
            store.trail(TrailQuestion { patient: None, ..question }, page(3, None)).await.unwrap()
        ));
    }
    said.push(format!("{:?}", store.export_pointers(locator(), all_of()).await.unwrap()));
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
