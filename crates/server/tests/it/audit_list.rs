//! `baton audit list`: lines by referral, partner, app, person and time, for people, programs and FHIR.

use baton_exchange::{
    audit::{Actor, AuditAction, AuditRecord, Audited, Deed, Errand, Operation, Visit},
    decision::{Batch, Change},
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};
use serde_json::Value;

use crate::place::{Folder, runtime};

const CONFIG: &str = r#"
[server]
public_url = "https://referrals.example.org"
[store]
url = "sqlite:baton.db"
keys = "baton.keys"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
"#;
const FIRST: &str = "01010101-0101-0101-0101-010101010101";

fn record(number: u8, exchange: &str, actor: Actor, what: Audited) -> AuditRecord {
    let partner = if number == 3 { None } else { Some(if number == 2 { "centre-e" } else { "practice-d" }.into()) };
    AuditRecord {
        home: Home(1),
        at: Timestamp(1_768_487_400_000_000 + i64::from(number) * 86_400_000_000),
        exchange: exchange.into(),
        partner,
        actor,
        message: MessageId([number; 16]),
        request_id: format!("r-{number}\u{1b}[2J"),
        query: None,
        what,
    }
}

/// A submission by a system; a search by a person's app that found it; what an operator did; a login that failed.
fn world() -> Folder {
    let folder = Folder::new();
    folder.write("baton.toml", CONFIG);
    let visit = |errand, status, code: &str, shown| {
        let (code, resource_type) = (code.to_owned(), "Task".to_owned());
        Audited::Visit(Visit { errand, status, code, resource_type, referrals: shown })
    };
    let referral = ReferralId([1; 16]);
    let submitted = Audited::Referral { action: AuditAction::Submitted, referral };
    let person = || Actor::person("chance-1").through(Some("viewer"));
    let closed = Operation { account: Some("chance-1".to_owned()), ..Operation::of(Deed::AccountDisabled) };
    let closed = Operation { partner: Some("centre-e".into()), ..closed };
    let lines = [
        record(1, "ontario", Actor::default(), submitted),
        record(2, "ontario", person(), visit(Errand::Search, 200, "", vec![referral])),
        record(3, "", Actor::default(), Audited::Operator(closed)),
        record(4, "", person(), visit(Errand::Login, 403, "wrong_password", Vec::new())),
    ];
    let runtime = runtime();
    let url = format!("sqlite:{}", folder.path("baton.db").display());
    let keys = folder.path("baton.keys");
    let store = runtime.block_on(baton_store::open_with_keys(&url, &keys)).expect("it can be made");
    for line in lines {
        let batch = Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] };
        runtime.block_on(store.commit(batch)).expect("the store is well");
    }
    folder
}

/// The numbers of the lines that a question gives.
fn numbers(folder: &Folder, question: &str) -> Vec<u64> {
    let out = folder.run_well(&format!("audit list --config baton.toml --format json {question}"));
    let number = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["line"].as_u64().expect("a number");
    out.lines().map(number).filter(|number| *number <= 4).collect()
}

#[test]
fn each_filter_gives_what_fits_and_all_of_them_what_fits_all() {
    let folder = world();
    for (question, expected) in [
        ("", vec![1, 2, 3, 4]),
        (&*format!("--referral {FIRST}"), vec![1, 2]),
        ("--partner practice-d", vec![1, 4]),
        ("--partner centre-e", vec![2, 3]),
        ("--app viewer", vec![2, 4]),
        ("--person chance-1", vec![2, 3, 4]),
        ("--person chance-1 --app viewer --partner centre-e", vec![2]),
        ("--from 2026-01-17 --until 2026-01-18", vec![2, 3]),
        ("--person nobody", vec![]),
    ] {
        assert_eq!(numbers(&folder, question), expected, "{question}");
    }
}

/// Threat: T114
#[test]
fn who_lists_the_audit_has_a_line_in_it() {
    let folder = world();
    folder.run_well("audit list --config baton.toml --person chance-1");
    let out = folder.run_well("audit list --config baton.toml --format json");
    let last: Value = serde_json::from_str(out.lines().last().expect("lines")).expect("JSON");
    assert_eq!((last["what"].as_str(), last["operator"].as_bool()), (Some("listed"), Some(true)), "{out}");
    // what is no account may be anything that somebody typed
    assert!(last["person"].is_null(), "{out}");
    assert_eq!(out.matches("\"listed\"").count(), 1, "its own line is not in it: {out}");
}

#[test]
fn a_table_is_for_people_and_moves_no_cursor() {
    let folder = world();
    let out = folder.run_well("audit list --config baton.toml");
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..4], ["line", "when", "partner", "person"]);
    assert_eq!(rows[1][2..], ["practice-d", "-", "-", "submitted", "-", "-", FIRST]);
    assert_eq!(rows[2][2..], ["centre-e", "chance-1", "viewer", "search", "200", "Task", FIRST]);
    assert_eq!(rows[3][2..], ["centre-e", "chance-1", "-", "account-disabled", "-", "-"]);
    assert_eq!(rows[4][5..7], ["login", "403"]);
    assert!(!out.contains('\u{1b}'), "{out}");
}

#[test]
fn events_are_fhir() {
    let folder = world();
    let out = folder.run_well("audit list --config baton.toml --format fhir");
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.len(), 4, "{out}");
    assert!(events.iter().all(|event| event["resourceType"] == "AuditEvent"));
    let agents = events[1]["agent"].as_array().expect("agents");
    let who: Vec<&str> = agents.iter().filter_map(|agent| agent["who"]["identifier"]["value"].as_str()).collect();
    assert_eq!(who, ["viewer", "chance-1", "centre-e", "https://referrals.example.org/ontario"]);
    assert_eq!(events[3]["outcome"], "4");
    let codes = |event: &Value| {
        [&event["type"]["code"], &event["subtype"][0]["code"]].map(|code| code.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(
        (codes(&events[1]), codes(&events[3])),
        (["rest", "search-type"].map(str::to_owned), ["110114", "110122"].map(str::to_owned))
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    let folder = world();
    for (question, says) in [
        ("--config baton.toml --referral x", "`baton referrals` lists it"),
        ("--config baton.toml --from yesterday", "a day is 2026-01-31"),
        ("--config baton.toml --format xml", "table"),
        ("--config nowhere.toml", "nowhere.toml"),
    ] {
        let (status, out, err) = folder.run(&format!("audit list {question}"));
        assert_eq!(status, 2, "{question}: {out}{err}");
        assert!(err.contains(says), "{question}: {err}");
    }
}
