use super::{Decision, PatientKey, Referral, ReferralState, Statement, cancel, submit, update};
use crate::{
    audit::AuditAction,
    decision::Assert,
    id::{Home, ReferralId},
    refusal::Refusal,
    time::Timestamp,
};

const NOW: Timestamp = Timestamp(1_000);

fn statement() -> Statement {
    Statement {
        home: Home(7),
        exchange: "netsmart".into(),
        source: "clinic-a".into(),
        request_id: "sr-1".to_owned(),
        patient: vec![PatientKey::id("p")],
        sent: None,
        changed: None,
    }
}

fn submitted(statement: &Statement) -> Referral {
    submit(None, statement, ReferralId([1; 16]), Timestamp(10)).expect("nothing is known yet").referral
}

fn check_refused(decision: Result<Decision, Refusal>, expected: Refusal) {
    assert_eq!(decision.map(|decision| decision.referral), Err(expected));
}

fn check_times(known: (Option<i64>, Option<i64>), now: (Option<i64>, Option<i64>), is_accepted: bool) {
    let with = |times: (Option<i64>, Option<i64>)| Statement {
        sent: times.0.map(Timestamp),
        changed: times.1.map(Timestamp),
        ..statement()
    };
    let decision = update(Some(&submitted(&with(known))), &with(now), NOW);
    assert_eq!(decision.is_ok(), is_accepted, "{known:?} then {now:?}");
    if !is_accepted {
        check_refused(decision, Refusal::Outdated);
    }
}

#[test]
fn what_is_known_cannot_be_submitted_again() {
    let known = submitted(&statement());
    let refusal = Refusal::ReferralExists { request_id: "sr-1".to_owned() };
    check_refused(submit(Some(&known), &statement(), ReferralId([2; 16]), NOW), refusal.clone());
    let over = Referral { state: ReferralState::Cancelled, ..known };
    check_refused(submit(Some(&over), &statement(), ReferralId([2; 16]), NOW), refusal);
}

#[test]
fn what_is_unknown_cannot_be_updated_or_cancelled() {
    let refusal = Refusal::UnknownReferral { request_id: "sr-1".to_owned() };
    check_refused(update(None, &statement(), NOW), refusal.clone());
    check_refused(cancel(None, &statement(), NOW), refusal);
}

#[test]
fn a_referral_never_changes_its_patient() {
    let other = Statement { patient: vec![PatientKey::id("q")], ..statement() };
    check_refused(update(Some(&submitted(&statement())), &other, NOW), Refusal::OtherPatient);
}

#[test]
fn a_message_without_lasting_id_does_not_make_room_for_another_patient() {
    let with = |ids: &[&str]| {
        let identifier = PatientKey::identifier("s", "1");
        Statement { patient: ids.iter().map(|id| PatientKey::id(id)).chain([identifier]).collect(), ..statement() }
    };
    let second = update(Some(&submitted(&with(&["p"]))), &with(&[]), NOW).expect("the identifier is the same").referral;
    check_refused(update(Some(&second), &with(&["q"]), NOW), Refusal::OtherPatient);
}

#[test]
fn nothing_changes_a_cancelled_referral() {
    let known = submitted(&statement());
    let over = cancel(Some(&known), &statement(), NOW).expect("it may be cancelled").referral;
    check_refused(update(Some(&over), &statement(), NOW), Refusal::ReferralOver);
    check_refused(cancel(Some(&over), &statement(), NOW), Refusal::ReferralOver);
}

#[test]
fn an_older_message_changes_nothing() {
    check_times((Some(20), None), (Some(19), None), false);
    check_times((Some(20), None), (Some(20), None), true);
    check_times((None, Some(20)), (None, Some(19)), false);
    check_times((None, Some(20)), (None, Some(20)), true);
}

#[test]
fn the_time_of_the_message_counts_before_the_time_of_the_request() {
    check_times((Some(20), Some(20)), (Some(21), Some(19)), true);
    check_times((Some(20), Some(20)), (Some(19), Some(21)), false);
    check_times((Some(20), Some(20)), (None, Some(19)), false);
}

#[test]
fn a_time_that_only_one_message_says_is_not_compared() {
    check_times((Some(20), None), (None, Some(1)), true);
    check_times((None, None), (Some(1), Some(1)), true);
}

#[test]
fn a_message_without_time_does_not_make_room_for_an_older_one() {
    let known = submitted(&Statement { sent: Some(Timestamp(20)), ..statement() });
    let second = update(Some(&known), &statement(), NOW).expect("it says no time").referral;
    let older = Statement { sent: Some(Timestamp(19)), ..statement() };
    check_refused(update(Some(&second), &older, NOW), Refusal::Outdated);
}

#[test]
fn a_submitted_referral_must_still_be_unknown_when_it_is_written() {
    let decision = submit(None, &statement(), ReferralId([1; 16]), NOW).expect("nothing is known");
    assert_eq!(decision.assert, Assert::NoReferral { home: Home(7), request_id: "sr-1".to_owned() });
    assert_eq!((decision.referral.version, decision.action), (1, AuditAction::Submitted));
}

#[test]
fn an_update_is_the_next_version_and_only_of_the_one_that_was_seen() {
    let known = submitted(&statement());
    let decision = update(Some(&known), &statement(), NOW).expect("it may be updated");
    assert_eq!(decision.assert, Assert::ReferralAt { home: Home(7), id: known.id, version: 1 });
    assert_eq!(decision.referral, Referral { version: 2, updated: NOW, ..known });
}

#[test]
fn cancelling_ends_a_referral() {
    let decision = cancel(Some(&submitted(&statement())), &statement(), NOW).expect("it may be cancelled");
    assert_eq!((decision.referral.state, decision.action), (ReferralState::Cancelled, AuditAction::Cancelled));
}
