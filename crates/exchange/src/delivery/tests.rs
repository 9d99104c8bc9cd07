use super::{Attempt, Chance, Endpoint, Health, Heard, Pace, Trouble, retry_after, verdict};
use crate::{notice::Attempted, time::Timestamp};

const SEC: i64 = 1_000_000;
const NOW: Timestamp = Timestamp(1_768_487_400 * SEC);
/// As `[delivery]` has it without being told.
const PACE: Pace = Pace { first: SEC, cap: 3_600 * SEC, give_up: 96 * 3_600 * SEC };
/// Half of whatever is possible.
const HALF: Chance = Chance(1 << 31);

fn attempt(number: u32) -> Attempt {
    Attempt { number, due: NOW, now: NOW }
}

fn answer(status: u16) -> Heard {
    Heard::Answer { status, duplicate: false, retry_after: None }
}

fn secs(number: i64) -> Timestamp {
    NOW.plus_secs(number)
}

/// Delivered, parked, or the half of the longest time until the next attempt.
fn outcome(heard: Heard) -> &'static str {
    match verdict(heard, attempt(1), &PACE, HALF).attempted {
        Attempted::Delivered => "delivered",
        Attempted::Parked(_) => "parked",
        Attempted::Again(moment) => {
            assert_eq!(moment, Timestamp(NOW.0 + SEC / 2));
            "again"
        }
    }
}

#[test]
fn each_status_has_its_outcome() {
    for (statuses, expected) in [
        (&[200, 201, 202, 204, 299, 409][..], "delivered"),
        (&[301, 302, 303, 307, 308, 304][..], "again"),
        (&[401, 403, 404, 405, 407, 408, 421, 423, 425, 429][..], "again"),
        (&[500, 501, 502, 503, 504, 599][..], "again"),
        (&[100, 199, 600, 999][..], "again"),
        (&[400, 406, 410, 411, 412, 413, 415, 422, 451][..], "parked"),
    ] {
        for status in statuses {
            assert_eq!(outcome(answer(*status)), expected, "{status}");
        }
    }
}

#[test]
fn no_answer_is_tried_again() {
    for trouble in [
        Trouble::Unreachable,
        Trouble::Timeout,
        Trouble::Untrusted,
        Trouble::Broken,
        Trouble::Forbidden,
        Trouble::NoEndpoint,
        Trouble::NoToken,
    ] {
        assert_eq!(outcome(Heard::Nothing(trouble)), "again", "{trouble}");
    }
}

#[test]
fn an_answer_that_says_not_now_is_tried_again_and_one_that_says_no_is_parked() {
    assert_eq!([Heard::Postponed, Heard::Refused].map(outcome), ["again", "parked"]);
    let told = |heard| verdict(heard, attempt(1), &PACE, HALF).endpoint;
    assert_eq!([Heard::Postponed, Heard::Refused].map(told), [Endpoint::Ailing(None), Endpoint::Well]);
}

#[test]
fn an_issue_that_says_duplicate_is_a_delivery_whatever_the_status() {
    for status in [400, 422, 500] {
        assert_eq!(outcome(Heard::Answer { status, duplicate: true, retry_after: None }), "delivered", "{status}");
    }
}

#[test]
fn what_a_partner_refuses_says_nothing_against_its_endpoint() {
    let told = |status| verdict(answer(status), attempt(1), &PACE, HALF).endpoint;
    assert_eq!(
        [200, 400, 409, 410, 503].map(told),
        [Endpoint::Well, Endpoint::Well, Endpoint::Well, Endpoint::Gone, Endpoint::Ailing(None)]
    );
}

#[test]
fn each_failure_doubles_the_longest_time_up_to_the_cap() {
    let delays = [1, 2, 3, 12, 13, 62, 63, 64, u32::MAX].map(|number| PACE.again(number, NOW, HALF).0 - NOW.0);
    let half = |secs: i64| secs * SEC / 2;
    let capped = half(3_600);
    assert_eq!(delays, [half(1), half(2), half(4), half(2_048), capped, capped, capped, capped, capped]);
}

#[test]
fn chance_is_from_nothing_to_just_under_the_whole() {
    assert_eq!(
        [Chance(0).of(SEC), Chance(u32::MAX).of(SEC), Chance(u32::MAX).of(i64::MAX) / SEC],
        [0, SEC - 1, 9_223_372_034_707]
    );
}

