//! Pointers taken over from a file: all that is good, nothing twice, what is refused with its place, whatever stops it.

use std::{
    collections::HashSet,
    io::{Cursor, Read, Write},
    process::Stdio,
    sync::Arc,
};

use baton_exchange::audit::{Audited, Interaction};
use baton_server::{
    import::{BATCH_LINES, End, Report, import},
    operator::{Account, Place, Progress},
};
use baton_store::{MemoryStore, Store};
use serde_json::{Value, json};

use crate::{
    locator::pointer,
    place::{Folder, numbered_lines, place, runtime, said},
};

const IMPORT: &str = "import pointers pointers.ndjson --config baton.toml";

/// What stands behind a word of the summary.
fn count(summary: &str, word: &str) -> u64 {
    let line = summary.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_else(|| panic!("{word}: {summary}"));
    let number = line.split_whitespace().next().unwrap_or_default().replace(',', "");
    number.parse().unwrap_or_else(|error| panic!("{error}: {summary}"))
}

/// Taken, already there, refused.
fn counts(summary: &str) -> [u64; 3] {
    ["taken", "already there", "refused"].map(|word| count(summary, word))
}

fn edited(number: u32, edit: impl FnOnce(&mut Value)) -> String {
    let mut pointer = pointer(number);
    edit(&mut pointer);
    pointer.to_string()
}

/// Good lines, a blank one, and one of each kind that is refused.
fn mixed() -> Vec<u8> {
    let subject = |number: &str| json!(format!("https://demographics.spineservices.nhs.uk/STU3/Patient/{number}"));
    let mut lines: Vec<Vec<u8>> = [
        pointer(1).to_string(),
        pointer(1).to_string(),
        String::new(),
        edited(1, |pointer| pointer["description"] = json!("another one with its masterIdentifier")),
        edited(2, |pointer| pointer["subject"]["reference"] = subject("9876543211")),
        edited(3, |pointer| {
            let unknown = "https://directory.spineservices.nhs.uk/STU3/Organization/ZZ9";
            pointer["custodian"]["reference"] = json!(unknown);
        }),
        edited(4, |pointer| pointer["9876543210"] = json!("9876543210")).replace("\"class\"", "\"klass\""),
        "{\"resourceType\": \"DocumentReference\", \"subject\": 9876543210".to_owned(),
        "9876543210".to_owned(),
        edited(5, |pointer| pointer["status"] = json!("superseded")),
        format!("\"{}\"", "9876543210".repeat(10_001)),
    ]
    .map(String::into_bytes)
    .into();
    lines.push(b"{\"resourceType\": \"\xFF\"}".to_vec());
    lines.push(pointer(6).to_string().into_bytes());
    lines.join(&b"\n"[..])
}

#[test]
fn what_is_good_is_taken_and_what_is_not_is_reported_with_rule_and_place() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", mixed());
    let (status, out, err) = folder.run(IMPORT);
    assert_eq!(status, 1, "{out}{err}");
    assert_eq!(counts(&out), [3, 1, 8], "{out}");
    let report = folder.read("pointers.ndjson.report.ndjson");
    let told: Vec<String> = report
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("each line is JSON");
            let fault = &line["faults"][0];
            let text = |name: &str| fault[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {} {}", line["line"], text("rule"), text("code"), text("expression"))
        })
        .collect();
    let expected = [
        "4 import-master-taken DUPLICATE_REJECTED DocumentReference.masterIdentifier",
        "5 nrl-number INVALID_NHS_NUMBER DocumentReference.subject.reference",
        "6 nrl-organization-unknown ORGANISATION_NOT_FOUND DocumentReference.custodian.reference",
        "7 nrl-element INVALID_RESOURCE DocumentReference.class",
        "8 json-syntax INVALID_REQUEST_MESSAGE -",
        "9 json-root INVALID_REQUEST_MESSAGE -",
        "11 import-too-long INVALID_REQUEST_MESSAGE -",
        "12 json-encoding INVALID_REQUEST_MESSAGE -",
    ];
    assert_eq!(told, expected, "{report}");
    for text in [&out, &err, &report] {
        assert!(!text.contains("987654321"), "{text}");
    }
    assert!(out.contains("1  import-master-taken (DUPLICATE_REJECTED)"), "{out}");
}

