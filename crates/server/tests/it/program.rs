//! The program itself: configuration that cannot be used, the ready line, and `check`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
    time::Duration,
};

use crate::harness::message;

fn baton(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

fn serve(config: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("baton.toml"), config).expect("the folder is ours");
    baton(folder.path(), &["serve", "--config", "baton.toml"]).output().expect("the program was built")
}

#[track_caller]
fn check_unusable(config: &str, says: &str) {
    let output = serve(config);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains(says), "{says} expected: {errors}");
    assert!(output.stdout.is_empty(), "it was never ready");
}

/// Threat: T117
#[test]
fn an_unusable_configuration_ends_with_status_2_and_its_place() {
    check_unusable("[server]\nlissten = 1\n", "baton.toml:2:1: unknown field `lissten`");
    check_unusable(
        "[[exchange]]\nid = \"o\"\ndialect = \"klingon\"\npath = \"/o\"\n",
        "baton.toml:3:11: unknown variant `klingon`",
    );
    check_unusable("[server]\nlisten = \"203.0.113.1:80\"\n", "cannot listen on 203.0.113.1:80");
    check_unusable("[store]\nurl = \"sqlite:no-such-folder/baton.db\"\n", "cannot open the store");
}

#[test]
fn a_configuration_that_is_not_there_ends_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = baton(folder.path(), &["serve", "--config", "none.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("none.toml: cannot be read"));
}

#[test]
fn one_line_says_where_it_listens_and_sigterm_ends_it_with_status_0() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("baton.toml"), "[server]\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let mut child = baton(folder.path(), &["serve", "--config", "baton.toml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let port: u16 = line.trim().strip_prefix("ready http://127.0.0.1:").unwrap_or_default().parse().unwrap_or_default();
    assert_ne!(port, 0, "{line}");
    let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    line.clear();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "", "one line only");
}

fn check(body: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("message"), body).expect("the folder is ours");
    let output = baton(folder.path(), &[&["check", "message", "--dialect", "netsmart"], arguments].concat())
        .output()
        .expect("the program was built");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder is ours").count(), 1, "nothing is stored");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn an_acceptable_message_ends_with_status_0() {
    let (status, listed) = check(&message("submit", 1), &["--mode", "strict"]);
    assert_eq!((status, listed.as_str()), (Some(0), "acceptable: 0 errors, 0 warnings\n"));
}

#[test]
fn a_message_that_would_be_refused_ends_with_status_1_and_all_that_is_wrong() {
    let wrong =
        message("submit", 1).replace("\"Patient/pat-1\"", "\"Patient/pat-404\"").replace("\"active\"", "\"activ\"");
    let (status, listed) = check(&wrong, &[]);
    assert_eq!(status, Some(1), "{listed}");
    for part in ["Bundle.entry[1].resource.subject", "Bundle.entry[1].resource.status", "line 1, column ", "refused: "]
    {
        assert!(listed.contains(part), "{part} in {listed}");
    }
}

#[test]
fn a_program_gets_an_operation_outcome() {
    let (status, json) = check("{ \"resourceType\": ", &["--format", "json"]);
    let outcome: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, outcome["resourceType"].as_str()), (Some(1), Some("OperationOutcome")));
    assert_eq!(outcome["issue"][0]["severity"], "fatal");
}

#[test]
fn a_message_may_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = baton(folder.path(), &["check", "-", "--dialect", "netsmart", "--color", "always"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(message("submit", 1).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("\x1b[1;32macceptable"));
}

#[test]
fn what_cannot_be_read_ends_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = |file, dialect| ["check", file, "--dialect", dialect];
    assert_eq!(baton(folder.path(), &arguments("none", "netsmart")).output().unwrap().status.code(), Some(2));
    assert_eq!(baton(folder.path(), &arguments("none", "klingon")).output().unwrap().status.code(), Some(2));
}

