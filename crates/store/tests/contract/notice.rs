//! The outgoing queue.

use std::{collections::HashSet, sync::Arc};

use baton_exchange::{
    audit::{AuditRecord, Audited, Deed, Operation},
    decision::Change,
    delivery::Trouble,
    id::MessageId,
    notice::{Attempted, Backlog, Lease, LeaseToken, Notice, ParkedNotice, Resend},
    time::Timestamp,
};
use baton_store::{Committed, Mark, ParkedQuestion, Store, StoreError};
use tokio::task::JoinSet;

use crate::sample::{NOW, all_of, audit, batch, exchange, notice, notice_id, page, partner, referral_id, secs};

/// The id of an operator's command.
const COMMAND: MessageId = MessageId([9; 16]);
const GIVEN_UP: Attempted = Attempted::Parked(Trouble::Status(400));

async fn queue(store: &Arc<dyn Store>, notices: Vec<Notice>) {
    let changes = notices.into_iter().map(Change::PutNotice).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

/// Leases for a minute, for each partner who is due.
async fn lease(store: &Arc<dyn Store>, now: Timestamp) -> Vec<Lease> {
    let mut held = Vec::new();
    for partner in store.partners_due(now).await.unwrap() {
        let leases = store.lease_notices(partner, now, now.plus_secs(60), 10).await.unwrap();
        assert!(!leases.is_empty(), "who is due gets something");
        held.extend(leases);
    }
    held
}

/// The numbers of the notices that are given out at a moment.
async fn given(store: &Arc<dyn Store>, now: Timestamp) -> Vec<u8> {
    lease(store, now).await.iter().map(|lease| lease.notice.id.0[15]).collect()
}

async fn resend(store: &Arc<dyn Store>, which: Resend, now: Timestamp) -> u64 {
    store.resend(which, now, COMMAND).await.unwrap()
}

async fn report(store: &Arc<dyn Store>, lease: &Lease, outcome: Attempted) -> bool {
    store.attempted(lease.notice.id, lease.token, outcome).await.unwrap()
}

async fn is_leased(store: &Arc<dyn Store>, lease: &Lease) -> bool {
    store.is_leased(lease.notice.id, lease.token).await.unwrap()
}

pub async fn a_notice_is_not_given_out_before_it_is_due(store: Arc<dyn Store>) {
    queue(&store, vec![Notice { due: secs(10), ..notice(1, 1, "b") }]).await;
    assert_eq!((given(&store, secs(9)).await, given(&store, secs(10)).await), (vec![], vec![1]));
}

pub async fn a_notice_is_given_out_with_every_byte(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let given = lease(&store, NOW).await.pop().unwrap();
    let expected = (notice(1, 1, "b"), 1, secs(60));
    assert!((given.notice, given.attempt, given.until) == expected);
}

pub async fn a_leased_notice_is_not_given_out_again_before_its_time(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    assert_eq!((given(&store, NOW).await, given(&store, secs(59)).await), (vec![1], vec![]));
}

pub async fn a_lease_that_ran_out_is_given_to_another(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let first = lease(&store, NOW).await.pop().unwrap();
    let second = lease(&store, secs(60)).await.pop().unwrap();
    assert!(first.notice == second.notice && first.token != second.token && second.attempt == 2);
}

pub async fn an_overtaken_lease_counts_no_more(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let first = lease(&store, NOW).await.pop().unwrap();
    assert!(is_leased(&store, &first).await);
    let second = lease(&store, secs(60)).await.pop().unwrap();
    assert_eq!((is_leased(&store, &first).await, is_leased(&store, &second).await), (false, true));
    assert!(!report(&store, &first, Attempted::Delivered).await);
    assert!(report(&store, &second, Attempted::Delivered).await);
    assert!(!report(&store, &second, Attempted::Delivered).await);
    assert!(!is_leased(&store, &second).await);
}

pub async fn a_lease_that_ran_out_but_was_not_overtaken_still_counts(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Delivered).await);
    assert!(given(&store, secs(3600)).await.is_empty());
}

pub async fn a_delivered_notice_is_done(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Delivered).await);
    assert!(given(&store, secs(86_400)).await.is_empty());
}

pub async fn a_failed_attempt_is_made_again_at_its_time(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Again(secs(30))).await);
    assert!(given(&store, secs(29)).await.is_empty());
    let again = lease(&store, secs(30)).await.pop().unwrap();
    assert_eq!((again.attempt, again.notice.due), (2, NOW));
}

