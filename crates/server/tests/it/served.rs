//! The program itself, serving in a folder of the test's own.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// Far away: what is expected comes before.
const LONG: Duration = Duration::from_secs(30);

/// A server. It is ended when it is dropped.
pub struct Served {
    child: Child,
    /// Its ready URL.
    pub url: String,
    log: mpsc::Receiver<String>,
    out: BufReader<ChildStdout>,
}

impl Served {
    /// Serves with `baton.toml` of a folder.
    pub fn at(folder: &Path) -> Served {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["serve", "--config", "baton.toml"]).current_dir(folder).env("BATON_LOG", "info");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built");
        let (tell, log) = mpsc::channel();
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        out.read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("ready ").unwrap_or_else(|| panic!("{:?}", log.iter().collect::<Vec<_>>()));
        Served { url: url.to_owned(), child, log, out }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The next line that it prints.
    pub fn says(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    pub fn hang_up(&self) {
        let killed = Command::new("kill").args(["-HUP", &self.pid()]).status().expect("a system with kill");
        assert!(killed.success());
    }

    /// Waits for a line of the log that holds this, and gives it.
    #[track_caller]
    pub fn logs(&self, part: &str) -> String {
        loop {
            let line = self.log.recv_timeout(LONG).unwrap_or_else(|_| panic!("the log says nothing of {part}"));
            if line.contains(part) {
                return line;
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // one that ended by itself is what another check complains of
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
