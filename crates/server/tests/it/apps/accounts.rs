//! `baton user`, and that a person whom it made can log in.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use baton_exchange::audit::{AuditRecord, Audited, Operation};
use tempfile::TempDir;

use baton_exchange::access::Login;
use tokio::runtime::Runtime;

use super::CONFIG;

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let keys = format!("url = \"sqlite:{}\"\nkeys = \"{}\"", path("baton.db"), path("baton.keys"));
        let config = CONFIG.replace("keys = \"KEYS\"", &keys);
        std::fs::write(folder.path().join("baton.toml"), config).expect("the folder is ours");
        Folder(folder)
    }

    /// Runs `baton user` with something on its standard input: its status, and what it says.
    fn run(&self, line: &str, input: &str) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.current_dir(self.0.path()).arg("user").args(line.split_whitespace()).args(["--config", "baton.toml"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built");
        // a command that asks for nothing may have ended
        let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }
}

/// How often all was ended that went on in Ada's name.
fn epoch(folder: &Folder) -> u32 {
    let url = format!("sqlite:{}", folder.0.path().join("baton.db").display());
    Runtime::new().expect("a runtime").block_on(async {
        let store = baton_store::open_with_keys(&url, &folder.0.path().join("baton.keys")).await.expect("a store");
        let account = store.account(Login::read("ada").expect("a login")).await.expect("the store is well");
        account.expect("an account").epoch
    })
}

#[test]
fn whatever_shuts_a_person_out_ends_all_that_goes_on_in_their_name() {
    let folder = Folder::new();
    for (line, input, expected) in [
        (ADD, "correct horse battery\n", 0),
        ("disable ada", "", 1),
        ("enable ada", "", 1),
        ("password ada", "another one entirely\n", 2),
        ("logout ADA", "", 3),
    ] {
        let (status, said) = folder.run(line, input);
        assert_eq!(status, Some(0), "{line}: {said}");
        assert_eq!(epoch(&folder), expected, "{line}");
    }
}

const ADD: &str = "add Ada --partner practice-d --name Ada --fhir-user Practitioner/1";

#[test]
fn what_is_wrong_makes_no_account() {
    let folder = Folder::new();
    for (line, input, says) in [
        ("add a/b --partner practice-d --name A", "correct horse battery\n", "a login has"),
        ("add ada --partner nobody --name A", "correct horse battery\n", "no partner is called `nobody`"),
        ("add a --partner practice-d --name A --fhir-user Practitioner", "x", "such as Practitioner/1"),
        ("add a --partner practice-d --name A --fhir-user practitioner/1", "x", "such as Practitioner/1"),
        ("add a --partner practice-d --name A --fhir-user Practitioner/1/x", "x", "such as Practitioner/1"),
        (
            "add a --partner practice-d --name A --fhir-user http://a.example/Practitioner/1",
            "x",
            "such as Practitioner/1",
        ),
        ("add a --partner practice-d --name A --fhir-user javascript:x", "x", "such as Practitioner/1"),
        (ADD, "too short\n", "at least 12 characters"),
        ("disable ada", "", "there is no such account"),
    ] {
        let (status, said) = folder.run(line, input);
        assert_eq!(status, Some(1), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }
    assert_eq!(folder.run("list", "").1.trim(), "");
}

/// Threat: T114
#[test]
fn what_an_operator_does_to_an_account_has_a_line_that_names_nobody() {
    let folder = Folder::new();
    folder.run(ADD, "correct horse battery\n");
    folder.run("disable ada", "");
    folder.run("enable ada", "");
    folder.run("password ada", "another horse battery\n");
    folder.run("disable nobody", "");
    let url = format!("sqlite:{}", folder.0.path().join("baton.db").display());
    let keys = folder.0.path().join("baton.keys");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = runtime.block_on(baton_store::open_with_keys(&url, &keys)).expect("it was made");
    let lines = runtime.block_on(store.audit(0, 10)).expect("the store is well");
    let account = runtime.block_on(store.accounts()).expect("the store is well").remove(0);
    let told = |record: &AuditRecord| match &record.what {
        Audited::Operator(Operation { deed, partner, account: Some(subject), .. }) if *subject == account.subject => {
            format!("{} {}", deed.as_str(), partner.as_ref().map_or("-", |partner| partner.as_str()))
        }
        other => format!("{other:?}"),
    };
    let expected = ["account-added", "account-disabled", "account-enabled", "password-changed"];
    let expected: Vec<String> = expected.iter().map(|deed| format!("{deed} practice-d")).collect();
    assert_eq!(lines.iter().map(|(_, record)| told(record)).collect::<Vec<_>>(), expected);
    assert!(!format!("{lines:?}").to_lowercase().contains("ada"), "{lines:?}");
}

#[test]
fn an_account_is_made_listed_closed_and_opened() {
    let folder = Folder::new();
    let line = |state: &str| format!("ada\tpractice-d\t{state}\tAda\tPractitioner/1\tpassword\n");
    assert_eq!(folder.run(ADD, "correct horse battery\n"), (Some(0), line("open")));
    assert_eq!(folder.run(ADD, "correct horse battery\n").0, Some(1));
    assert_eq!(folder.run("disable ADA", ""), (Some(0), line("disabled")));
    let (status, listed) = folder.run("list", "");
    let known_by = listed.trim_end().strip_prefix(line("disabled").trim_end()).expect("the same, and one column more");
    assert!(status == Some(0) && known_by.len() > 20, "{listed}");
    assert_eq!(folder.run("enable ada", ""), (Some(0), line("open")));
    std::fs::write(folder.0.path().join("new.txt"), "another one entirely\nrest").expect("the folder is ours");
    assert_eq!(folder.run("password ada --password-file new.txt", ""), (Some(0), line("open")));
    let store = std::fs::read(folder.0.path().join("baton.db")).expect("a store");
    for password in ["correct horse battery", "another one entirely"] {
        assert!(!store.windows(password.len()).any(|part| part == password.as_bytes()));
    }
}

#[test]
fn an_account_is_made_for_somebody_whom_the_provider_knows_and_changes_between_both_ways() {
    let folder = Folder::new();
    let (status, said) = folder.run("add tom --partner practice-d --name Tom --oidc-subject 248289", "");
    assert!(status == Some(1) && said.contains("there is no [login.oidc]"), "{said}");
    let path = folder.0.path().join("baton.toml");
    let config = std::fs::read_to_string(&path).expect("it was written");
    let oidc = "[login.oidc]\nissuer = \"https://id.example/\"\nclient_id = \"baton\"\nclient_secret = \"s\"\n";
    std::fs::write(&path, config + oidc).expect("the folder is ours");
    let line = |how: &str| format!("tom\tpractice-d\topen\tTom\t-\t{how}\n");
    assert_eq!(
        folder.run("add tom --partner practice-d --name Tom --oidc-subject 248289", ""),
        (Some(0), line("oidc 248289"))
    );
    let (status, said) = folder.run("add tim --partner practice-d --name Tim --oidc-subject 248289", "");
    assert!(status == Some(1) && said.contains("that person of the provider"), "{said}");
    assert_eq!(folder.run("password tom", "correct horse battery\n"), (Some(0), line("password")));
    assert_eq!(folder.run("link tom --oidc-subject a|b", ""), (Some(0), line("oidc a|b")));
    assert_eq!(folder.run("link tom --oidc-subject", "").0, Some(2));
}
