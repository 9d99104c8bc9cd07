//! The list of parked notices, without anything of what is in them.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use baton_exchange::{notice::ParkedNotice, time::Timestamp};
use baton_store::{Page, ParkedQuestion};

use super::{Unable, open};
use crate::clock::Clock;

/// How many are read at once.
const PAGE_SIZE: u32 = 500;

/// Arguments of `baton deliveries list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only those to this partner
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only those of this exchange
    #[arg(long, value_name = "ID")]
    exchange: Option<String>,
}

pub(super) async fn list(args: &Args) -> Result<ExitCode, Unable> {
    let store = open(&args.config).await?;
    let question = ParkedQuestion {
        exchange: args.exchange.as_deref().map(Into::into),
        partner: args.partner.as_deref().map(Into::into),
    };
    let (mut out, now) = (stdout().lock(), Clock::of_machine().now());
    let (mut after, mut number) = (None, 0_usize);
    loop {
        let (parked, next) = store.parked_notices(question.clone(), Page { size: PAGE_SIZE, after }).await?;
        for notice in &parked {
            writeln!(out, "{}", line(notice, now))?;
        }
        number += parked.len();
        after = next;
        if after.is_none() {
            break;
        }
    }
    writeln!(out, "{number} parked")?;
    Ok(ExitCode::SUCCESS)
}

fn line(notice: &ParkedNotice, now: Timestamp) -> String {
    let ParkedNotice { id, exchange, partner, event, created, attempts, trouble, .. } = notice;
    let age = age(now.secs().saturating_sub(created.secs()));
    format!("{id}  {partner}  {exchange}  {event}  {age} old  {attempts} attempts  {trouble}")
}

/// In the largest unit that it has one of.
fn age(secs: i64) -> String {
    match secs {
        86_400.. => format!("{} d", secs / 86_400),
        3_600.. => format!("{} h", secs / 3_600),
        60.. => format!("{} min", secs / 60),
        _ => format!("{} s", secs.max(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_has_one_unit() {
        assert_eq!([-1, 59, 60, 3_600, 200_000].map(age), ["0 s", "59 s", "1 min", "1 h", "2 d"]);
    }
}