#[test]
fn a_second_run_finds_everything_there_and_a_good_one_ends_with_status_0() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", numbered_lines(600));
    assert_eq!(counts(&folder.run_well(IMPORT)), [600, 0, 0]);
    assert_eq!(counts(&folder.run_well(&format!("{IMPORT} --quiet"))), [0, 600, 0]);
    assert_eq!(folder.read("pointers.ndjson.report.ndjson"), "");
}

#[test]
fn standard_input_is_read_and_refused_lines_are_shown() {
    let folder = Folder::new();
    let mut child = folder
        .command("import pointers - --config baton.toml")
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program was built");
    child.stdin.take().expect("it is piped").write_all(&mixed()).expect("it is read to its end");
    let (status, out, err) = said(&child.wait_with_output().expect("it ends"));
    assert_eq!((status, counts(&out)), (1, [3, 1, 8]), "{out}{err}");
    assert!(err.contains("line 5: nrl-number (INVALID_NHS_NUMBER) at DocumentReference.subject.reference"), "{err}");
    assert!(!err.contains("987654321"), "{err}");
}

#[test]
fn a_report_may_have_a_place_of_its_own() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", "{}\n");
    let (status, out, _) = folder.run(&format!("{IMPORT} --report refused.ndjson"));
    assert_eq!(status, 1);
    assert!(out.contains("told in refused.ndjson"), "{out}");
    assert_eq!(folder.read("refused.ndjson").lines().count(), 1);
}

#[test]
fn what_cannot_be_used_ends_with_status_2_and_says_what_to_change() {
    let folder = Folder::new();
    folder.write("pointers.ndjson", "");
    folder.write("none.toml", "[server]\n");
    let two = CONFIG_OF_TWO.replace("PATH", "a") + &CONFIG_OF_TWO.replace("PATH", "b");
    folder.write("two.toml", two);
    folder.write(
        "far.toml",
        format!("[store]\nurl = \"sqlite:no-such-folder/x.db\"\n{}", CONFIG_OF_TWO.replace("PATH", "a")),
    );
    for (command, says) in [
        ("import pointers missing.ndjson --config baton.toml", "cannot read missing.ndjson"),
        ("import pointers . --config baton.toml", "cannot read .: is a directory"),
        ("import pointers pointers.ndjson --config missing.toml", "missing.toml: cannot be read"),
        ("import pointers pointers.ndjson --config none.toml", "none.toml: it has no record locator"),
        ("import pointers pointers.ndjson --config two.toml", "say which with --exchange: a, b"),
        ("import pointers pointers.ndjson --config two.toml --exchange c", "there is a, b"),
        ("import pointers pointers.ndjson --config far.toml", "cannot open the store"),
        ("import pointers pointers.ndjson --config baton.toml --report no/such/file", "cannot write the report"),
    ] {
        let (status, out, err) = folder.run(command);
        assert_eq!((status, out.as_str()), (2, ""), "{command}: {err}");
        assert!(err.contains(says), "{command}: {err}");
    }
}

const CONFIG_OF_TWO: &str =
    "[[exchange]]\nid = \"PATH\"\ndialect = \"nrl\"\npath = \"/PATH\"\nspine_asid = \"999999999999\"\n";

