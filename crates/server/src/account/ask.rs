//! A new password from a person or a script: never from an argument, which others on the machine can see.

use std::{
    io::{BufRead, IsTerminal, Write, stderr, stdin},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Fewer characters are guessed too easily. Source: OWASP ASVS 5.0, 6.2.1 and 6.2.9.
const CHARS_MIN: usize = 12;
const BYTES_MAX: usize = 1024;

/// Where a password comes from.
#[derive(Debug, clap::Args)]
pub(super) struct From {
    /// A file whose first line is the password; without it, it is asked for, or read from standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl From {
    /// The password.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub(super) fn password(&self) -> Result<String, String> {
        let text = match &self.password_file {
            Some(file) => first_line(file)?,
            None if stdin().is_terminal() => asked_twice()?,
            None => line()?,
        };
        match text.chars().count() {
            _ if text.len() > BYTES_MAX => Err(format!("a password has {BYTES_MAX} bytes at most")),
            count if count < CHARS_MIN => Err(format!("a password has at least {CHARS_MIN} characters")),
            _ => Ok(text),
        }
    }
}

fn first_line(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn line() -> Result<String, String> {
    let mut text = String::new();
    stdin().lock().read_line(&mut text).map_err(|error| format!("cannot read the password: {error}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn asked_twice() -> Result<String, String> {
    let [first, second] = ["Password: ", "The same again: "].map(unseen);
    let first = first?;
    if first == second? { Ok(first) } else { Err("these are two passwords".to_owned()) }
}

/// Asks without showing what is typed. The program of the system does that, because Rust's library cannot.
fn unseen(words: &str) -> Result<String, String> {
    eprint!("{words}");
    // without it the question is still asked
    let _ = stderr().flush();
    let hidden = stty("-echo");
    let text = line();
    if hidden {
        stty("echo");
        eprintln!();
    }
    text
}

fn stty(argument: &str) -> bool {
    let run = Command::new("stty").arg(argument).stdin(Stdio::inherit()).status();
    run.is_ok_and(|status| status.success())
}