pub async fn nothing_waits_for_the_time_of_a_clock_that_was_wrong(store: Arc<dyn Store>) {
    const YEAR: i64 = 365 * 86_400;
    let then = secs(YEAR);
    let ahead = |number, referral| Notice { due: then, ..notice(number, referral, "b") };
    // one is in the hands of a worker, one stands behind it, one was tried, one is not due yet, one was done, and one is of today
    queue(&store, vec![ahead(1, 1), ahead(2, 1), ahead(3, 2), ahead(5, 4)]).await;
    let held = lease(&store, then).await;
    assert_eq!(held.len(), 3);
    assert!(report(&store, &held[1], Attempted::Again(secs(YEAR + 60))).await);
    assert!(report(&store, &held[2], Attempted::Delivered).await);
    queue(&store, vec![ahead(4, 3), Notice { due: secs(-5), ..notice(6, 5, "b") }]).await;
    assert_eq!(given(&store, secs(10)).await, [6]);
    store.mark_clock(then, Mark::Raised).await.unwrap();
    assert!(given(&store, secs(10)).await.is_empty());
    store.mark_clock(secs(10), Mark::Replaced).await.unwrap();
    let again = lease(&store, secs(10)).await;
    assert_eq!(again.iter().map(|lease| lease.notice.id.0[15]).collect::<Vec<_>>(), [1, 3, 4, 6]);
    assert!(again.iter().all(|lease| lease.notice.due <= secs(10)));
    assert!(!report(&store, &held[0], Attempted::Delivered).await, "that lease was ended");
    assert!(report(&store, &again[0], Attempted::Delivered).await);
    assert_eq!(given(&store, secs(11)).await, [2]);
    assert_eq!(store.forget_told(secs(12)).await.unwrap(), 1, "what was done then is kept no longer for that");
}

pub async fn a_notice_waits_for_the_earlier_one_to_the_same_partner_about_the_same_referral(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), Notice { due: secs(-5), ..notice(2, 1, "b") }]).await;
    queue(&store, vec![notice(3, 1, "b")]).await;
    for (number, now) in [(1, NOW), (2, secs(1)), (3, secs(2))] {
        let held = lease(&store, now).await;
        assert_eq!(held.iter().map(|lease| lease.notice.id).collect::<Vec<_>>(), [notice_id(number)]);
        assert!(given(&store, now).await.is_empty());
        assert!(report(&store, &held[0], Attempted::Delivered).await);
    }
    assert!(given(&store, secs(3)).await.is_empty());
}

pub async fn a_parked_notice_holds_up_those_behind_it(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, GIVEN_UP).await);
    assert!(given(&store, secs(86_400)).await.is_empty());
}

pub async fn notices_to_other_partners_and_about_other_referrals_do_not_wait(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 1, "c"), notice(3, 2, "b"), notice(4, 1, "b")]).await;
    assert_eq!(given(&store, NOW).await, [1, 3, 2]);
}

pub async fn no_more_are_given_out_than_asked_for(store: Arc<dyn Store>) {
    queue(&store, (1..=5).map(|number| notice(number, number, "b")).collect()).await;
    let numbers = async |limit| store.lease_notices(partner("b"), NOW, secs(60), limit).await.unwrap().len();
    assert_eq!((numbers(0).await, numbers(2).await, numbers(9).await), (0, 2, 3));
}

pub async fn racing_workers_never_hold_the_same_notice(store: Arc<dyn Store>) {
    queue(&store, (1..=60).map(|number| notice(number, number % 20, "b")).collect()).await;
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        workers.spawn(async move {
            let mut held = Vec::new();
            loop {
                let leases = store.lease_notices(partner("b"), NOW, secs(60), 3).await.unwrap();
                if leases.is_empty() {
                    return held;
                }
                for lease in leases {
                    assert!(report(&store, &lease, Attempted::Delivered).await);
                    held.push(lease.notice.id);
                }
            }
        });
    }
    let held = workers.join_all().await.concat();
    let rest = lease_all(&store).await;
    let different: HashSet<_> = held.iter().chain(&rest).collect();
    assert_eq!((held.len() + rest.len(), different.len()), (60, 60));
}