#[test]
fn what_kill_9_left_is_completed_by_the_same_command() {
    const LINES: u32 = 1_500;
    let (folder, undisturbed) = (Folder::new(), Folder::new());
    let text = numbered_lines(LINES);
    for folder in [&folder, &undisturbed] {
        folder.write("pointers.ndjson", &text);
    }
    undisturbed.run_well(IMPORT);
    // a pipe holds some 64 KiB, so most of what was written has been read
    let mut child = folder
        .command("import pointers - --config baton.toml --quiet")
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let half = text.len() / 2;
    child.stdin.as_mut().expect("it is piped").write_all(&text.as_bytes()[..half]).expect("it reads");
    child.kill().expect("it runs");
    child.wait().expect("it was ours");
    let [taken, there, refused] = counts(&folder.run_well(IMPORT));
    assert_eq!((taken + there, refused), (u64::from(LINES), 0));
    let exported = |folder: &Folder| {
        folder.run_well("export pointers all.ndjson --config baton.toml");
        without_moments(&folder.read("all.ndjson"))
    };
    assert_eq!(exported(&folder), exported(&undisturbed));
}

/// Pointers that do not say when they were made were made when they were imported.
fn without_moments(exported: &str) -> Vec<Value> {
    let plain = |line: &str| {
        let mut pointer: Value = serde_json::from_str(line).expect("each line is JSON");
        pointer["indexed"] = Value::Null;
        pointer["meta"]["lastUpdated"] = Value::Null;
        pointer
    };
    exported.lines().map(plain).collect()
}

/// A source that says when it has given all that it has, and then waits for ever.
struct Stuck {
    text: Cursor<String>,
    tell: Option<tokio::sync::oneshot::Sender<()>>,
    never: std::sync::mpsc::Receiver<()>,
}

impl Read for Stuck {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 {
            self.tell.take().map(|tell| tell.send(()));
            let _ = self.never.recv();
        }
        Ok(read)
    }
}

/// Imports into a place to the end.
async fn import_all(place: &Place, text: String) -> [u64; 3] {
    let mut report = Report::open(None).expect("there is no file");
    let account = Account::new("test");
    let mut progress = Progress::quiet("test");
    let end = import(place, &account, Cursor::new(text), &mut report, &mut progress, std::future::pending()).await;
    assert_eq!(end.expect("nothing is in its way"), End::Whole);
    [report.taken(), report.there(), report.refused()]
}

#[test]
fn an_import_whose_task_is_stopped_goes_on() {
    const LINES: u32 = 700;
    let place = place(Arc::new(MemoryStore::default()));
    let (told, text) = (place.clone(), numbered_lines(LINES));
    runtime().block_on(async {
        let (tell, dry) = tokio::sync::oneshot::channel();
        let (_keep, never) = std::sync::mpsc::channel();
        let source = Stuck { text: Cursor::new(text.clone()), tell: Some(tell), never };
        let task = tokio::spawn(async move {
            let mut report = Report::open(None).expect("there is no file");
            let (account, mut progress) = (Account::new("test"), Progress::quiet("test"));
            let stop = std::future::pending();
            import(&told, &account, source, &mut report, &mut progress, stop).await.map(drop)
        });
        dry.await.expect("all that there is gets read");
        task.abort();
        assert!(task.await.is_err_and(|error| error.is_cancelled()), "it waited for more");
        let [taken, there, refused] = import_all(&place, text.clone()).await;
        assert_eq!((taken + there, refused), (u64::from(LINES), 0));
        assert_eq!(import_all(&place, text).await, [0, u64::from(LINES), 0]);
    });
}

#[test]
fn an_import_that_is_told_to_stop_reports_what_it_did() {
    let place = place(Arc::new(MemoryStore::default()));
    runtime().block_on(async {
        let (tell, dry) = tokio::sync::oneshot::channel();
        let (_keep, never) = std::sync::mpsc::channel();
        let text = numbered_lines(BATCH_LINES as u32);
        let source = Stuck { text: Cursor::new(text.clone()), tell: Some(tell), never };
        let mut report = Report::open(None).expect("there is no file");
        let (account, mut progress) = (Account::new("test"), Progress::quiet("test"));
        let stop = async { drop(dry.await) };
        let end = import(&place, &account, source, &mut report, &mut progress, stop).await;
        assert_eq!(end.expect("nothing is in its way"), End::Stopped);
        let [taken, there, refused] = import_all(&place, text).await;
        assert_eq!((taken + there, refused, there), (BATCH_LINES as u64, 0, report.taken()));
    });
}

