//! `baton check`: everything that is wrong with a message or a pointer, without a server.

mod pointer;
pub(crate) mod report;

use std::{
    io::{IsTerminal, Read, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use baton_dialects::{
    Dialect, Mode, Mount, Posted, Way, arrive,
    ontario::{Directory, Registered, Role, Unknown, Version},
};
use baton_exchange::id::{ExchangeId, PartnerId};
use baton_fhir::{finding::Finding, format::Format};
use clap::ValueEnum;

use crate::cli::UNUSABLE;

/// Arguments of `baton check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton check message.json --dialect netsmart\n  \
baton check message.xml --dialect netsmart --mode strict --format json\n  \
baton check pointer.xml --dialect nrl\n  \
baton check status.json --dialect ontario --version 0.10\n\n\
Exit status: 0 acceptable, 1 refused, 2 cannot read the file.")]
pub struct Args {
    /// The message, in JSON or XML; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The guide to check by
    #[arg(long, value_enum, value_name = "NAME")]
    pub dialect: Guide,
    /// The public address of the exchange; without it, a message may be addressed to any server
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// ontario: the version of the guide that the sender speaks
    #[arg(long, value_enum, value_name = "VERSION", default_value = "0.11")]
    pub version: VersionArg,
    /// Whether known faults of partners are repaired or refused
    #[arg(long, value_enum, default_value = "compat")]
    pub mode: ModeArg,
    /// A list for people, or an OperationOutcome for programs
    #[arg(long, value_enum, default_value = "text")]
    pub format: Output,
    /// When to colour the list
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

/// `--dialect`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Guide {
    /// Netsmart Referral Manager: a message
    Netsmart,
    /// NHS National Record Locator: a pointer that is to be created
    Nrl,
    /// Ontario eReferral: a message, from whichever side it comes
    Ontario,
}

/// `--version`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VersionArg {
    /// 0.10
    #[value(name = "0.10")]
    V010,
    /// 0.11 and 0.12
    #[value(name = "0.11")]
    V011,
    /// CA:eReC
    Erec,
}

/// `--mode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Repairs what partners are known to send, with one warning each
    Compat,
    /// Refuses it
    Strict,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A list for people
    Text,
    /// An OperationOutcome
    Json,
}

/// `--color`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Who sends the message that is checked.
const SENDER: &str = "check";

/// Checks a file and prints what was found.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let body = match read(&args.file) {
        Ok(body) => body,
        Err(error) => {
            eprintln!("baton: cannot read {}: {error}", args.file.display());
            return ExitCode::from(UNUSABLE);
        }
    };
    let format = if is_xml(&body) { Format::Xml } else { Format::Json };
    let (findings, refused) = match args.dialect {
        Guide::Netsmart => message(args, Dialect::Netsmart, body, format),
        Guide::Ontario => message(args, Dialect::Ontario, body, format),
        Guide::Nrl => pointer::check(args, &body, format),
    };
    let text = match args.format {
        Output::Text => report::text(&findings, refused, coloured(args.color)),
        Output::Json => report::json(&findings),
    };
    match stdout().lock().write_all(&text) {
        Ok(()) if refused => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        // nobody reads on, as in `baton check … | head`
        Err(_) => ExitCode::from(UNUSABLE),
    }
}

fn message(args: &Args, dialect: Dialect, body: Vec<u8>, format: Format) -> (Vec<Finding>, bool) {
    let posted = Posted { body, format, as_form: false, way: Way::Operation, referral_info: None };
    let arrived = arrive(&mount(args, dialect), &PartnerId::from(SENDER), posted);
    (arrived.findings().to_vec(), arrived.refused().is_some())
}

fn mode(args: &Args) -> Mode {
    match args.mode {
        ModeArg::Compat => Mode::Compat,
        ModeArg::Strict => Mode::Strict,
    }
}

pub(crate) fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut body = Vec::new();
    stdin().lock().read_to_end(&mut body)?;
    Ok(body)
}

pub(crate) fn is_xml(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

pub(crate) fn coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// What the guide needs to know of the exchange that the message could be meant for.
fn mount(args: &Args, dialect: Dialect) -> Mount {
    Mount {
        exchange: ExchangeId::from("check"),
        dialect,
        mode: mode(args),
        base: args.base.as_deref().unwrap_or_default().trim_end_matches('/').to_owned(),
        reliable_cache_secs: 0,
        bundle_entries_max: crate::config::Limits::default().bundle_entries_max.0,
        directory: directory(args.version),
        blind: [0; 32],
    }
}

/// The sender may be any side: what a message is for is not asked here.
fn directory(version: VersionArg) -> Directory {
    let mut directory = Directory::default();
    directory.put(Registered {
        partner: PartnerId::from(SENDER),
        name: String::new(),
        roles: vec![Role::Source, Role::Target, Role::ThirdParty],
        own: false,
        version: match version {
            VersionArg::V010 => Version::V010,
            VersionArg::V011 => Version::V011,
            VersionArg::Erec => Version::Erec,
        },
        reply: None,
        unknown: Unknown::default(),
        told: None,
    });
    directory
}
