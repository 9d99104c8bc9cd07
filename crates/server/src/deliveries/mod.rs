//! `baton deliveries`: notices that were given up, and how people have them sent again.

mod list;
mod resend;

use std::{path::Path, process::ExitCode, sync::Arc};

use baton_store::{Store, StoreError};

use crate::{
    config::{Config, ConfigError},
    operator,
};

/// Arguments of `baton deliveries`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton deliveries list --config baton.toml --partner clinic-a\n  \
baton deliveries resend --config baton.toml --id 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60\n  \
baton deliveries resend --config baton.toml --partner clinic-a --all\n\n\
A notice is parked when its partner refuses it, is gone, or could not be told within `give_up_after`. It holds up later\n\
notices about the same referral to the same partner. The server may run meanwhile.\n\n\
Exit status: 0 done, 1 there is no such parked notice, 2 unusable configuration or store.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists parked notices: id, partner, exchange, event, age, attempts, reason
    List(list::Args),
    /// Has parked notices sent again, now
    Resend(resend::Args),
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error("cannot write")]
    Output(#[from] std::io::Error),
}

/// Lists or resends.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("deliveries", async {
        match &args.command {
            Command::List(args) => list::list(args).await,
            Command::Resend(args) => resend::resend(args).await,
        }
    })
}

async fn open(config: &Path) -> Result<Arc<dyn Store>, Unable> {
    let config = Config::load(config)?;
    Ok(config.store.open().await?)
}
