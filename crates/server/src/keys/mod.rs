//! `baton keys`: private keys of clients, for partners that have none yet and for trying things out; and the store's key file.

mod assertion;
mod check;
mod file;
mod make;
mod rotate;

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use baton_oauth::client_key::{ClientKey, ClientKeyError};

use baton_store::StoreError;

use self::{assertion::AssertionArgs, check::CheckArgs, make::NewArgs, rotate::RotateArgs};
use crate::{config::ConfigError, operator};

/// Arguments of `baton keys`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
baton keys new --alg ES384 --out valley.key > valley.jwks.json\n  \
baton keys show valley.key\n  \
baton keys assertion --key valley.key --client valley --audience https://referrals.example.org/oauth/token\n  \
baton keys check --config baton.toml\n  \
baton keys rotate --config baton.toml && kill -HUP PID\n\n\
A private key is PEM (PKCS #8), as `openssl genpkey` writes it, for its owner alone. Its name (kid) is its thumbprint. The public\n\
part is what a partner registers: `jwks_file` in the configuration, or published at `jwks_url`.\n\n\
`rotate` prints the name of the new key. It is in the file beside the store's key file (.signing), which all processes on one store\n\
need alike: give it to all of them before one is told to read it. A key whose place was taken stays published for a day.\n\n\
Exit status: 0 done or well, 1 it cannot be that or is not well, 2 a file or the store cannot be read or written.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a private key, and prints its public part (a JSON Web Key Set)
    New(NewArgs),
    /// Prints the public part of a private key
    Show(ShowArgs),
    /// Prints a signed assertion, good once and for a minute, to ask for a token with
    Assertion(AssertionArgs),
    /// Says how the store's key file is doing: who may read it, how many keys there are, whether it is the database's
    Check(CheckArgs),
    /// Has ID tokens for apps signed with a new key from now on; the old one stays published for a day
    Rotate(RotateArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The private key, a PEM file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot look at the store")]
    Store(#[from] StoreError),
    #[error("cannot {what} {file}")]
    File {
        what: &'static str,
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write")]
    Output(#[from] std::io::Error),
    #[error("the system makes no keys")]
    Unmade,
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Key(#[from] ClientKeyError),
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("keys", async {
        match work(&args.command).await {
            Err(Unable::Refused(what)) => {
                eprintln!("baton keys: {what}");
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(ExitCode::SUCCESS),
        }
    })
}

async fn work(command: &Command) -> Result<(), Unable> {
    match command {
        Command::New(args) => make::make(args),
        Command::Show(args) => show(&file::read(&args.file)?, &args.file),
        Command::Assertion(args) => assertion::print(args),
        Command::Rotate(args) => rotate::run(args),
        Command::Check(args) => check::check(args).await,
    }
}

/// The set is for files and programs, the name for people.
fn show(key: &ClientKey, file: &Path) -> Result<(), Unable> {
    writeln!(stdout(), "{:#}", key.published())?;
    eprintln!("{}: kid {}", file.display(), key.kid());
    Ok(())
}
