//! The operator's questions: who looked at which pointers, without a patient's number in any answer.

use serde_json::Value;

use crate::{
    harness::{Answer, Server},
    locator::{AMS01, CONFIG, PATIENT, RXA, create, reading, withdrawal},
    place::{Folder, runtime, said},
};

const NUMBER: &str = "9876543210";

/// A pointer of RR8 that is made, found by the ambulance service, and withdrawn; a search by RXA that is refused. Gives the
/// pointer's id and the answer that refused.
fn looked_at() -> (Folder, String, Answer) {
    let (folder, runtime) = (Folder::new(), runtime());
    // a day passes, and tokens are good for five minutes
    let config = CONFIG.replace("jwt = ", "jwt_times = \"ignored\"\njwt = ");
    let mut server = Server::with(&config, folder.store(&runtime));
    let id = create(&server, 1);
    assert_eq!(reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server).status, 200);
    server.pass(86_400);
    assert_eq!(withdrawal(&id).send(&server).status, 200);
    let refused = reading(RXA, &format!("/DocumentReference?subject={PATIENT}")).send(&server);
    assert_eq!(refused.status, 403, "{}", refused.text());
    server.stop();
    (folder, id, refused)
}

/// Interactions, statuses and organisations of the lines of an answer.
fn lines(answer: &str) -> Vec<String> {
    let first = answer.lines().filter(|line| !line.starts_with(' '));
    let short = |line: &str| {
        let mut words = line.split_whitespace();
        let (what, status) = (words.nth(1).unwrap_or_default(), words.next().unwrap_or_default());
        let by = line.split(" by ").nth(1).and_then(|by| by.split(',').next()).unwrap_or_default();
        format!("{what} {status} {by}")
    };
    first.map(short).collect()
}

#[track_caller]
fn check(folder: &Folder, question: &str, expected: &[&str]) {
    let (status, out, err) = folder.run(&format!("audit --config baton.toml {question}"));
    assert_eq!((status, lines(&out)), (0, expected.iter().map(|line| (*line).to_owned()).collect()), "{out}{err}");
    assert!(!out.contains(NUMBER) && !err.contains(NUMBER), "{out}{err}");
}

#[test]
fn lines_are_found_by_patient_owner_type_and_time() {
    let (folder, id, _) = looked_at();
    let own = ["create 201 RR8", "search 200 AMS01", "update 200 RR8"];
    let until = "--until 2026-01-16";
    check(&folder, &format!("--owner RR8 {until}"), &own);
    check(&folder, &format!("--owner rr8 --patient {NUMBER} {until}"), &own);
    check(&folder, "--owner RR8 --until 2026-01-15", &own[..2]);
    check(&folder, "--owner RR8 --from 2026-01-16", &own[2..]);
    check(&folder, "--owner RR8 --until 2026-01-15T14:30:00Z", &[]);
    check(&folder, "--owner RR8 --type 736253002", &own);
    check(&folder, "--owner RR8 --type 736366004", &[]);
    check(&folder, "--owner RXA", &[]);
    check(&folder, "--patient 2686033207 --until 2026-01-16", &[]);
    check(&folder, &format!("--all {until}"), &[&own[..], &["search 403 RXA"]].concat());
    let out = folder.run_well(&format!("audit --config baton.toml --patient {NUMBER} --until 2026-01-15"));
    for part in
        [&format!("pointer {id}  of RR8  type 736253002"), "system 200000000115, user 4387293874928, for directcare"]
    {
        assert!(out.contains(part), "{part} in {out}");
    }
}

#[test]
fn the_line_of_a_message_is_found_by_the_id_that_the_caller_got() {
    let (folder, _, refused) = looked_at();
    let message = refused.member("issue/0/details/text");
    check(&folder, &format!("--message {message}"), &["search 403 RXA"]);
    let (status, out, err) = folder.run("audit --config baton.toml --message 019abcde-f012-7345-89ab-cdef01234567");
    assert_eq!((status, out.as_str()), (1, ""), "{err}");
}

#[test]
fn a_program_gets_an_audit_event_on_each_line() {
    let (folder, id, _) = looked_at();
    let out = folder.run_well("audit --config baton.toml --owner RR8 --format json");
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(events.len(), 3);
    let search = &events[1];
    assert_eq!(search["resourceType"], "AuditEvent");
    assert_eq!(search["recorded"], "2026-01-15T14:30:00.000Z");
    let agents = search["agent"].as_array().expect("agents").iter();
    let agents: Vec<&str> = agents.filter_map(|agent| agent["userId"]["value"].as_str()).collect();
    assert_eq!(agents, ["AMS01", "200000000115", "4387293874928"]);
    assert_eq!(search["entity"][0]["reference"]["reference"], format!("DocumentReference/{id}"));
    assert!(!out.contains(NUMBER));
}

#[test]
fn a_number_that_does_not_check_is_refused_and_not_printed() {
    let (folder, _, _) = looked_at();
    for number in ["9876543211", "987654321", "0000000000", "98765432100"] {
        let (status, out, err) = folder.run(&format!("audit --config baton.toml --patient {number}"));
        assert_eq!((status, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("--patient is no NHS number") && !err.contains(&number[..9]), "{err}");
    }
}

#[test]
fn a_number_may_come_from_standard_input_and_in_groups() {
    let (folder, _, _) = looked_at();
    let mut command = folder.command("audit --config baton.toml --patient - --until 2026-01-15");
    folder.write("number", "987 654 3210\n");
    command.stdin(std::fs::File::open(folder.path("number")).expect("it is there"));
    let (status, out, err) = said(&command.output().expect("the program was built"));
    assert_eq!((status, lines(&out).len()), (0, 2), "{out}{err}");
}

#[test]
fn a_question_that_makes_no_sense_is_refused() {
    let (folder, _, _) = looked_at();
    for (question, says) in [
        ("", "required arguments were not provided"),
        ("--all --owner RR8", "cannot be used with"),
        ("--message 1", "a message has a UUID"),
        ("--owner R-8", "1 to 12 letters and digits"),
        ("--all --from yesterday", "a day is 2026-01-31"),
        ("--all --from 2026-02-01 --until 2026-01-31", "--from is not before --until"),
    ] {
        let (status, out, err) = folder.run(&format!("audit --config baton.toml {question}"));
        assert_eq!((status, out.as_str()), (2, ""), "{question}: {err}");
        assert!(err.contains(says), "{question}: {err}");
    }
}

#[test]
fn who_asks_and_who_takes_all_pointers_out_is_remembered() {
    let (folder, _, _) = looked_at();
    folder.run_well(&format!("audit --config baton.toml --patient {NUMBER}"));
    folder.run_well("export pointers all.ndjson --config baton.toml");
    let today = "--from 2026-01-17";
    check(&folder, &format!("--patient {NUMBER} {today}"), &["audit 200 system baton-audit"]);
    let all = ["audit 200 system baton-audit", "export 200 system baton-export", "audit 200 system baton-audit"];
    check(&folder, &format!("--all {today}"), &all);
}