fn again_after(retry_after: Option<Timestamp>, attempt: Attempt) -> Attempted {
    verdict(Heard::Answer { status: 429, duplicate: false, retry_after }, attempt, &PACE, HALF).attempted
}

#[test]
fn a_partner_that_asks_for_patience_gets_it_up_to_an_hour() {
    assert_eq!(again_after(Some(secs(6)), attempt(1)), Attempted::Again(secs(6)));
    assert_eq!(again_after(Some(secs(1)), attempt(4)), Attempted::Again(secs(4)));
    assert_eq!(again_after(Some(secs(86_400)), attempt(1)), Attempted::Again(secs(3_600)));
    let quick = Pace { cap: 2 * SEC, ..PACE };
    let heard = Heard::Answer { status: 503, duplicate: false, retry_after: Some(secs(6)) };
    assert_eq!(verdict(heard, attempt(9), &quick, HALF).attempted, Attempted::Again(secs(6)));
    assert_eq!(verdict(heard, attempt(9), &quick, HALF).endpoint, Endpoint::Ailing(Some(secs(6))));
}

#[test]
fn the_last_attempt_is_at_the_end_and_then_it_is_parked() {
    let end = 96 * 3_600;
    let near = Attempt { number: 40, due: NOW, now: secs(end - 60) };
    assert_eq!(again_after(None, near), Attempted::Again(secs(end)));
    assert_eq!(again_after(Some(secs(end + 60)), near), Attempted::Again(secs(end)));
    let at = |now| again_after(None, Attempt { now, ..near });
    assert_eq!(at(secs(end)), Attempted::Parked(Trouble::Status(429)));
    assert!(matches!(at(Timestamp(secs(end).0 - 1)), Attempted::Again(_)));
}

#[test]
fn patience_is_asked_for_in_seconds_or_by_a_date() {
    let asked = |header| retry_after(header, NOW);
    assert_eq!(asked("6"), Some(secs(6)));
    assert_eq!(asked(" 0 "), Some(NOW));
    assert_eq!(asked("Thu, 15 Jan 2026 14:31:00 GMT"), Some(secs(60)));
    assert_eq!(asked("Thu, 15 Jan 2026 14:29:00 GMT"), Some(NOW));
    assert_eq!(asked("99999999999999999999"), Some(Timestamp(i64::MAX)));
    for nonsense in ["", "-1", "1.5", "soon", "6 s"] {
        assert_eq!(asked(nonsense), None, "{nonsense:?}");
    }
}

fn health_after(failures: u32) -> Health {
    let fail = |health: Health, _| health.after(Endpoint::Ailing(None), NOW, &PACE, HALF);
    (0..failures).fold(Health::default(), fail)
}

#[test]
fn a_third_failure_in_a_row_closes_the_way_for_a_while() {
    assert!(health_after(2).is_open(NOW) && !health_after(2).is_ailing());
    let third = health_after(3);
    assert!(!third.is_open(NOW) && third.is_ailing());
    assert!(!third.is_open(secs(1)) && third.is_open(secs(2)));
}

#[test]
fn a_long_outage_is_looked_at_twice_a_minute() {
    assert_eq!(health_after(100).closed_until(), Some(secs(15)));
}

#[test]
fn one_success_opens_the_way() {
    assert_eq!(health_after(9).after(Endpoint::Well, NOW, &PACE, HALF), Health::default());
}

#[test]
fn patience_holds_for_the_whole_endpoint() {
    let asked = Health::default().after(Endpoint::Ailing(Some(secs(6))), NOW, &PACE, HALF);
    assert!(!asked.is_open(secs(5)) && asked.is_open(secs(6)));
}

#[test]
fn an_endpoint_that_is_gone_is_left_alone_for_minutes() {
    let gone = Health::default().after(Endpoint::Gone, NOW, &PACE, HALF);
    assert_eq!(gone.closed_until(), Some(secs(300)));
}

#[test]
fn troubles_are_read_as_they_were_written() {
    let all = [
        Trouble::Status(410),
        Trouble::Unreachable,
        Trouble::Timeout,
        Trouble::Untrusted,
        Trouble::Broken,
        Trouble::Postponed,
        Trouble::Refused,
        Trouble::Forbidden,
        Trouble::NoEndpoint,
        Trouble::NoToken,
        Trouble::NoPart,
        Trouble::Damaged,
    ];
    assert_eq!(all.map(|trouble| Trouble::of_code(&trouble.code())), all.map(Some));
    assert_eq!(["", "status-", "status-x", "Timeout"].map(Trouble::of_code), [None; 4]);
}
