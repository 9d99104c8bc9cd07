//! A folder with a locator's configuration, in which the program is run.

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use baton_dialects::nrl::sample::number;
use baton_server::{
    clock::Clock,
    operator::{Missing, Place, Where},
};
use baton_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::locator::{CONFIG, pointer};

pub struct Folder(TempDir);

impl Folder {
    /// With a locator whose store is in the folder.
    pub fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("baton.toml", CONFIG);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).expect("the folder is ours");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A command as it is typed.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end: status, standard output, standard error.
    pub fn run(&self, line: &str) -> (i32, String, String) {
        said(&self.command(line).output().expect("the program was built"))
    }

    /// Runs a command that has to end well.
    pub fn run_well(&self, line: &str) -> String {
        let (status, out, err) = self.run(line);
        assert_eq!(status, 0, "{line}\n{out}{err}");
        out
    }

    /// Opens the store in the folder.
    pub fn store(&self, runtime: &Runtime) -> Arc<dyn Store> {
        let url = format!("sqlite:{}", self.path("baton.db").display());
        runtime.block_on(baton_store::open(&url)).expect("the store can be opened")
    }
}

pub fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// The locator of the tests on a store and a clock that stands still.
pub fn place(store: Arc<dyn Store>) -> Place {
    let folder = Folder::new();
    let elsewhere =
        CONFIG.replace("[limits]", &format!("[store]\nurl = \"sqlite:{}\"\n[limits]", folder.path("x").display()));
    folder.write("baton.toml", elsewhere);
    let at = Where { config: folder.path("baton.toml"), exchange: None };
    let place = runtime().block_on(Place::open(&at, Missing::Make)).expect("the configuration is usable");
    let clock = Clock::of(|| baton_exchange::time::Timestamp(1_768_487_400_000_000));
    Place { store, clock, ..place }
}

/// The pointer with a number, about one patient for each ten.
pub fn numbered(count: u32) -> Value {
    let mut pointer = pointer(count);
    let patient = format!("https://demographics.spineservices.nhs.uk/STU3/Patient/{}", number(count / 10));
    pointer["subject"]["reference"] = json!(patient);
    pointer
}

/// Lines with pointers from 0 on.
pub fn numbered_lines(count: u32) -> String {
    (0..count).map(|number| format!("{}\n", numbered(number))).collect()
}
