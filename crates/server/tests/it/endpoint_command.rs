//! `baton endpoints`, beside a server that runs on the same store.

use std::{path::Path, process::Command};

use baton_server::config::Config;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    delivery::{Sink, status},
    endpoint::{CONFIG, as_partner, own, refer, until},
    harness::Server,
};

/// A folder with the configuration and the store.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(private: &str) -> Folder {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = CONFIG.replace("NOTIFY", "").replace("PRIVATE", private);
        let path = folder.path().join("baton.db");
        let text = format!("[store]\nurl = \"sqlite:{}\"\n{config}", path.display());
        std::fs::write(folder.path().join("baton.toml"), text).expect("the folder is ours");
        Folder(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn server(&self) -> Server {
        let text = std::fs::read_to_string(self.path().join("baton.toml")).expect("it was written");
        let url = Config::parse(&text, "baton.toml").expect("it is usable").store.url.0;
        let runtime = Runtime::new().expect("a runtime");
        Server::with(&text, runtime.block_on(baton_store::open(&url)).expect("a store"))
    }

    /// Runs the command for `centre-e`: its exit status, and what it says.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let (what, more) = line.split_once(' ').unwrap_or((line, ""));
        let whose: &[&str] = if what == "list" { &[] } else { &["--partner", "centre-e"] };
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.current_dir(self.path()).args(["endpoints", what, "--config", "baton.toml"]).args(whose);
        let output = command.args(more.split_whitespace()).output().expect("the program was built");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    #[track_caller]
    fn run_well(&self, line: &str) -> Value {
        let (status, said) = self.run(line);
        assert_eq!(status, Some(0), "{line}: {said}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }
}

#[test]
fn an_operator_does_all_that_a_partner_can_while_the_server_runs() {
    let folder = Folder::new("true");
    let (server, sink) = (folder.server(), Sink::answering(&[&status("500 No")]));
    let made = folder.run_well(&format!("put --url {} --event notify-update-status", sink.url()));
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let (status, tested) = folder.run("test");
    assert!(status == Some(1) && tested.contains("answered 500"), "{tested}");
    assert_eq!(folder.run_well("test")["outcome"], "answered 204");

    let changed = folder.run_well(&format!("put --url {}", sink.url()));
    assert!(changed["events"][0] == "*" && changed.get("secret").is_none(), "{changed}");
    assert_eq!(folder.run_well("pause")["state"], "paused");
    let (_, listed) = folder.run("list");
    assert_eq!(listed, format!("centre-e  ontario  paused  {}  *\n1 endpoints\n", sink.url()));
    let seen = |member: &str| as_partner(&server, "centre-e", own("GET", "$endpoint")).value()[member].clone();
    until(|| seen("state") == "paused");
    assert_eq!(folder.run_well("resume")["state"], "open");
    until(|| seen("state") == "open");
    assert!(folder.run_well("rotate")["secret"].is_string());
    assert_eq!(folder.run_well("show")["has_old_secret"], true);
    assert_eq!(folder.run_well("rotate --drop-old")["has_old_secret"], false);
    let token = folder.run_well("rotate --token")["token"].as_str().expect("it is shown once").to_owned();
    until(|| seen("has_token") == true);
    sink.so_far();
    refer(&server, 1);
    assert_eq!(sink.next().header("authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(folder.run("delete"), (Some(0), "deleted\n".to_owned()));
    assert_eq!(folder.run("list").1, "0 endpoints\n");
}

#[test]
fn secrets_are_read_from_files() {
    let folder = Folder::new("false");
    std::fs::write(folder.path().join("secret"), "hidden\n").expect("the folder is ours");
    let oauth = "--token-url https://e.example.org/token --client-id baton --client-secret-file secret --scope a";
    let made = folder.run_well(&format!("put --url https://e.example.org/in {oauth}"));
    assert_eq!((&made["oauth"]["client_id"], &made["oauth"]["scope"]), (&"baton".into(), &"a".into()));
    assert!(!made.to_string().contains("hidden"));
    let token = folder.run_well("put --url https://e.example.org/in --token-file secret");
    assert!(token["has_token"] == true && token["oauth"].is_null(), "{token}");
    assert_eq!(folder.run_well("put --url https://e.example.org/in --no-token")["has_token"], false);
}

#[test]
fn what_cannot_be_is_said_and_has_a_status() {
    let folder = Folder::new("false");
    let check = |line: &str, status: i32, part: &str| {
        let (found, said) = folder.run(line);
        assert!(found == Some(status) && said.contains(part), "{line}: {found:?} {said}");
    };
    check("show", 1, "no endpoint is registered");
    check("pause", 1, "no endpoint is registered");
    check("put --url http://e.example.org", 1, "url has to be an https address");
    check("put --url https://127.0.0.1", 1, "url has to be at a host that may be called");
    check("put --url https://e.example.org --token-file missing", 2, "cannot read missing");
    check("show --exchange other", 2, "no exchange `other` tells `centre-e`: there is ontario");
}
