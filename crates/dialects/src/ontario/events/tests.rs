//! The table of events, laid beside the pages.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::{By, EventRow, Meaning, Spelling, VERSIONS, candidates, event, event_from, events};
use crate::ontario::{Role, Version};

const ROLES: [Role; 3] = [Role::Source, Role::Target, Role::ThirdParty];

/// One line for each meaning: who sends it, the guide's own word, how it comes and is answered, and its variants.
fn check_table(version: Version, expected: Expect) {
    let meanings: BTreeSet<_> =
        events(version).iter().map(|row| (row.meaning, row.from.len(), row.by == By::Put)).collect();
    let mut out = String::new();
    for (meaning, ..) in meanings {
        let rows = || events(version).iter().filter(|row| row.meaning == meaning);
        let names = |canonical| {
            rows().filter(|row| row.is_canonical() == canonical).map(|row| row.code.as_str()).collect::<Vec<_>>()
        };
        let first = rows().next().expect("there is one");
        let reply = first.reply.as_deref().map(|reply| format!(" {reply}")).unwrap_or_default();
        let by = if first.by == By::Put { " by PUT" } else { "" };
        let (from, focus) = (&first.from, first.focus.join("+"));
        let words =
            format!("{meaning:?} {from:?}{by}: {} ({focus}) -> {:?}{reply}", names(true).join(", "), first.answer);
        out.push_str(&format!("{words} [{}]\n", names(false).join(", ")));
    }
    expected.assert_eq(&out);
}

