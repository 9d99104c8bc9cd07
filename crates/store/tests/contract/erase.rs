//! A referral that is withdrawn leaves no personal data behind.

use std::sync::Arc;

use baton_exchange::{
    audit::{AuditAction, AuditRecord, Audited},
    decision::{Batch, Change},
    message::MessageQuestion,
    notice::Attempted,
    referral::{Referral, ReferralState},
};
use baton_store::{Committed, Looked, Page, ResourceQuestion, Store, StoreError};

use crate::{
    sample::{self, NOW, all, all_of, home, partner, referral_id, replace, resource, secs, with_keys},
    shared::{
        by_keys, case, contents, done, erase, known, orphan, orphans, put, put_names, search_of, seen, shared_home,
        shared_notice, shared_receipt,
    },
};

/// A referral of a and b with everything: three versions of two resources, a receipt, notices, names, an orphan.
async fn send(store: &Arc<dyn Store>, number: u32) {
    let (task, patient) = (format!("Task/t{number}"), format!("Patient/p{number}"));
    let name = format!("name-{number}");
    let changes = vec![
        Change::PutReceipt(shared_receipt(&format!("e{number}"), number)),
        Change::PutReferral(case(number, &["a", "b"])),
        put_names(number, &[&name]),
        put(number, vec![resource(&task, "", &["red"]), resource(&patient, "", &["red"])], &[]),
        Change::PutNotice(shared_notice(10 * number, number, "b")),
        Change::PutNotice(shared_notice(10 * number + 1, number, "b")),
        Change::PutOrphan(orphan(number, &[&name])),
    ];
    done(store, changes).await;
    done(store, vec![put(number, vec![resource(&task, "", &["blue"])], &[])]).await;
}

fn receipt_of(envelope: &str) -> MessageQuestion {
    MessageQuestion { envelope: crate::sample::key(envelope), ..by_keys(&[]) }
}

pub async fn parties_are_told_that_it_is_gone_and_strangers_nothing(store: Arc<dyn Store>) {
    send(&store, 1).await;
    done(&store, vec![put(1, Vec::new(), &["Patient/p1"]), erase(1)]).await;
    for name in ["Task/t1", "Patient/p1"] {
        for (by, expected) in [(None, Looked::Gone), (Some("b"), Looked::Gone), (Some("c"), Looked::Nothing)] {
            assert_eq!(store.resource(seen(name, by)).await.unwrap(), expected, "{name} {by:?}");
            assert!(store.history(seen(name, by), all_of()).await.unwrap().0.is_empty());
        }
    }
    for (version, expected) in [(0, Looked::Nothing), (1, Looked::Gone), (2, Looked::Gone), (3, Looked::Nothing)] {
        let question = ResourceQuestion { version: Some(version), ..seen("Task/t1", Some("a")) };
        assert_eq!(store.resource(question).await.unwrap(), expected, "version {version}");
    }
}

pub async fn nothing_of_it_is_found_and_others_are_as_they_were(store: Arc<dyn Store>) {
    send(&store, 1).await;
    send(&store, 2).await;
    done(&store, vec![erase(1)]).await;
    for question in [all("Task"), with_keys("Task", &[&["blue"]])] {
        let found = store.search(search_of(question, Some("b")), all_of()).await.unwrap().0;
        assert_eq!(found.into_iter().map(|resource| resource.id).collect::<Vec<_>>(), ["t2"]);
    }
    assert_eq!(store.count(search_of(with_keys("Patient", &[&["red"]]), None)).await.unwrap(), 1);
    let gone = known(&store, receipt_of("e1")).await.by_envelope;
    assert!(gone.is_none() && known(&store, receipt_of("e2")).await.by_envelope.is_some());
    assert_eq!(orphans(&store, by_keys(&["name-1", "name-2"])).await, [2]);
    let cases = known(&store, by_keys(&["name-1", "name-2"])).await.cases;
    assert_eq!(cases.iter().map(|case| case.resources.len()).collect::<Vec<_>>(), [0, 2]);
    let leased = store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap();
    assert_eq!(leased.iter().map(|lease| lease.notice.referral).collect::<Vec<_>>(), [referral_id(2)]);
}

pub async fn notices_go_whatever_became_of_them(store: Arc<dyn Store>) {
    send(&store, 1).await;
    let first = store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap().remove(0);
    assert!(store.attempted(first.notice.id, first.token, Attempted::Delivered).await.unwrap());
    let second = store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap().remove(0);
    done(&store, vec![erase(1)]).await;
    assert!(!store.attempted(second.notice.id, second.token, Attempted::Delivered).await.unwrap());
    assert!(store.backlogs().await.unwrap().is_empty());
    // Even those that were done: their ids are free again.
    done(&store, vec![Change::PutNotice(shared_notice(10, 1, "b")), Change::PutNotice(shared_notice(11, 1, "b"))])
        .await;
}

