//! The list of referrals.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use baton_exchange::referral::{Realm, Stage};
use baton_store::{ListedReferral, Page, ReferralQuestion};

use super::{Unable, Where, stage, target};

/// How many are read at once.
const PAGE_SIZE: u32 = 500;

/// Arguments of `baton referrals list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    /// Only those in which this partner has a part
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only those that are there in their life, such as requested, accepted or completed
    #[arg(long, value_name = "STAGE", value_parser = parsed)]
    stage: Option<Stage>,
    /// Test data (HTEST) instead of real referrals
    #[arg(long)]
    test: bool,
}

fn parsed(text: &str) -> Result<Stage, String> {
    let all = || Stage::ALL.map(Stage::as_str).join(", ");
    Stage::named(text).ok_or_else(|| format!("there are {}", all()))
}

pub(super) async fn list(args: &Args) -> Result<ExitCode, Unable> {
    let (store, homes) = args.at.open().await?;
    let (mut out, mut number) = (stdout().lock(), 0_usize);
    for home in homes {
        let question = ReferralQuestion {
            home,
            id: None,
            party: args.partner.as_deref().map(Into::into),
            stage: args.stage,
            realm: Some(if args.test { Realm::Test } else { Realm::Live }),
        };
        let mut after = None;
        loop {
            let (listed, next) = store.referrals(question.clone(), Page { size: PAGE_SIZE, after }).await?;
            for one in &listed {
                writeln!(out, "{}", line(one))?;
            }
            number += listed.len();
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    writeln!(out, "{number} referrals")?;
    Ok(ExitCode::SUCCESS)
}

fn line(listed: &ListedReferral) -> String {
    let referral = &listed.referral;
    let (id, exchange, source, updated) = (referral.id, &referral.exchange, &referral.source, referral.updated);
    let (waiting, parked) =
        listed.untold.iter().fold((0, 0), |(waiting, parked), one| (waiting + one.waiting, parked + one.parked));
    let stage = stage(listed);
    let target = target(listed);
    format!("{id}  {exchange}  {source} > {target}  {stage}  {updated}  {waiting} to deliver  {parked} parked")
}