#[test]
fn of_lines_with_one_masteridentifier_the_first_is_taken_whenever_it_is_begun_again() {
    for begin in [0, 1] {
        let place = place(Arc::new(MemoryStore::default()));
        let named = |text: &str| edited(1, |pointer| pointer["description"] = json!(text));
        let lines = [named("first"), named("second"), named("first"), named("third")];
        let counted = runtime().block_on(async {
            for _ in 0..begin {
                import_all(&place, lines[..1].join("\n")).await;
            }
            import_all(&place, lines.join("\n")).await
        });
        assert_eq!(counted, [1 - begin, 1 + begin, 2]);
        let bodies = bodies(&place);
        assert!(bodies.len() == 1 && bodies[0].contains("\"first\""), "{bodies:?}");
    }
}

fn bodies(place: &Place) -> Vec<String> {
    let mut walk = baton_server::export::Walk::new(place, None);
    let page = runtime().block_on(walk.page(place)).expect("the store can be read").expect("a page");
    page.into_iter().map(|body| String::from_utf8(body).expect("text")).collect()
}

#[test]
fn two_imports_of_one_file_at_once_take_each_line_once() {
    const LINES: u64 = 600;
    let folder = Folder::new();
    let runtime = runtime();
    let place = place(folder.store(&runtime));
    let [one, other] = runtime.block_on(async {
        let text = numbered_lines(600);
        let (one, other) = tokio::join!(import_all(&place, text.clone()), import_all(&place, text));
        [one, other]
    });
    assert_eq!(one[0] + other[0], LINES, "{one:?} {other:?}");
    assert_eq!(one[0] + one[1], LINES, "{one:?}");
    assert_eq!(other[0] + other[1], LINES, "{other:?}");
}

#[test]
fn each_pointer_that_is_taken_has_its_line_in_the_audit() {
    let store = Arc::new(MemoryStore::default());
    let place = place(store.clone());
    let lines = runtime().block_on(async {
        import_all(&place, numbered_lines(3)).await;
        import_all(&place, numbered_lines(3)).await;
        store.audit(0, 10).await.expect("the store can be read")
    });
    for (_, record) in &lines {
        let Audited::Pointers(access) = &record.what else { panic!("a line of the locator") };
        assert_eq!((access.interaction, access.status, access.pointers.len()), (Interaction::Create, 201, 1));
        assert_eq!((access.agent.system.as_str(), access.subject.is_some()), ("test", true));
    }
    assert_eq!(lines.len(), 3, "what was there already changes nothing");
    let requests: HashSet<&str> = lines.iter().map(|(_, record)| record.request_id.as_str()).collect();
    assert_eq!(requests.len(), 1, "one run is one request");
}

/// A file of the how-to pages.
fn how_to(name: &str) -> String {
    let path = format!("{}/../../docs/how-to/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_commands_of_the_how_to_page_work() {
    let folder = Folder::new();
    folder.write("baton.toml", how_to("locator.toml"));
    folder.write("other.toml", how_to("locator.toml").replace("sqlite:locator.db", "sqlite:other.db"));
    folder.write("pointers.ndjson", how_to("pointers.ndjson"));
    let page = how_to("import-pointers.md");
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("baton ")).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let command = command.split(" #").next().unwrap_or_default();
        let (status, out, err) = folder.run(command);
        assert_eq!(status, 0, "baton {command}\n{out}{err}");
    }
    assert_eq!(folder.read("export.ndjson").lines().count(), how_to("pointers.ndjson").lines().count());
}
