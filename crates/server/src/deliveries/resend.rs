//! Has parked notices sent again: the servers on this store find them within a second. Lines of the audit in the same commit say so.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use baton_exchange::{
    id::{MessageId, NoticeId},
    notice::Resend,
};

use super::{Unable, open};
use crate::clock::{Clock, beside, ordered_id};

/// Arguments of `baton deliveries resend`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["id", "all"]))]
pub(super) struct Args {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// One notice, by the id that `list` shows
    #[arg(long, value_name = "UUID", conflicts_with = "partner")]
    id: Option<uuid::Uuid>,
    /// All parked notices, or all to one partner
    #[arg(long)]
    all: bool,
    /// With --all: only those to this partner
    #[arg(long, value_name = "ID", requires = "all")]
    partner: Option<String>,
}

pub(super) async fn resend(args: &Args) -> Result<ExitCode, Unable> {
    let store = open(&args.config).await?;
    let which = match (args.id, args.partner.as_deref()) {
        (Some(id), _) => Resend::One(NoticeId(id.into_bytes())),
        (None, Some(partner)) => Resend::ParkedOf(partner.into()),
        (None, None) => Resend::AllParked,
    };
    let now = beside(&*store, Clock::of_machine()).await?.now();
    let number = store.resend(which, now, MessageId(ordered_id())).await?;
    writeln!(stdout(), "{number} will be sent again")?;
    Ok(if number == 0 && args.id.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
