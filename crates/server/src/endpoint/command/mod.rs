//! `baton endpoints`: the same for operators, with or without a server beside.

mod desk;
mod put;

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use baton_dialects::{Dialect, refuse};
use baton_exchange::{endpoint::Flow, refusal::Refusal};
use baton_store::StoreError;

use self::{desk::Desk, put::PutArgs};
use super::Act;
use crate::{config::ConfigError, failure::Failure, operator, tls::TlsFileError};

/// Arguments of `baton endpoints`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton endpoints list --config baton.toml\n  \
baton endpoints put --config baton.toml --partner lakeside --url https://lakeside.example.org/in --event notify-update-status\n  \
baton endpoints test --config baton.toml --partner lakeside\n  \
baton endpoints rotate --config baton.toml --partner lakeside\n  \
baton endpoints rotate --config baton.toml --partner lakeside --drop-old\n\n\
What is registered takes the place of `notify` in the configuration until it is deleted. Servers on the same store see a\n\
change within two seconds. A secret is printed when it is made, and never again.\n\n\
Exit status: 0 done, 1 there is no such endpoint, it cannot be that, or the test failed, 2 unusable configuration or store.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists all endpoints: partner, exchange, state, address, events
    List(ListArgs),
    /// Shows one, as JSON
    Show(Which),
    /// Makes one, or changes it; what is left out of a change and is secret stays
    Put(PutArgs),
    /// Lets notices wait; they are written, and go out in their order later
    Pause(Which),
    /// Lets them go out again
    Resume(Which),
    /// Sends something without content there, and says what came of it
    Test(Which),
    /// Signs with a new secret, and with the old one until --drop-old
    Rotate(RotateArgs),
    /// Goes back to what the configuration says
    Delete(Which),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Whose endpoint.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Whose it is
    #[arg(long, value_name = "ID")]
    partner: String,
    /// Of which exchange; needed only where the partner is told by several
    #[arg(long, value_name = "ID")]
    exchange: Option<String>,
}

#[derive(Debug, clap::Args)]
struct RotateArgs {
    #[command(flatten)]
    which: Which,
    /// Sign with the newest secret alone
    #[arg(long, conflicts_with = "token")]
    drop_old: bool,
    /// Make a new bearer token instead; the old one is not shown any more
    #[arg(long)]
    token: bool,
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error("cannot write")]
    Output(#[from] std::io::Error),
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("{0}")]
    Unknown(String),
    #[error("{0}")]
    Refused(String),
}

impl From<Refusal> for Unable {
    fn from(refusal: Refusal) -> Unable {
        Unable::Refused(match refusal {
            Refusal::ParameterInvalid { name, expected } => format!("{name} has to be {expected}"),
            Refusal::NoSuchResource => "no endpoint is registered: make one with `baton endpoints put`".to_owned(),
            other => {
                refuse(Dialect::Ontario, &other).findings.first().map_or("", |finding| finding.rule.text).to_owned()
            }
        })
    }
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("endpoints", async {
        match work(&args.command).await {
            Err(Unable::Refused(what)) => {
                eprintln!("baton endpoints: {what}");
                Ok(ExitCode::FAILURE)
            }
            done => done,
        }
    })
}

async fn work(command: &Command) -> Result<ExitCode, Unable> {
    match command {
        Command::List(args) => list(args).await,
        Command::Show(which) => show(which).await,
        Command::Put(args) => {
            let desk = Desk::open(&args.which).await?;
            let wanted = args.wanted(desk.addresses())?;
            act(&desk, &Act::Put(wanted)).await
        }
        Command::Pause(which) => act(&Desk::open(which).await?, &Act::Turn(Flow::Paused)).await,
        Command::Resume(which) => act(&Desk::open(which).await?, &Act::Turn(Flow::Open)).await,
        Command::Test(which) => test(which).await,
        Command::Rotate(args) => {
            let act_of = match (args.drop_old, args.token) {
                (true, _) => Act::DropOldSecret,
                (false, true) => Act::NewToken,
                (false, false) => Act::NewSecret,
            };
            act(&Desk::open(&args.which).await?, &act_of).await
        }
        Command::Delete(which) => act(&Desk::open(which).await?, &Act::Delete).await,
    }
}

async fn list(args: &ListArgs) -> Result<ExitCode, Unable> {
    let (mut out, mut number) = (stdout().lock(), 0_usize);
    for line in desk::lines(&args.config).await? {
        writeln!(out, "{line}")?;
        number += 1;
    }
    writeln!(out, "{number} endpoints")?;
    Ok(ExitCode::SUCCESS)
}

async fn show(which: &Which) -> Result<ExitCode, Unable> {
    let shown = Desk::open(which).await?.show().await?;
    writeln!(stdout(), "{shown:#}")?;
    Ok(ExitCode::SUCCESS)
}

async fn act(desk: &Desk, act: &Act) -> Result<ExitCode, Unable> {
    match desk.act(act).await? {
        Some(shown) => writeln!(stdout(), "{shown:#}")?,
        None => writeln!(stdout(), "deleted")?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn test(which: &Which) -> Result<ExitCode, Unable> {
    let (is_taken, outcome) = Desk::open(which).await?.test().await?;
    writeln!(stdout(), "{outcome:#}")?;
    Ok(if is_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