/// A program that may have few files open, where it listens, and what it says.
fn with_few_files(folder: &Path) -> (Child, String, BufReader<ChildStderr>) {
    std::fs::write(folder.join("baton.toml"), "[server]\nlisten = \"127.0.0.1:0\"\n").expect("the folder is ours");
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" serve --config baton.toml", env!("CARGO_BIN_EXE_baton")])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("text");
    let address = line.trim().strip_prefix("ready http://").expect("it is ready").to_owned();
    let log = BufReader::new(child.stderr.take().expect("it is piped"));
    (child, address, log)
}

fn lives(address: &str) -> bool {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("the time is not zero");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("it is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).is_ok_and(|_| answer.starts_with("HTTP/1.1 200"))
}

#[test]
fn a_program_whose_log_nobody_reads_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("baton.toml"), "[server]\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let mut command = baton(folder.path(), &["serve", "--config", "baton.toml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let mut stream = TcpStream::connect(ready.trim().strip_prefix("ready http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // more than a pipe holds, which is 64 KiB
    let (id, asks) = ("i".repeat(200), 600);
    let ask = format!("GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-ID: {id}\r\n\r\n");
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..asks {
        stream.write_all(ask.as_bytes()).unwrap();
        let mut line = String::new();
        while line != "live\n" {
            line.clear();
            assert_ne!(answers.read_line(&mut line).unwrap(), 0, "it goes on");
        }
    }
    let mut log = child.stderr.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).map(|_| text)
    });
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let log = reading.join().unwrap().unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("/health/live 200")).count(), asks, "none is lost at the end");
}

/// Threat: T89
#[test]
fn a_program_without_files_for_connections_says_so_once_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address, mut log) = with_few_files(folder.path());
    let many: Vec<TcpStream> = (0..80).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let mut line = String::new();
    while !line.contains("could not take a connection") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it goes on");
    }
    drop(many);
    assert!(lives(&address));
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(rest.matches("could not take a connection").count() < 10, "it waits between its tries: {rest}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A head with things that a log must not repeat or be broken by.
fn poisoned(method: &str, target: &str, token: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: canary-host\r\nAuthorization: Bearer {token}\r\nX-Request-ID: r-1 level=ERROR \\n\\r\\x1b[31m\r\n\
         X-Correlation-ID: canary-correlation\u{e9}\r\nUser-Agent: canary-agent \u{9b}31m\r\nReferer: https://canary-referer/\r\n\
         Content-Type: application/fhir+json\r\nX-Forwarded-For: canary-forwarded\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{{\"a\":\"canary-x\"}}"
    )
}

/// Threat: T93, T72, T104
#[test]
fn a_log_has_one_line_for_each_request_and_nothing_of_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        "[server]\nlisten = \"127.0.0.1:0\"\n[[exchange]]\nid = \"n\"\ndialect = \"netsmart\"\npath = \"/n\"\n";
    std::fs::write(folder.path().join("baton.toml"), config).unwrap();
    let mut command = baton(folder.path(), &["serve", "--config", "baton.toml"]);
    let mut child = command.env("BATON_LOG", "debug").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let address = ready.trim().strip_prefix("ready http://").unwrap();
    let asked = [
        ("GET", "/n/Patient/canary-id?identifier=canary-number"),
        ("GET", "/n/Patient?name=canary-name%0d%0aERROR%20forged%1b%5B31m"),
        ("POST", "/n/$process-message?x=canary-query"),
        ("POST", "/oauth/token?client_id=canary-client"),
        ("GET", "/canary-path%0aforged"),
        ("CANARY", "/n/metadata"),
    ];
    for (method, target) in asked {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(poisoned(method, target, "canary-token").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(log.lines().filter(|line| line.contains(" ms")).count(), asked.len(), "{log}");
    // a method of the sender's own making is the only word of its that is written
    assert!(!log.replace("CANARY", "").to_lowercase().contains("canary"), "{log}");
    assert!(!log.contains('\u{1b}') && !log.contains('\u{9b}') && !log.contains("forged"), "{log}");
    assert!(log.lines().all(|line| line.starts_with("20")), "each line begins with its time: {log}");
}
