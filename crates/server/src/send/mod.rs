//! `baton send`: a referral, or what is new of one, in Baton's own name, with or without a server beside.
//!
//! It goes the way of any message: the same checks, the same rules, one commit with the notice to the target. Then this process
//! delivers what is due to that target; if a server is faster, it has been delivered by it.

mod document;
mod place;
mod told;

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use baton_dialects::{Posted, Way, arrive};
use baton_exchange::access::Caller;
use baton_fhir::finding::Finding;
use baton_store::StoreError;

use crate::{
    check::{Color, coloured, report},
    clock::random_id,
    config::ConfigError,
    failure::Failure,
    http::refuse::Problem,
    message::{Taken, take},
    operator,
    tls::TlsFileError,
};

use place::Place;
use told::Outcome;

/// Arguments of `baton send`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton send referral.json --to lakeside --config baton.toml\n  \
baton send referral.json --to lakeside --config baton.toml --event notify-update-service-request\n  \
baton send referral.json --config baton.toml --event revoke-service-request --wait\n\n\
The sender is a partner with `own = true`. What is no message yet becomes one; a message keeps its event and its ids.\n\
The server may run meanwhile: who delivers first has delivered.\n\n\
Exit status: 0 accepted and delivered, queued or paused, 1 refused by the rules or by the target, 2 cannot read the file, or unusable\n\
configuration or store.")]
pub struct Args {
    /// A message, a Bundle without header or a ServiceRequest, in JSON or XML; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// To which target; without it, to the one that the file names, or the only one
    #[arg(long, value_name = "PARTNER")]
    to: Option<String>,
    /// In the name of which own partner; needed only where there are several
    #[arg(long, value_name = "PARTNER")]
    from: Option<String>,
    /// On which ontario exchange; needed only where the sender is registered for several
    #[arg(long, value_name = "ID")]
    exchange: Option<String>,
    /// What is sent, where the file is no message yet
    #[arg(long, value_enum, default_value = "add-service-request")]
    event: Event,
    /// Waits until the notice is delivered or given up
    #[arg(long)]
    wait: bool,
}

/// `--event`
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Event {
    /// A new referral
    AddServiceRequest,
    /// The referral, as it is now
    NotifyUpdateServiceRequest,
    /// Withdraws it: its personal data are cleared here and at the target
    RevokeServiceRequest,
    /// A message about it to the target
    SendCommunicationFromRequester,
}

impl Event {
    fn code(self) -> &'static str {
        match self {
            Event::AddServiceRequest => "add-service-request",
            Event::NotifyUpdateServiceRequest => "notify-update-service-request",
            Event::RevokeServiceRequest => "revoke-service-request",
            Event::SendCommunicationFromRequester => "send-communication-from-requester",
        }
    }
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error("cannot read {file}")]
    File {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{file}: {what}")]
    Place { file: String, what: String },
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error("could not send")]
    Failure(#[source] Failure),
    #[error("cannot write")]
    Output(#[from] std::io::Error),
}

/// Sends a file and says what became of it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("send", send(args))
}

async fn send(args: &Args) -> Result<ExitCode, Unable> {
    let file = args.file.display().to_string();
    let body = crate::check::read(&args.file).map_err(|source| Unable::File { file, source })?;
    let place = Place::open(args).await?;
    let posted = match document::posted(args, &place, body) {
        Ok(posted) => posted,
        Err(why) => {
            writeln!(stdout(), "refused: {why}")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let warnings = arrive(&place.mount, &place.from, posted.clone()).findings().to_vec();
    let caller = Arc::new(Caller::system(place.from.clone(), Vec::new()));
    match take(&place.app, &place.mount, caller, posted, random_id()).await {
        Ok(taken) if taken.status < 400 => accepted(args, &place, &taken, &warnings).await,
        // kept until its referral comes
        Ok(_) => {
            writeln!(stdout(), "refused: there is no such referral: the message takes effect when one is sent")?;
            Ok(ExitCode::FAILURE)
        }
        Err(Problem::Refused(refused)) => say(&refused.findings, true).map(|()| ExitCode::FAILURE),
        Err(Problem::Refusal(refusal)) => {
            let refused = baton_dialects::refuse(place.mount.dialect, &refusal);
            say(&refused.findings, true).map(|()| ExitCode::FAILURE)
        }
        Err(Problem::Failure(failure)) => Err(Unable::Failure(failure)),
    }
}

fn say(findings: &[Finding], refused: bool) -> Result<(), Unable> {
    Ok(stdout().lock().write_all(&report::text(findings, refused, coloured(Color::Auto)))?)
}

async fn accepted(args: &Args, place: &Place, taken: &Taken, warnings: &[Finding]) -> Result<ExitCode, Unable> {
    if !warnings.is_empty() {
        say(warnings, false)?;
    }
    let Some(referral) = taken.referral else {
        writeln!(stdout(), "accepted: it is about no referral, and nothing was done")?;
        return Ok(ExitCode::SUCCESS);
    };
    let done = if taken.action.is_empty() { "sent before" } else { taken.action };
    writeln!(stdout(), "accepted: referral {referral}, {done}")?;
    let outcome = told::tell(place, referral, args.wait).await?;
    let status = if matches!(outcome, Outcome::Refused(_)) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    writeln!(stdout(), "{outcome}")?;
    Ok(status)
}

/// A message as it is sent.
fn posted_of(body: Vec<u8>, format: baton_fhir::format::Format) -> Posted {
    Posted { body, format, as_form: false, way: Way::Operation, referral_info: None }
}
