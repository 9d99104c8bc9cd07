//! One side of the benchmark: a process of its own, with a database in a folder of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitCode, Stdio},
};

use baton_store::bare::{Measured, measure};

use super::{BenchError, bare};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SideName {
    /// Baton as it is shipped.
    Baton,
    /// HTTP, JSON and rows, and nothing else.
    Bare,
}

/// What a side's own process is told.
#[derive(clap::Args, Clone, Debug)]
pub struct SideArgs {
    /// Which side to be
    side: SideName,
    /// Where the database goes
    folder: PathBuf,
    /// Rows per message, for the bare side
    rows: u64,
}

/// The secret of the one client of the one benchmark; both end with it.
pub(super) const SECRET: &str = "bench-secret";

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite:FOLDER/side.db"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
mode = "compat"
[[partner]]
id = "bench"
name = "Benchmark"
exchanges = ["netsmart"]
client_secret = "SECRET"
scopes = ["system/Messaging.write"]
"#;

/// Runs a side in this process until it is killed.
pub fn run_side(args: &SideArgs) -> ExitCode {
    match args.side {
        SideName::Bare => bare::run(&args.folder.join("side.db"), args.rows),
        SideName::Baton => {
            let file = args.folder.join("baton.toml");
            let config = CONFIG.replace("FOLDER", &args.folder.display().to_string()).replace("SECRET", SECRET);
            match fs::write(&file, config) {
                Ok(()) => crate::serve::run(&crate::cli::ServeArgs { config: file }),
                Err(error) => {
                    eprintln!("could not write the configuration: {error}");
                    ExitCode::FAILURE
                }
            }
        }
    }
}

/// A side that takes messages. It is stopped, and its folder removed, when this is dropped.
pub struct Side {
    name: SideName,
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Side {
    /// Starts a side and waits until it is ready.
    pub fn start(name: SideName, rows: u64) -> Result<Side, BenchError> {
        let outside = |what| move |source| BenchError::Outside { what, source };
        let word = match name {
            SideName::Baton => "baton",
            SideName::Bare => "bare",
        };
        let folder = std::env::temp_dir().join(format!("baton-bench-{}-{word}", std::process::id()));
        fs::create_dir_all(&folder).map_err(outside("could not make a folder"))?;
        let program = std::env::current_exe().map_err(outside("could not find this program"))?;
        let mut child = Command::new(program)
            .args(["bench-side", word])
            .arg(&folder)
            .arg(rows.to_string())
            .env("BATON_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(outside("could not start a side"))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(outside("could not read what a side says"))?;
        }
        let ready = line.trim().strip_prefix("ready http://").and_then(|address| address.parse().ok());
        // from here on the child is stopped when the side is dropped
        let address = ready.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let side = Side { name, child, folder, address };
        if ready.is_none() { Err(BenchError::Side(format!("the side {word} did not start"))) } else { Ok(side) }
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        match self.name {
            SideName::Baton => "Baton",
            SideName::Bare => "the bare loop",
        }
    }

    /// Which side it is.
    pub fn which(&self) -> SideName {
        self.name
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Rows and bytes of its database.
    pub fn measure(&self) -> Result<Measured, BenchError> {
        Ok(measure(&self.folder.join("side.db"))?)
    }

    /// Processor time that it has used so far, in seconds, in user and system mode together.
    pub fn processor_time(&self) -> Result<f64, BenchError> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .map_err(|source| BenchError::Outside { what: "could not read a side's processor time", source })?;
        // fields 14 and 15 after the name in brackets, in ticks of 10 ms
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        Ok((ticks(11) + ticks(12)) / 100.0)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // it may have ended by itself; either way nothing of it stays
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
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