/// What the workers left: one may see nothing while another has not reported yet.
async fn lease_all(store: &Arc<dyn Store>) -> Vec<baton_exchange::id::NoticeId> {
    let mut held = Vec::new();
    loop {
        let leases = lease(store, NOW).await;
        if leases.is_empty() {
            return held;
        }
        for lease in leases {
            assert!(report(store, &lease, Attempted::Delivered).await);
            held.push(lease.notice.id);
        }
    }
}

pub async fn a_report_on_an_unknown_notice_does_not_count(store: Arc<dyn Store>) {
    assert!(!store.attempted(notice_id(1), LeaseToken(0), Attempted::Delivered).await.unwrap());
    queue(&store, vec![notice(1, 1, "b")]).await;
    assert!(!store.attempted(notice_id(1), LeaseToken(0), Attempted::Delivered).await.unwrap());
    assert!(!store.attempted(notice_id(1), LeaseToken(u64::MAX), Attempted::Delivered).await.unwrap());
}

pub async fn a_second_notice_with_the_same_id_is_a_fault(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let second = store.commit(batch(vec![Change::PutNotice(notice(1, 2, "c"))])).await;
    assert!(matches!(second, Err(StoreError::Bug(_))));
}

pub async fn a_lease_for_one_partner_leaves_those_of_others(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 2, "c"), notice(3, 3, "b")]).await;
    let held = store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap();
    assert_eq!(held.iter().map(|lease| lease.notice.id).collect::<Vec<_>>(), [notice_id(1), notice_id(3)]);
    assert_eq!(store.partners_due(NOW).await.unwrap(), [partner("c")]);
    assert!(store.lease_notices(partner("d"), NOW, secs(60), 10).await.unwrap().is_empty());
}

pub async fn a_partner_is_due_from_the_moment_on_at_which_a_notice_is(store: Arc<dyn Store>) {
    queue(&store, vec![Notice { due: secs(10), ..notice(1, 1, "b") }, notice(2, 2, "c")]).await;
    let due = async |now| store.partners_due(now).await.unwrap();
    assert_eq!((due(secs(9)).await, due(secs(10)).await), (vec![partner("c")], vec![partner("b"), partner("c")]));
    lease(&store, secs(10)).await;
    assert_eq!((due(secs(69)).await.len(), due(secs(70)).await.len()), (0, 2));
}

/// Queues these and gives up those that can be had.
async fn park(store: &Arc<dyn Store>, notices: Vec<Notice>) {
    queue(store, notices).await;
    for held in lease(store, NOW).await {
        assert!(report(store, &held, GIVEN_UP).await);
    }
}

async fn parked(store: &Arc<dyn Store>, question: ParkedQuestion) -> Vec<ParkedNotice> {
    store.parked_notices(question, all_of()).await.unwrap().0
}

pub async fn a_parked_notice_is_seen_with_its_reason(store: Arc<dyn Store>) {
    park(&store, vec![notice(1, 1, "b"), notice(2, 1, "b")]).await;
    let expected = ParkedNotice {
        id: notice_id(1),
        exchange: exchange(),
        partner: partner("b"),
        referral: referral_id(1),
        event: "notify-accepted".into(),
        created: NOW,
        attempts: 1,
        trouble: Trouble::Status(400),
    };
    assert_eq!(parked(&store, ParkedQuestion::default()).await, [expected]);
}

pub async fn parked_notices_are_found_by_partner_and_exchange(store: Arc<dyn Store>) {
    park(&store, vec![notice(1, 1, "b"), notice(2, 2, "c"), Notice { exchange: "o".into(), ..notice(3, 3, "b") }])
        .await;
    for (exchange, partner, expected) in [
        (None, None, &[1, 2, 3][..]),
        (None, Some("b"), &[1, 3]),
        (Some("o"), Some("b"), &[3]),
        (Some("o"), Some("c"), &[]),
    ] {
        let question = ParkedQuestion { exchange: exchange.map(Into::into), partner: partner.map(Into::into) };
        let numbers: Vec<u8> = parked(&store, question).await.iter().map(|parked| parked.id.0[15]).collect();
        assert_eq!(numbers, expected);
    }
}

pub async fn parked_notices_come_in_pages(store: Arc<dyn Store>) {
    park(&store, (1..=5).map(|number| notice(number, number, "b")).collect()).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (part, next) = store.parked_notices(ParkedQuestion::default(), page(2, after)).await.unwrap();
        seen.push(part.iter().map(|parked| parked.id.0[15]).collect::<Vec<_>>());
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
}