#[test]
fn the_words_of_0_10() {
    check_table(
        Version::V010,
        expect![[r#"
        Submit [Source]: add-service-request (ServiceRequest) -> Echo []
        Launch [Source]: sof-enh-add-service-request (ServiceRequest) -> Launch [cds-service-request]
        Record [Target]: notify-add-service-request (ServiceRequest) -> Outcome [acknowledge-add-service-request, acknowledge-service-request]
        Change [Source] by PUT: update-service-request (ServiceRequest) -> Outcome [notify-update-service-request, notify-update-service-requests, notify-update-servicerequest, update-patient-data]
        Correct [Target]: notify-update-service-requests (ServiceRequest+*) -> Outcome [notify-update-service-request, update-service-request, update-patient-data]
        Move [Target]: notify-update-status (Task+*) -> Outcome [update-status]
        AddAppointment [Target]: notify-add-appointment (Appointment) -> Outcome [add-appointment]
        ChangeAppointment [Target]: notify-update-appointment (Appointment) -> Outcome [update-appointment]
        Revoke [Source]: revoke-service-request (ServiceRequest) -> Outcome [notify-revoke-service-request]
        Ask [Source]: send-communication-from-requester (Communication) -> Outcome [send-communication-to-provider, communication-from-requester]
        Answer [Target]: send-communication-from-provider (Communication) -> Outcome [communication-from-provider]
        Ignored [Target]: notify-revoke-service-request (ServiceRequest+*) -> Outcome []
    "#]],
    );
}

#[test]
fn the_words_of_0_11_and_0_12() {
    check_table(
        Version::V011,
        expect![[r#"
        Submit [Source]: add-service-request (ServiceRequest) -> Message notify-add-process-request [add-servicerequest]
        Record [Source]: notify-add-service-request (ServiceRequest) -> Outcome [notify-add-servicerequest]
        Change [Source]: notify-update-service-request (ServiceRequest) -> Outcome [notify-update-servicerequest]
        Correct [Target]: notify-data-correction (ServiceRequest+*) -> Outcome notify-update-service-request []
        TakeUp [Target]: notify-add-process-request (Task) -> Outcome []
        Move [Target]: notify-update-process-request (Task+*) -> Outcome []
        AddAppointment [Target]: notify-add-appointment (Appointment) -> Outcome []
        Revoke [Source]: revoke-service-request (ServiceRequest) -> Message notify-update-process-request [terminate-servicerequest]
        Ask [Source]: send-communication-from-requester (Communication) -> Outcome send-communication-from-provider []
        Answer [Target]: send-communication-from-provider (Communication) -> Outcome send-communication-from-requester [add-rfi]
        Write [Source, Target]: send-communication (Communication) -> Outcome [add-communication]
        Report [Source, Target]: notify-report-service-request (ServiceRequest+Task+Appointment+Patient) -> Outcome []
    "#]],
    );
}

#[test]
fn the_words_of_ca_erec() {
    check_table(
        Version::Erec,
        expect![[r#"
        Submit [Source]: add-service-request (ServiceRequest) -> Message notify-add-process-request []
        Record [ThirdParty]: notify-add-service-record (ServiceRequest) -> Outcome [notify-add-service-request]
        Change [Source]: notify-update-service-request (ServiceRequest) -> Outcome []
        Correct [Target]: notify-data-correction (ServiceRequest+*) -> Outcome notify-update-service-request []
        TakeUp [Target]: notify-add-process-request (Task) -> Outcome []
        Move [Target]: notify-update-process-request (Task+*) -> Outcome []
        AddAppointment [Target]: notify-add-appointment (Appointment) -> Outcome []
        Revoke [Source]: revoke-service-request (ServiceRequest) -> Message notify-update-process-request []
        Ask [Source]: send-communication-from-requester (Communication) -> Outcome send-communication-from-provider []
        Answer [Target]: send-communication-from-provider (Communication) -> Outcome send-communication-from-requester [add-communication]
        Inform [ThirdParty]: notify-update-service-record (ServiceRequest+Task+Appointment) -> Outcome []
    "#]],
    );
}

fn all() -> impl Iterator<Item = &'static EventRow> {
    VERSIONS.into_iter().flat_map(events)
}

#[test]
fn a_word_means_one_thing_in_a_version_for_each_sender() {
    let mut seen = BTreeSet::new();
    for row in all() {
        assert!(!row.from.is_empty() && !row.focus.is_empty(), "{}", row.code);
        for role in ROLES.into_iter().filter(|role| row.is_from(*role)) {
            assert!(
                seen.insert((row.version, row.code.as_str(), format!("{role:?}"))),
                "{:?} {} {role:?}",
                row.version,
                row.code
            );
        }
    }
}

#[test]
fn a_variant_is_one_of_a_word_of_the_guide_with_the_same_meaning_and_sender() {
    for row in all() {
        let Some(word) = &row.variant_of else { continue };
        let is_it = |other: &&EventRow| &other.code == word && other.meaning == row.meaning;
        let is_known = events(row.version).iter().filter(is_it).any(|own| own.is_canonical() && own.from == row.from);
        assert!(is_known, "{:?} {}", row.version, row.code);
    }
}

#[test]
fn what_may_follow_is_an_event_of_the_same_version() {
    for row in all() {
        let Some(reply) = &row.reply else { continue };
        assert!(events(row.version).iter().any(|other| &other.code == reply && other.is_canonical()), "{}", row.code);
    }
}

#[test]
fn every_focus_is_a_resource_of_the_guide() {
    let known = ["ServiceRequest", "Task", "Appointment", "Communication", "Patient", "*"];
    for row in all() {
        assert!(row.focus.iter().all(|focus| known.contains(&focus.as_str())), "{}", row.code);
    }
}

fn check_from(version: Version, code: &str, role: Role, expected: Expect) {
    let found = event_from(version, code, role).map(|(row, spelling)| (row.version, row.meaning, row.by, spelling));
    expected.assert_eq(&format!("{found:?}"));
}

#[test]
fn the_same_word_means_what_the_senders_part_makes_of_it() {
    let word = "notify-update-service-request";
    check_from(Version::V010, word, Role::Target, expect!["Some((V010, Correct, Message, Variant))"]);
    check_from(Version::V010, word, Role::Source, expect!["Some((V010, Change, Put, Variant))"]);
    check_from(Version::V011, word, Role::Source, expect!["Some((V011, Change, Message, Exact))"]);
    check_from(Version::V011, word, Role::Target, expect!["Some((V010, Correct, Message, Variant))"]);
    check_from(Version::Erec, word, Role::ThirdParty, expect!["None"]);
}

#[test]
fn a_source_of_0_10_changes_nothing_by_a_message() {
    let changing = |row: &&EventRow| matches!(row.meaning, Meaning::Change | Meaning::Correct);
    for row in all().filter(changing) {
        for (found, _) in candidates(Version::V010, &row.code).iter().filter(|(found, _)| found.is_from(Role::Source)) {
            assert_eq!(found.by, By::Put, "{}", row.code);
        }
    }
}

#[test]
fn only_the_target_moves_the_state() {
    let moving = |row: &&EventRow| matches!(row.meaning, Meaning::Move | Meaning::TakeUp | Meaning::AddAppointment);
    for row in all().filter(moving) {
        assert_eq!(row.from, [Role::Target], "{}", row.code);
    }
}

#[test]
fn a_word_of_another_version_is_taken_as_a_variant() {
    check_from(Version::V011, "notify-update-status", Role::Target, expect!["Some((V010, Move, Message, Variant))"]);
    check_from(
        Version::V010,
        "notify-data-correction",
        Role::Target,
        expect!["Some((V011, Correct, Message, Variant))"],
    );
    check_from(
        Version::V011,
        "send-communication-to-provider",
        Role::Source,
        expect!["Some((V010, Ask, Message, Variant))"],
    );
    check_from(
        Version::Erec,
        "terminate-servicerequest",
        Role::Source,
        expect!["Some((V011, Revoke, Message, Variant))"],
    );
    check_from(Version::Erec, "add-communication", Role::Source, expect!["Some((V011, Write, Message, Variant))"]);
    check_from(Version::Erec, "add-communication", Role::Target, expect!["Some((Erec, Answer, Message, Variant))"]);
}

#[test]
fn every_word_is_known_in_every_version() {
    for row in all() {
        for version in VERSIONS {
            let (found, spelling) = event(version, &row.code).expect("it is known");
            assert_eq!(spelling == Spelling::Exact, found.version == version && found.is_canonical(), "{}", row.code);
        }
    }
}

#[test]
fn what_nobody_defined_is_no_event() {
    for code in ["", "notify-weather", "Add-Service-Request", "add-service-request ", "submit-service-request"] {
        assert!(VERSIONS.into_iter().all(|version| candidates(version, code).is_empty()), "{code}");
    }
}
