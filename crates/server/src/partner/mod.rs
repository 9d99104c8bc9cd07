//! `baton partner`: who is registered, changed in the configuration as an operator would write it.

mod add;
mod file;
mod list;
mod rotate;
mod secret;
mod table;
mod turn;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::{add::AddArgs, file::ConfigFile, list::ListArgs, rotate::RotateArgs};
use crate::{config::ConfigError, operator};

/// Arguments of `baton partner`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
baton partner add valley --config baton.toml --name 'Valley Clinic' --exchange ontario --role source --scope system/Messaging.write\n  \
baton partner add lake --config baton.toml --exchange netsmart --scope 'system/*.read' --jwks-url https://lake.example.org/jwks\n  \
baton partner list --config baton.toml\n  \
baton partner rotate valley --config baton.toml --reload 4711\n  \
baton partner rotate valley --config baton.toml --finish\n  \
baton partner disable valley --config baton.toml\n\n\
The file keeps its comments and its order. It is checked as a whole before it is replaced, in one step, and a fault changes nothing.\n\
A secret is printed when it is made, and never again: the file has its SHA-256. A running server reads the file again at SIGHUP,\n\
which --reload sends.\n\n\
Exit status: 0 done, 1 it cannot be that and nothing was changed, 2 the configuration cannot be used or written, or the server not\n\
be told.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Registers one, and makes its secret
    Add(Box<AddArgs>),
    /// Lists all: id, name, exchanges, roles, version, scopes, how it proves who it is, and whether it is disabled; no secrets
    List(ListArgs),
    /// Makes a new secret; the old one is good beside it until --finish
    Rotate(RotateArgs),
    /// Keeps one out: no tokens, no requests; what it is to be told waits
    Disable(Which),
    /// Lets it in again; what waited goes out
    Enable(Which),
}

/// Which file, and who reads it again.
#[derive(Debug, clap::Args)]
struct Change {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A running server, which is told to read the file again (SIGHUP)
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    reload: Option<u32>,
}

/// Who.
#[derive(Debug, clap::Args)]
struct Which {
    /// The partner's id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    change: Change,
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot {what} {file}")]
    File {
        what: &'static str,
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write")]
    Output(#[from] std::io::Error),
    #[error("{0}")]
    Refused(String),
    #[error("{file} was changed, and process {pid} could not be told: {why}")]
    Untold { file: String, pid: u32, why: String },
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("partner", async {
        match work(&args.command) {
            Err(Unable::Refused(what)) => {
                eprintln!("baton partner: {what}");
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(ExitCode::SUCCESS),
        }
    })
}

fn work(command: &Command) -> Result<(), Unable> {
    match command {
        Command::Add(args) => add::add(args),
        Command::List(args) => list::list(args),
        Command::Rotate(args) => rotate::rotate(args),
        Command::Disable(which) => turn::disable(which),
        Command::Enable(which) => turn::enable(which),
    }
}

impl Change {
    /// Opens the file, unless what is to read it again is no server: SIGHUP ends most other programs.
    fn open(&self) -> Result<ConfigFile, Unable> {
        if let Some(pid) = self.reload.filter(|_| Path::new("/proc/self/comm").exists()) {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if !name.starts_with("baton") {
                return Err(Unable::Refused(format!("process {pid} is no server of Baton: nothing was changed")));
            }
        }
        ConfigFile::open(&self.config)
    }

    /// Says what was done, and has a server read it, or says how.
    fn done(&self, what: &str) -> Result<(), Unable> {
        let file = self.config.display();
        let Some(pid) = self.reload else {
            eprintln!("{what} in {file}; a running server takes it in with: kill -HUP PID");
            return Ok(());
        };
        let untold = |why: String| Unable::Untold { file: file.to_string(), pid, why };
        let kill = std::process::Command::new("kill").args(["-HUP", &pid.to_string()]).output();
        let kill = kill.map_err(|error| untold(error.to_string()))?;
        if !kill.status.success() {
            return Err(untold(String::from_utf8_lossy(&kill.stderr).trim().to_owned()));
        }
        eprintln!("{what} in {file}; process {pid} was told to read it again, and its log says what came of it");
        Ok(())
    }
}
