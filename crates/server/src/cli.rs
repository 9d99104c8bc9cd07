//! The command line of `baton`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    account, audit, bench, check, deliveries, demo, endpoint, erasure, export, import, keys, log, partner, referral,
    send, serve,
};

/// Exit status when a configuration, or a file, cannot be used.
pub const UNUSABLE: u8 = 2;

/// Takes referrals from systems that disagree with each other, keeps them, and answers each in its guide's shape.
#[derive(Debug, Parser)]
#[command(name = "baton", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  baton demo
  baton serve --config baton.toml
  baton partner add valley --config baton.toml --exchange ontario --role source --scope system/Messaging.write
  baton send referral.json --to lakeside --config baton.toml
  baton referrals list --config baton.toml --stage requested
  baton deliveries list --config baton.toml
  baton check message.json --dialect netsmart --mode strict
  curl -s https://partner.example/message.json | baton check - --dialect netsmart --format json
  baton import pointers pointers.ndjson --config baton.toml
  baton audit --config baton.toml --owner RR8 --from 2026-01-01

Logs go to standard error; BATON_LOG=debug shows more of them, BATON_LOG=warn less.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or SIGINT, then lets requests under way finish
    Serve(ServeArgs),
    /// Says everything that is wrong with a message; stores nothing
    Check(check::Args),
    /// Sends a referral, or what is new of one, in Baton's own name
    Send(send::Args),
    /// Where referrals are, and who has still to be told
    Referrals(referral::Args),
    /// Takes over what was made before, such as the pointers of another record locator
    Import(import::Args),
    /// Writes what is kept into a file, to be imported elsewhere
    Export(export::Args),
    /// Who looked at pointers: by patient, by owner, by message
    Audit(audit::Args),
    /// Shows notices that could not be delivered, and has them sent again
    Deliveries(deliveries::Args),
    /// People who log in to launch apps: adds, lists, disables them, gives them passwords
    User(account::Args),
    /// Where partners want to be told: shows it, changes it, tries it
    Endpoints(endpoint::Args),
    /// Who is registered: adds, lists, changes secrets, keeps out
    Partner(partner::Args),
    /// Private keys of clients: makes them, shows their public part, signs assertions; looks at the store's key file
    Keys(keys::Args),
    /// Certificates that personal data were cleared after a revoke, and who has still to be told
    Erasures(erasure::Args),
    /// The main job with no configuration: sends sample messages to a server that it starts, says what happens, serves on
    Demo(demo::Args),
    /// The same messages through Baton and through a bare loop beside it; prints the ratio
    Bench(bench::Args),
    /// One side of a benchmark, started by it
    #[command(hide = true)]
    BenchSide(bench::SideArgs),
}

/// Arguments of `baton serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton serve --config baton.toml\n\n\
Prints `ready http://HOST:PORT` once it takes connections (https with [server.tls]). At SIGHUP the\n\
configuration and certificates are read again; the log says what of it needs a restart.\n\
Exit status: 0 after a clean stop, 2 for an unusable configuration.")]
pub struct ServeArgs {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Once: takes the machine's clock for right, although the database knows a later time. Stop all servers on that database first:
    /// one whose clock is still ahead writes the later time again. Do not leave it in a unit file: there it lets time be turned back
    #[arg(long)]
    pub accept_clock: bool,
}

/// Does what the command line says, and has the last lines of the log written.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let code = done(cli);
    log::finish();
    code
}

fn done(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Referrals(args) => referral::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Deliveries(args) => deliveries::run(&args),
        Command::User(args) => account::run(&args),
        Command::Endpoints(args) => endpoint::run(&args),
        Command::Partner(args) => partner::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Erasures(args) => erasure::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::BenchSide(args) => bench::run_side(&args),
    }
}
