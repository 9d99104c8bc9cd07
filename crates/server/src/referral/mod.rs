//! `baton referrals`: where referrals are and who has still to be told, without anything of what is in them.

mod list;
mod show;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use baton_exchange::id::{ExchangeId, Home, PartnerId};
use baton_store::{ListedReferral, Store, StoreError};

use crate::{
    config::{Config, ConfigError, DialectName, Exchange},
    operator,
};

/// Arguments of `baton referrals`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton referrals list --config baton.toml --stage requested\n  \
baton referrals list --config baton.toml --partner lakeside --test\n  \
baton referrals show 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60 --config baton.toml\n\n\
Nothing of patients is printed. The server may run meanwhile.\n\n\
Exit status: 0 done, 1 there is no such referral, 2 unusable configuration or store.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists referrals: id, exchange, source, target, stage, when it changed, notices to deliver
    List(list::Args),
    /// Shows one: its parties, from what it came and into what it went, and who has still to be told
    Show(show::Args),
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("there is no exchange `{0}` with referrals")]
    NoExchange(String),
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error("cannot write")]
    Output(#[from] std::io::Error),
}

/// Lists or shows.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("referrals", async {
        match &args.command {
            Command::List(args) => list::list(args).await,
            Command::Show(args) => show::show(args).await,
        }
    })
}

/// Where to look.
#[derive(Debug, clap::Args)]
struct Where {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only those of this exchange
    #[arg(long, value_name = "ID")]
    exchange: Option<String>,
}

impl Where {
    /// The store, and the homes of all referrals that are meant.
    async fn open(&self) -> Result<(Arc<dyn Store>, Vec<Home>), Unable> {
        let config = Config::load(&self.config)?;
        let has_referrals = |exchange: &&Exchange| *exchange.dialect.get_ref() != DialectName::Nrl;
        let is_meant = |exchange: &&Exchange| self.exchange.as_ref().is_none_or(|id| exchange.id.get_ref().0 == *id);
        let meant: Vec<&Exchange> = config.exchanges.iter().filter(has_referrals).filter(is_meant).collect();
        if let (Some(id), []) = (&self.exchange, meant.as_slice()) {
            return Err(Unable::NoExchange(id.clone()));
        }
        let homes = meant.into_iter().flat_map(|exchange| homes(&config, exchange)).collect();
        Ok((config.store.open().await?, homes))
    }
}

/// Where the referrals of an exchange live: together where partners share them, else each partner's by themselves.
fn homes(config: &Config, exchange: &Exchange) -> Vec<Home> {
    let id = ExchangeId::from(exchange.id.get_ref().0.as_str());
    match exchange.dialect.get_ref() {
        DialectName::Ontario => vec![Home::shared(&id)],
        DialectName::Netsmart | DialectName::Nrl => {
            let partners = config.partners_of(exchange).map(|partner| PartnerId::from(partner.id.get_ref().0.as_str()));
            partners.map(|partner| Home::of(&id, &partner)).collect()
        }
    }
}

/// Where it is in its life.
fn stage(listed: &ListedReferral) -> &'static str {
    let referral = &listed.referral;
    let stage = referral.course.as_ref().map(|course| course.stage.as_str());
    match (referral.state, stage) {
        (baton_exchange::referral::ReferralState::Active, Some(stage)) => stage,
        (state, _) => state.as_str(),
    }
}

/// The partner that works on it.
fn target(listed: &ListedReferral) -> &str {
    let course = listed.referral.course.as_ref();
    course.and_then(|course| course.target()).map_or("-", |target| target.as_str())
}