pub async fn a_parked_notice_that_is_resent_is_due_and_those_behind_follow(store: Arc<dyn Store>) {
    park(&store, vec![notice(1, 1, "b"), notice(2, 1, "b")]).await;
    assert_eq!(resend(&store, Resend::One(notice_id(2)), secs(99)).await, 0);
    assert_eq!(resend(&store, Resend::One(notice_id(1)), secs(99)).await, 1);
    assert!(parked(&store, ParkedQuestion::default()).await.is_empty() && given(&store, secs(98)).await.is_empty());
    let again = lease(&store, secs(99)).await.pop().unwrap();
    assert_eq!((again.notice.id, again.attempt, again.notice.due), (notice_id(1), 2, secs(99)));
    assert!(report(&store, &again, Attempted::Delivered).await);
    assert_eq!(given(&store, secs(99)).await, [2]);
}

pub async fn all_parked_notices_of_a_partner_are_resent_and_no_others(store: Arc<dyn Store>) {
    park(&store, (1..=6).map(|number| notice(number, number, ["b", "c"][number as usize % 2])).collect()).await;
    assert_eq!(resend(&store, Resend::ParkedOf(partner("b")), secs(9)).await, 3);
    assert_eq!(given(&store, secs(9)).await, [2, 4, 6]);
    assert_eq!(resend(&store, Resend::AllParked, secs(9)).await, 3);
    assert_eq!(given(&store, secs(9)).await, [1, 3, 5]);
    assert_eq!(resend(&store, Resend::AllParked, secs(9)).await, 0);
}

pub async fn what_is_sent_again_has_a_line_for_each_partner_in_the_same_commit(store: Arc<dyn Store>) {
    park(&store, (1..=4).map(|number| notice(number, number, ["b", "c"][number as usize / 4])).collect()).await;
    assert_eq!(resend(&store, Resend::One(notice_id(9)), secs(8)).await, 0);
    assert!(store.audit(0, 9).await.unwrap().is_empty(), "nothing was done");
    assert_eq!(resend(&store, Resend::AllParked, secs(9)).await, 4);
    let operation = |to: &str, referral, lines| {
        Audited::Operator(Operation { partner: Some(partner(to)), referral, lines, ..Operation::of(Deed::Resent) })
    };
    let line = |what| AuditRecord {
        at: secs(9),
        partner: None,
        message: COMMAND,
        request_id: String::new(),
        what,
        ..audit(1)
    };
    let expected = [line(operation("b", None, 3)), line(operation("c", Some(referral_id(4)), 1))];
    let lines: Vec<AuditRecord> = store.audit(0, 9).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, expected);
}

pub async fn what_waits_for_a_partner_that_is_back_is_due_at_once(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 2, "b"), notice(3, 3, "c"), notice(4, 4, "b"), notice(5, 4, "b")])
        .await;
    for held in lease(&store, NOW).await {
        let outcome = if held.notice.id == notice_id(4) { GIVEN_UP } else { Attempted::Again(secs(3600)) };
        assert!(report(&store, &held, outcome).await);
    }
    assert_eq!(store.hasten(partner("b"), secs(9)).await.unwrap(), 2);
    let held = lease(&store, secs(9)).await;
    let due: Vec<_> = held.iter().map(|lease| (lease.notice.id, lease.notice.due)).collect();
    assert_eq!(due, [(notice_id(1), NOW), (notice_id(2), NOW)]);
}

pub async fn a_backlog_counts_what_is_not_done(store: Arc<dyn Store>) {
    assert!(store.backlogs().await.unwrap().is_empty());
    let older = Notice { created: secs(-7), ..notice(3, 2, "c") };
    queue(&store, vec![notice(1, 1, "b"), notice(2, 1, "b"), older, notice(4, 3, "d"), notice(5, 4, "c")]).await;
    for held in lease(&store, NOW).await {
        let outcome = match held.notice.id.0[15] {
            3 => GIVEN_UP,
            4 => Attempted::Delivered,
            _ => Attempted::Again(secs(5)),
        };
        assert!(report(&store, &held, outcome).await);
    }
    let backlog =
        |name, waiting, parked, oldest| Backlog { partner: partner(name), waiting, parked, oldest: secs(oldest) };
    assert_eq!(store.backlogs().await.unwrap(), [backlog("b", 2, 0, 0), backlog("c", 1, 1, -7)]);
}
