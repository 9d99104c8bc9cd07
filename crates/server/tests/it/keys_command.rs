//! `baton keys`: a client's key from its making to the first token.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_testkit::signer::RSA_PKCS8;
use serde_json::Value;

use crate::{
    harness::{Answer, Ask, Connection, FORM},
    served::Served,
};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[store]
url = "sqlite:baton.db"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart"
[[partner]]
id = "valley"
name = "Valley"
exchanges = ["netsmart"]
jwks_file = "valley.jwks.json"
scopes = ["system/*.read"]
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("baton.toml", CONFIG);
        folder
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).expect("the folder is ours");
    }

    /// Runs the command: its status, what it prints, and what it says.
    fn run(&self, line: &str) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.current_dir(self.0.path()).stdin(Stdio::null()).arg("keys").args(line.split_whitespace());
        let output = command.output().expect("the program was built");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    #[track_caller]
    fn run_well(&self, line: &str) -> String {
        let (status, printed, said) = self.run(line);
        assert_eq!(status, Some(0), "{line}: {said}");
        printed
    }

    #[track_caller]
    fn check_refused(&self, line: &str, status: i32, says: &str) {
        let (found, printed, said) = self.run(line);
        assert!(found == Some(status) && printed.is_empty() && said.contains(says), "{line}: {found:?} {said}");
    }
}

fn asks(connection: &mut Connection, assertion: &str) -> Answer {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let form =
        format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={}", assertion.trim_end());
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send_on(connection)
}

#[test]
fn a_key_that_is_made_here_gets_a_token_once_for_each_assertion() {
    let folder = Folder::new();
    for alg in ["ES384", "RS384"] {
        let published = folder.run_well(&format!("new --alg {alg} --out {alg}.key"));
        folder.write("valley.jwks.json", &published);
        let served = Served::at(folder.0.path());
        let mut connection = Connection::to(served.address());
        let assertion = |audience: &str, more: &str| {
            folder.run_well(&format!("assertion --key {alg}.key --client valley --audience {audience} {more}"))
        };
        let first = assertion("https://referrals.example.org/oauth/token", "");
        let answer = asks(&mut connection, &first);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(asks(&mut connection, &first).status, 401);
        assert_eq!(asks(&mut connection, &assertion("https://referrals.example.org", "--secs 300")).status, 200);
        assert_eq!(asks(&mut connection, &assertion("https://elsewhere.example.org", "")).status, 401);
    }
}

#[test]
fn a_key_is_for_its_owner_and_is_never_written_over() {
    let folder = Folder::new();
    let published = folder.run_well("new --out valley.key");
    let file = folder.0.path().join("valley.key");
    let mode = fs::metadata(&file).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("it was made");
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n") && text.lines().all(|line| line.len() <= 64), "{text}");
    folder.check_refused("new --out valley.key", 1, "valley.key is there already");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), text);
    let (_, shown, said) = folder.run("show valley.key");
    assert_eq!(shown, published);
    let set: Value = serde_json::from_str(&shown).expect("it is JSON");
    let kid = set["keys"][0]["kid"].as_str().expect("it has a name");
    assert!(said.ends_with(&format!("valley.key: kid {kid}\n")) && kid.len() == 43, "{said}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("the file is ours");
    assert!(folder.run("show valley.key").2.contains("open to others than its owner (mode 644): chmod 600"));
}

#[test]
fn what_is_no_key_is_said() {
    let folder = Folder::new();
    folder.check_refused("show none.key", 2, "cannot read none.key");
    folder.check_refused("show baton.toml", 1, "baton.toml: this is no private key in PEM (PKCS #8)");
    folder.write("old.key", "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n");
    folder.check_refused("show old.key", 1, "openssl pkcs8 -topk8");
    folder.write("bad.key", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
    folder.check_refused("show bad.key", 1, "no private key for ES384 (P-384) or RS384 (RSA from 2048 bits)");
    folder.check_refused("new --alg ES256 --out a.key", 2, "ES384, RS384");
    folder.check_refused("assertion --key a.key --client a --audience b --secs 301", 2, "301 is not in 1..=300");
}

#[test]
fn the_key_file_of_the_store_is_looked_at_and_left_alone() {
    let folder = Folder::new();
    folder.write("valley.jwks.json", &folder.run_well("new --out valley.key"));
    let says = folder.run_well("check --config baton.toml");
    let expected = "key file     baton.db.keys\nstate        there is none\ndatabase     there is none yet\n";
    assert_eq!(says, format!("{expected}fingerprint  not to be compared\n"));
    folder.write("baton.toml", &CONFIG.replace("\"netsmart\"\npath", "\"ontario\"\npath"));
    // where several work on the same referrals, the file is made with the first start
    let served = Served::at(folder.0.path());
    let says = folder.run_well("check --config baton.toml");
    assert!(says.contains("mode         600\n") && says.contains("the one that the database has on record"), "{says}");
    drop(served);
    fs::remove_file(folder.0.path().join("baton.db.keys")).expect("it was made");
    let (status, _, said) = folder.run("check --config baton.toml");
    assert!(status == Some(1) && said.contains("relies on a key file, and it is not there"), "{said}");
}

#[test]
fn the_key_of_id_tokens_is_changed_by_a_command_and_the_old_one_stays_published() {
    let folder = Folder::new();
    folder.write("valley.jwks.json", &folder.run_well("new --alg ES384 --out valley.key"));
    let path = folder.0.path().join("baton.db.keys.signing");
    // where no server has made one, it is the wrong place
    let (status, _, said) = folder.run("rotate --config baton.toml");
    assert!(status == Some(1) && said.contains("baton.db.keys.signing is not there") && !path.exists(), "{said}");
    fs::write(&path, BASE64_STANDARD.encode(&*RSA_PKCS8)).expect("the folder is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    let (status, second, said) = folder.run("rotate --config baton.toml");
    assert_eq!(status, Some(0), "{said}");
    assert!(second.trim().len() == 43, "{second}");
    assert!(said.contains("1 stay published beside it") && said.contains("kill -HUP"), "{said}");
    let keys = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(
        (keys.lines().count(), fs::metadata(&path).expect("it is there").permissions().mode() & 0o777),
        (2, 0o600)
    );
    fs::write(&path, "nonsense\n").expect("the folder is ours");
    let (status, _, said) = folder.run("rotate --config baton.toml");
    assert!(status == Some(1) && said.contains("line 1 of") && !said.contains("nonsense"), "{said}");
}