pub async fn what_the_batch_writes_after_the_erasure_stays(store: Arc<dyn Store>) {
    send(&store, 1).await;
    let trimmed = case(1, &["a", "b"]);
    let revoked = Referral { version: 2, state: ReferralState::Revoked, patient: Vec::new(), ..trimmed };
    let changes = vec![
        Change::PutReceipt(shared_receipt("before", 1)),
        erase(1),
        Change::PutReferral(revoked.clone()),
        Change::PutReceipt(shared_receipt("after", 1)),
        Change::PutNotice(shared_notice(12, 1, "b")),
        put(1, vec![resource("Task/t1", "told", &["told"])], &[]),
    ];
    done(&store, changes).await;
    assert!(known(&store, receipt_of("before")).await.by_envelope.is_none());
    assert!(known(&store, receipt_of("after")).await.by_envelope.is_some());
    let found = known(&store, by_keys(&["name-1"])).await.cases.remove(0);
    assert_eq!((contents(&found), found.referral), (vec!["Task/t1 3".into()], revoked));
    assert_eq!(store.count(search_of(with_keys("Task", &[&["told"]]), Some("b"))).await.unwrap(), 1);
    let leased = store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap();
    assert_eq!(leased.len(), 1, "it does not wait behind one that is gone");
    let old = ResourceQuestion { version: Some(2), ..seen("Task/t1", Some("b")) };
    assert_eq!(store.resource(old).await.unwrap(), Looked::Gone);
}

pub async fn an_erasure_that_is_repeated_or_of_nothing_is_done(store: Arc<dyn Store>) {
    send(&store, 1).await;
    for referral in [1, 1, 9] {
        done(&store, vec![erase(referral)]).await;
    }
    assert_eq!(store.resource(seen("Task/t1", Some("a"))).await.unwrap(), Looked::Gone);
}

pub async fn resources_that_several_referrals_may_have_are_not_erased(store: Arc<dyn Store>) {
    done(&store, vec![replace(1, vec![resource("Patient/p1", "", &[])])]).await;
    let erasure = Change::Erase { home: home(), referral: referral_id(1) };
    let refused = store.commit(Batch { asserts: Vec::new(), changes: vec![erasure] }).await;
    assert!(matches!(refused, Err(StoreError::Bug(_))), "{refused:?}");
}

pub async fn a_revocation_that_comes_twice_is_done_once(store: Arc<dyn Store>) {
    send(&store, 1).await;
    let revoke = || Batch {
        asserts: vec![baton_exchange::decision::Assert::NoReceipt {
            keys: vec![crate::sample::key("revoke")],
            now: NOW,
        }],
        changes: vec![
            erase(1),
            Change::PutReferral(Referral { version: 2, state: ReferralState::Revoked, ..case(1, &["a", "b"]) }),
            Change::PutReceipt(shared_receipt("revoke", 1)),
        ],
    };
    let (first, second) = tokio::join!(store.commit(revoke()), store.commit(revoke()));
    let mut both = [first.unwrap(), second.unwrap()];
    both.sort_by_key(|committed| *committed == Committed::Outdated);
    assert_eq!(both, [Committed::Done, Committed::Outdated]);
    let known = known(&store, receipt_of("revoke")).await;
    assert_eq!(known.by_envelope.map(|receipt| (receipt.home, receipt.answer.len())), Some((shared_home(), 51)));
}

pub async fn a_certificate_says_who_was_told_and_who_was_not(store: Arc<dyn Store>) {
    send(&store, 1).await;
    send(&store, 2).await;
    let line = |partner_name: &str, action| {
        Change::PutAudit(AuditRecord {
            home: shared_home(),
            partner: Some(partner(partner_name)),
            what: Audited::Referral { action, referral: referral_id(1) },
            ..sample::audit(1)
        })
    };
    let withdrawn = Referral { state: ReferralState::Revoked, version: 2, ..case(1, &["a", "b"]) };
    let changes = vec![
        erase(1),
        Change::PutReferral(withdrawn),
        Change::PutNotice(shared_notice(50, 1, "b")),
        line("a", AuditAction::Revoked),
        line("b", AuditAction::Acknowledged),
    ];
    done(&store, changes).await;
    let page = Page { size: 5, after: None };
    let (found, next) = store.erasures(shared_home(), None, page).await.unwrap();
    assert!(found.len() == 1 && next.is_none(), "{found:?}");
    let certificate = &found[0];
    assert_eq!((certificate.referral, certificate.by.clone()), (referral_id(1), Some(partner("a"))));
    assert_eq!(certificate.acknowledged.len(), 1);
    assert_eq!(certificate.untold, [partner("b")]);
    assert!(store.erasures(shared_home(), Some(referral_id(2)), page).await.unwrap().0.is_empty());
}
