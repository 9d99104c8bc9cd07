//! `baton partner`: the configuration is changed as an operator would write it, and a running server takes it in.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    harness::{Ask, Connection, FORM},
    served::Served,
};

const CONFIG: &str = r#"# the exchange of the valley

[server]
listen = "127.0.0.1:0"      # any port
[store]
url = "sqlite:baton.db"

[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"

[[exchange]]
id = "nrl"
dialect = "nrl"
path = "/nrl"

[[partner]]
# runs since May
id = 'cedar'
name = "Cedar"
exchanges = [ "ontario" ]
roles = ["target"]
# from the letter
client_secret = "secret-of-cedar"   # by post
scopes = ["system/*.read"]
[partner.notify]
url = "https://cedar.example.org/in"

[[organization]]
ods = "RGD"   # nobody's partner
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        fs::write(folder.config(), CONFIG).expect("the folder is ours");
        folder
    }

    fn config(&self) -> std::path::PathBuf {
        self.0.path().join("baton.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).expect("it is there")
    }

    /// Runs the command: its status, what it prints, and what it says.
    fn run(&self, line: &str) -> (Option<i32>, String, String) {
        let (what, more) = line.split_once(' ').unwrap_or((line, ""));
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.current_dir(self.0.path()).stdin(Stdio::null()).args(["partner", what]);
        command.args(more.split_whitespace()).args(["--config", "baton.toml"]);
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

    /// The secret that a command makes.
    #[track_caller]
    fn secret(&self, line: &str) -> String {
        let printed = self.run_well(line);
        let made: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        made["client_secret"].as_str().expect("it is shown").to_owned()
    }

    /// A command that changes nothing, and says why.
    #[track_caller]
    fn check_refused(&self, line: &str, status: i32, says: &str) {
        let before = self.text();
        let (found, printed, said) = self.run(line);
        assert!(found == Some(status) && said.contains(says), "{line}: {found:?} {said}");
        assert_eq!((self.text(), printed.as_str()), (before, ""), "{line}");
    }

    fn files(&self) -> usize {
        fs::read_dir(self.0.path()).expect("the folder is ours").count()
    }
}

#[test]
fn one_is_added_and_all_else_in_the_file_stays_as_it_is() {
    let folder = Folder::new();
    let secret = folder.secret(
        "add valley --name Valley --exchange ontario --role source --role target --scope system/Messaging.write \
         --scope system/*.read --version 0.10 --notify-url https://valley.example.org/in",
    );
    assert_eq!(secret.len(), 43, "256 bits in base64url");
    let hash = baton_oauth::client::SecretHash::of(&secret).to_hex();
    let added = format!(
        r#"
[[partner]]
id = "valley"
name = "Valley"
client_secret_sha256 = "{hash}"
version = "0.10"
exchanges = ["ontario"]
roles = ["source", "target"]
scopes = ["system/Messaging.write", "system/*.read"]
notify = {{ url = "https://valley.example.org/in" }}
"#
    );
    let place = CONFIG.find("\n[[organization]]").expect("it is there");
    assert_eq!(folder.text(), format!("{}{added}{}", &CONFIG[..place], &CONFIG[place..]));
}

#[test]
fn a_first_partner_and_one_with_keys_are_added() {
    let folder = Folder::new();
    let (begin, _) = CONFIG.split_once("\n[[partner]]").expect("there is one");
    fs::write(folder.config(), begin).expect("the folder is ours");
    let printed = folder.run_well("add lake --exchange ontario --client-id l --jwks-url https://lake.example.org/jwks");
    assert!(printed.contains("\"client_id\": \"l\"") && !printed.contains("secret"), "{printed}");
    let added = "[[partner]]\nid = \"lake\"\nname = \"lake\"\nclient_id = \"l\"\njwks_url = \"https://lake.example.org/jwks\"\n";
    assert!(folder.text().ends_with(&format!("\n{added}exchanges = [\"ontario\"]\n")), "{}", folder.text());
    // a record locator knows systems by their numbers
    let printed = folder.run_well("add rr8 --exchange nrl --role provider --asid 200000000118 --ods RR8");
    assert!(!printed.contains("secret") && folder.text().contains("asid = \"200000000118\""));
    let secret = folder.secret("add plain --exchange ontario --plain-secret");
    assert!(folder.text().contains(&format!("client_secret = \"{secret}\"")));
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    folder.check_refused("add cedar --exchange ontario", 1, "two partners with the id `cedar`");
    folder.check_refused("add valley --exchange other", 1, "no exchange is called `other`: ontario, nrl");
    folder.check_refused("add a/b --exchange ontario", 1, "`a/b` is no id");
    folder.check_refused("add valley --exchange ontario --role boss", 1, "unknown variant `boss`");
    folder.check_refused("add valley --exchange ontario --jwks-file none.json", 1, "none.json");
    folder.check_refused("add valley", 2, "--exchange");
    folder.check_refused("disable valley", 1, "no partner `valley`: there are cedar");
    folder.check_refused("enable cedar", 1, "cedar is enabled already");
    folder.check_refused("rotate cedar --finish", 1, "no old secret");
    folder.check_refused("disable cedar --reload 0", 2, "0 is not in 1..");
    fs::write(folder.config(), CONFIG.replace("[store]", "[stores]")).expect("the folder is ours");
    folder.check_refused("disable cedar", 2, "baton.toml:5:2: unknown field `stores`");
    fs::write(folder.config(), "partner = []\n").expect("the folder is ours");
    folder.check_refused("add valley --exchange ontario", 1, "[[partner]]");
    assert_eq!(folder.files(), 1, "nothing is left over");
}

#[test]
fn a_secret_is_changed_in_two_steps() {
    let folder = Folder::new();
    let first = folder.secret("rotate cedar");
    let hash = |secret: &str| baton_oauth::client::SecretHash::of(secret).to_hex();
    let line = "# from the letter\nclient_secret = \"secret-of-cedar\"   # by post\n";
    let lines = format!(
        "# from the letter\nclient_secret_sha256 = \"{}\"\nold_client_secret = \"secret-of-cedar\"   # by post\n",
        hash(&first)
    );
    assert_eq!(folder.text(), CONFIG.replace(line, &lines));
    folder.check_refused("rotate cedar", 1, "--finish");
    folder.run_well("rotate cedar --finish");
    let lines = format!("# from the letter\nclient_secret_sha256 = \"{}\"\n", hash(&first));
    assert_eq!(folder.text(), CONFIG.replace(line, &lines));
    let second = folder.secret("rotate cedar");
    let both =
        format!("client_secret_sha256 = \"{}\"\nold_client_secret_sha256 = \"{}\"\n", hash(&second), hash(&first));
    assert!(folder.text().contains(&both), "{}", folder.text());
}

#[test]
fn who_has_keys_is_told_how_to_change_them() {
    let folder = Folder::new();
    folder.run_well("add lake --exchange ontario --jwks-url https://lake.example.org/jwks");
    folder.check_refused("rotate lake", 1, "publishes its keys at https://lake.example.org/jwks");
    folder.run_well("add rr8 --exchange nrl --asid 200000000118 --ods RR8");
    folder.check_refused("rotate rr8", 1, "rr8 has no secret");
}

#[test]
fn a_partner_is_disabled_and_enabled() {
    let folder = Folder::new();
    folder.run_well("disable cedar");
    let scopes = "scopes = [\"system/*.read\"]\n";
    assert_eq!(folder.text(), CONFIG.replace(scopes, &format!("{scopes}disabled = true\n")));
    folder.check_refused("disable cedar", 1, "cedar is disabled already");
    folder.run_well("enable cedar");
    assert_eq!(folder.text(), CONFIG);
}

#[test]
fn the_list_says_who_may_do_what_and_no_secret() {
    let folder = Folder::new();
    folder.run_well("rotate cedar");
    folder.run_well("add rr8 --exchange nrl --role provider --asid 200000000118 --ods RR8");
    folder.run_well("disable rr8");
    assert_eq!(
        folder.run_well("list"),
        "cedar  Cedar  ontario  target  0.11  system/*.read  secret, and the one before  enabled\n\
         rr8  rr8  nrl  provider  -  -  nothing  disabled\n2 partners\n"
    );
    let listed = folder.run_well("list --json");
    let all: Value = serde_json::from_str(&listed).expect("it is JSON");
    assert_eq!((&all[0]["client_id"], &all[1]["version"]), (&"cedar".into(), &Value::Null));
    assert!(!listed.contains("secret-of-cedar") && !listed.contains("sha256"));
}

#[test]
fn the_file_keeps_its_permissions_and_a_link_to_it_stays_one() {
    let folder = Folder::new();
    let real = folder.0.path().join("real.toml");
    fs::rename(folder.config(), &real).expect("the folder is ours");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("the file is ours");
    std::os::unix::fs::symlink("real.toml", folder.config()).expect("a file system with links");
    let before = fs::metadata(&real).expect("it is there");
    folder.run_well("disable cedar");
    let after = fs::metadata(&real).expect("it is there");
    assert_eq!(after.mode() & 0o777, 0o640);
    assert_ne!(after.ino(), before.ino(), "it was replaced and not written over");
    assert!(fs::symlink_metadata(folder.config()).expect("it is there").is_symlink());
    assert_eq!(folder.files(), 2);
}

fn status(connection: &mut Connection, partner: &str, secret: &str) -> u16 {
    let form = format!("grant_type=client_credentials&client_id={partner}&client_secret={secret}");
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send_on(connection).status
}

fn serve(folder: &Path) -> (Served, String) {
    let served = Served::at(folder);
    let pid = served.pid();
    (served, pid)
}

#[test]
fn a_running_server_takes_all_of_it_in() {
    let folder = Folder::new();
    let (served, pid) = serve(folder.0.path());
    let mut connection = Connection::to(served.address());
    let read_again = || served.logs("was read again");
    let secret =
        folder.secret(&format!("add valley --exchange ontario --role source --scope system/*.read --reload {pid}"));
    read_again();
    assert_eq!(status(&mut connection, "valley", &secret), 200);
    let new = folder.secret(&format!("rotate valley --reload {pid}"));
    read_again();
    assert_eq!([&secret, &new].map(|secret| status(&mut connection, "valley", secret)), [200, 200]);
    folder.run_well(&format!("rotate valley --finish --reload {pid}"));
    read_again();
    assert_eq!([&secret, &new].map(|secret| status(&mut connection, "valley", secret)), [401, 200]);
    folder.run_well(&format!("disable valley --reload {pid}"));
    read_again();
    assert_eq!(status(&mut connection, "valley", &new), 401);
    // what is no server would be ended by it
    let test = std::process::id();
    if Path::new("/proc/self/comm").exists() {
        folder.check_refused(
            &format!("enable valley --reload {test}"),
            1,
            "is no server of Baton: nothing was changed",
        );
    }
}
