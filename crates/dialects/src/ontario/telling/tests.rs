//! The table of what is told, laid beside the pages.

use expect_test::{Expect, expect};

use super::{Happening, Others, Telling, telling};
use crate::ontario::{
    Role, Version,
    events::{By, EventRow, VERSIONS, event_from, events},
};

const ROLES: [Role; 3] = [Role::Target, Role::Source, Role::ThirdParty];

fn cell(told: Option<&Telling>) -> String {
    let Some(told) = told else { return "-".to_owned() };
    let by = if told.by == By::Put { "PUT " } else { "" };
    let others = if told.others == Others::InFocus { "+…" } else { "" };
    format!("{by}{} {}{others}", told.event, told.focus.join("+"))
}

fn check_told(receiver: Role, version: Version, expected: Expect) {
    let line = |happened| format!("{happened:?}: {}\n", cell(telling(happened, receiver, version)));
    expected.assert_eq(&Happening::ALL.map(line).concat());
}

#[test]
fn what_a_target_of_0_10_is_told() {
    check_told(
        Role::Target,
        Version::V010,
        expect![[r#"
        Submitted: add-service-request ServiceRequest
        SubmittedInApp: add-service-request ServiceRequest
        TakenUp: -
        Moved: -
        AppointmentAdded: -
        AppointmentChanged: -
        Corrected: -
        Changed: PUT update-service-request ServiceRequest
        Withdrawn: revoke-service-request ServiceRequest
        Revoked: -
        Asked: send-communication-from-requester Communication
        Answered: -
        Forwarded: add-service-request ServiceRequest
    "#]],
    );
}

#[test]
fn what_a_target_of_0_11_is_told() {
    check_told(
        Role::Target,
        Version::V011,
        expect![[r#"
        Submitted: add-service-request ServiceRequest
        SubmittedInApp: add-service-request ServiceRequest
        TakenUp: -
        Moved: -
        AppointmentAdded: -
        AppointmentChanged: -
        Corrected: -
        Changed: notify-update-service-request ServiceRequest
        Withdrawn: revoke-service-request ServiceRequest
        Revoked: -
        Asked: send-communication-from-requester Communication
        Answered: -
        Forwarded: add-service-request ServiceRequest
    "#]],
    );
}

#[test]
fn a_performer_of_ca_erec_is_told_the_same_as_a_target_of_0_11() {
    for happened in Happening::ALL {
        let [older, newer] = [Version::V011, Version::Erec].map(|version| telling(happened, Role::Target, version));
        assert_eq!(older, newer, "{happened:?}");
    }
}

#[test]
fn what_a_source_of_0_10_is_told() {
    check_told(
        Role::Source,
        Version::V010,
        expect![[r#"
        Submitted: -
        SubmittedInApp: notify-add-service-request ServiceRequest
        TakenUp: -
        Moved: notify-update-status Task
        AppointmentAdded: notify-add-appointment Appointment
        AppointmentChanged: notify-update-appointment Appointment
        Corrected: notify-update-service-requests ServiceRequest
        Changed: -
        Withdrawn: -
        Revoked: notify-update-status Task
        Asked: -
        Answered: send-communication-from-provider Communication
        Forwarded: notify-update-status Task
    "#]],
    );
}

#[test]
fn what_a_source_of_0_11_is_told() {
    check_told(
        Role::Source,
        Version::V011,
        expect![[r#"
        Submitted: -
        SubmittedInApp: notify-add-service-request ServiceRequest
        TakenUp: notify-add-process-request Task
        Moved: notify-update-process-request Task+…
        AppointmentAdded: notify-add-appointment Appointment
        AppointmentChanged: notify-update-process-request Task+Appointment
        Corrected: notify-data-correction ServiceRequest
        Changed: -
        Withdrawn: -
        Revoked: notify-update-process-request Task
        Asked: -
        Answered: send-communication-from-provider Communication
        Forwarded: notify-update-process-request Task
    "#]],
    );
}

#[test]
fn what_a_requester_of_ca_erec_is_told() {
    check_told(
        Role::Source,
        Version::Erec,
        expect![[r#"
        Submitted: -
        SubmittedInApp: notify-add-service-record ServiceRequest
        TakenUp: notify-add-process-request Task
        Moved: notify-update-process-request Task+…
        AppointmentAdded: notify-add-appointment Appointment
        AppointmentChanged: notify-update-process-request Task+Appointment
        Corrected: notify-data-correction ServiceRequest
        Changed: -
        Withdrawn: -
        Revoked: notify-update-process-request Task
        Asked: -
        Answered: send-communication-from-provider Communication
        Forwarded: notify-update-process-request Task
    "#]],
    );
}

#[test]
fn what_a_third_party_of_0_10_is_told() {
    check_told(
        Role::ThirdParty,
        Version::V010,
        expect![[r#"
        Submitted: notify-add-service-request ServiceRequest
        SubmittedInApp: notify-add-service-request ServiceRequest
        TakenUp: -
        Moved: notify-update-status Task
        AppointmentAdded: notify-add-appointment Appointment
        AppointmentChanged: notify-update-appointment Appointment
        Corrected: notify-update-service-requests ServiceRequest
        Changed: notify-update-service-requests ServiceRequest
        Withdrawn: -
        Revoked: notify-update-status Task
        Asked: -
        Answered: -
        Forwarded: notify-update-status Task
    "#]],
    );
}

#[test]
fn what_a_third_party_of_0_11_is_told() {
    check_told(
        Role::ThirdParty,
        Version::V011,
        expect![[r#"
        Submitted: notify-add-service-request ServiceRequest
        SubmittedInApp: notify-add-service-request ServiceRequest
        TakenUp: -
        Moved: notify-update-process-request Task+…
        AppointmentAdded: notify-add-appointment Appointment
        AppointmentChanged: notify-update-process-request Task+Appointment
        Corrected: notify-data-correction ServiceRequest
        Changed: notify-update-service-request ServiceRequest
        Withdrawn: -
        Revoked: notify-update-process-request Task
        Asked: -
        Answered: -
        Forwarded: notify-update-process-request Task
    "#]],
    );
}

#[test]
fn what_a_recipient_of_ca_erec_is_told() {
    check_told(
        Role::ThirdParty,
        Version::Erec,
        expect![[r#"
        Submitted: notify-add-service-record ServiceRequest
        SubmittedInApp: notify-add-service-record ServiceRequest
        TakenUp: -
        Moved: notify-update-service-record Task+…
        AppointmentAdded: notify-update-service-record Appointment
        AppointmentChanged: notify-update-service-record Appointment
        Corrected: notify-update-service-record ServiceRequest
        Changed: notify-update-service-record ServiceRequest
        Withdrawn: -
        Revoked: notify-update-service-record Task
        Asked: -
        Answered: -
        Forwarded: notify-update-service-record Task
    "#]],
    );
}

fn all() -> impl Iterator<Item = (Role, Version, &'static Telling)> {
    let pairs = ROLES.into_iter().flat_map(|role| VERSIONS.map(|version| (role, version)));
    pairs.flat_map(|(role, version)| {
        let told = Happening::ALL.into_iter().filter_map(move |happened| telling(happened, role, version));
        told.map(move |told| (role, version, told))
    })
}

#[test]
fn what_is_told_is_said_in_the_guides_own_words() {
    for (_, version, told) in all() {
        let is_it = |row: &&EventRow| row.code == told.event && row.is_canonical() && row.by == told.by;
        let row = events(version).iter().find(is_it).unwrap_or_else(|| panic!("{version:?} {}", told.event));
        assert!(told.focus.iter().all(|focus| row.may_be_about(focus)), "{version:?} {}: {:?}", told.event, told.focus);
    }
}

#[test]
fn what_a_target_is_told_a_source_may_say() {
    for (_, version, told) in all().filter(|(role, ..)| *role == Role::Target) {
        assert!(event_from(version, &told.event, Role::Source).is_some(), "{version:?} {}", told.event);
    }
}

#[test]
fn every_happening_is_told_to_somebody_in_every_version() {
    for (happened, version) in
        Happening::ALL.into_iter().flat_map(|happened| VERSIONS.map(|version| (happened, version)))
    {
        let is_told = ROLES.into_iter().any(|role| telling(happened, role, version).is_some());
        // 0.10: the Task is in the echo of the submission
        assert_eq!(is_told, (happened, version) != (Happening::TakenUp, Version::V010), "{happened:?} {version:?}");
    }
}
