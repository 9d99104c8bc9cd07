//! One side of the benchmark: a process of its own, with a database in a folder of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

use baton_store::bare::{Measured, measure};
use clap::{ValueEnum, builder::PossibleValue};

use super::{
    BenchError, flood,
    folder::{DATABASE, Folder},
    message, pointer,
};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SideName {
    /// Baton as it is shipped.
    Baton,
    /// HTTP, JSON and rows, and nothing else.
    Bare,
}

impl SideName {
    /// Its name for people.
    pub fn shown(self) -> &'static str {
        match self {
            SideName::Baton => "Baton",
            SideName::Bare => "the bare loop",
        }
    }
}

/// What the sides are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Task {
    /// To take messages.
    Messages,
    /// To be a record locator.
    Pointers,
    /// To take messages while others get in the way.
    Flood,
}

/// What a side's own process is told.
#[derive(clap::Args, Clone, Debug)]
pub struct SideArgs {
    /// Which side to be
    side: SideName,
    /// What to be asked for
    task: Task,
    /// Where the database goes
    folder: PathBuf,
    /// Rows per message, for the bare side
    rows: u64,
}

/// Runs a side in this process until it is killed.
pub fn run_side(args: &SideArgs) -> ExitCode {
    let database = args.folder.join(DATABASE);
    match (args.side, args.task) {
        (SideName::Bare, Task::Messages) => message::run_bare(&database, args.rows),
        // there is nothing to compare with: a loop without limits
        (SideName::Bare, Task::Flood) => ExitCode::FAILURE,
        (SideName::Bare, Task::Pointers) => pointer::run_bare(&database),
        (SideName::Baton, Task::Messages) => run_baton(&args.folder, &format!("{LIMITS}{}", message::EXCHANGE)),
        (SideName::Baton, Task::Pointers) => run_baton(&args.folder, &format!("{LIMITS}{}", pointer::EXCHANGE)),
        (SideName::Baton, Task::Flood) => run_baton(&args.folder, flood::EXCHANGE),
    }
}

/// The senders are one partner, and how fast it may ask is not what is measured.
const LIMITS: &str = "[limits]\nrequests_per_second = 1000000\nrequests_burst = 1000000\nrequests_at_once = 100000\n";

fn run_baton(folder: &Path, exchange: &str) -> ExitCode {
    let file = folder.join("baton.toml");
    let place = "[server]\nlisten = \"127.0.0.1:0\"\n[store]\n";
    // a folder's name may hold what TOML strings treat specially
    let database = folder.join(DATABASE).display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    match fs::write(&file, format!("{place}url = \"sqlite:{database}\"\n{exchange}")) {
        Ok(()) => crate::serve::run(&crate::cli::ServeArgs { config: file, accept_clock: false }),
        Err(error) => {
            eprintln!("could not write the configuration: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A side that takes requests. It is stopped, and its folder removed, when this is dropped.
pub struct Side {
    name: SideName,
    // stopped before its folder goes
    process: Running,
    folder: Folder,
    address: SocketAddr,
}

/// A process that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Side {
    /// Starts a side in a folder, and waits until it is ready.
    pub fn start(name: SideName, task: Task, folder: Folder, rows: u64) -> Result<Side, BenchError> {
        let outside = |what| move |source| BenchError::Outside { what, source };
        let word = |value: Option<PossibleValue>| value.map(|value| value.get_name().to_owned()).unwrap_or_default();
        let program = std::env::current_exe().map_err(outside("could not find this program"))?;
        let child = Command::new(program)
            .args(["bench-side".to_owned(), word(name.to_possible_value()), word(task.to_possible_value())])
            .arg(folder.path())
            .arg(rows.to_string())
            .env("BATON_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(outside("could not start a side"))?;
        let mut process = Running(child);
        let mut line = String::new();
        if let Some(output) = process.0.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(outside("could not read what a side says"))?;
        }
        let ready = line.trim().strip_prefix("ready http://").and_then(|address| address.parse().ok());
        let address = ready.ok_or_else(|| BenchError::Side(format!("{} did not start", name.shown())))?;
        Ok(Side { name, process, folder, address })
    }

    /// Stops it; its folder stays.
    pub fn stop(self) -> Folder {
        let Side { process, folder, .. } = self;
        drop(process);
        folder
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        self.name.shown()
    }

    /// Which side it is.
    pub fn which(&self) -> SideName {
        self.name
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Rows and bytes of its database.
    pub fn measure(&self) -> Result<Measured, BenchError> {
        Ok(measure(&self.folder.database())?)
    }

    /// Processor time that it has used so far, in seconds, in user and system mode together.
    pub fn processor_time(&self) -> Result<f64, BenchError> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.0.id()))
            .map_err(|source| BenchError::Outside { what: "could not read a side's processor time", source })?;
        // fields 14 and 15 after the name in brackets, in ticks of 10 ms
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        Ok((ticks(11) + ticks(12)) / 100.0)
    }
}

/// How the system schedules this process: its numbers mean more under a real-time class.
pub fn scheduling() -> &'static str {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    match stat.rsplit(')').next().unwrap_or_default().split_whitespace().nth(38) {
        Some("1" | "2") => "real time",
        Some("0") => "normal",
        _ => "unknown",
    }
}
