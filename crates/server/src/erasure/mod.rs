//! `baton erasures`: certificates that the personal data of a referral were cleared, and who has still to be told.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use baton_exchange::{
    erasure::Erasure,
    id::{ExchangeId, Home, ReferralId},
};
use baton_store::{Page, Store, StoreError};

use crate::{
    config::{Config, ConfigError, DialectName},
    operator,
};

/// How many are read at once.
const PAGE_SIZE: u32 = 500;

/// Arguments of `baton erasures`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  baton erasures list --config baton.toml\n  \
baton erasures list --config baton.toml --open\n  \
baton erasures show 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60 --config baton.toml\n\n\
A certificate holds no personal data: an id of this server, organisations, moments. The server may run meanwhile.\n\n\
Exit status: 0 done, 1 there is no such certificate, 2 unusable configuration or store.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists referrals that were cleared, one line each
    List(ListArgs),
    /// Shows one certificate
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only those of which somebody has still to be told
    #[arg(long)]
    open: bool,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The id of the referral, as its ServiceRequest had it here
    #[arg(value_name = "ID", value_parser = referral_id)]
    id: ReferralId,
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
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

/// Lists or shows.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("erasures", async {
        match &args.command {
            Command::List(args) => list(args).await,
            Command::Show(args) => show(args).await,
        }
    })
}

/// The store, and the homes of all exchanges in which referrals can be withdrawn.
async fn open(config: &std::path::Path) -> Result<(Arc<dyn Store>, Vec<Home>), Unable> {
    let config = Config::load(config)?;
    let is_shared = |exchange: &&crate::config::Exchange| *exchange.dialect.get_ref() == DialectName::Ontario;
    let home = |exchange: &crate::config::Exchange| Home::shared(&ExchangeId::from(exchange.id.get_ref().0.as_str()));
    let homes = config.exchanges.iter().filter(is_shared).map(home).collect();
    Ok((config.store.open().await?, homes))
}

async fn list(args: &ListArgs) -> Result<ExitCode, Unable> {
    let (store, homes) = open(&args.config).await?;
    let mut out = stdout().lock();
    let mut number = 0_usize;
    for home in homes {
        let mut after = None;
        loop {
            let (found, next) = store.erasures(home, None, Page { size: PAGE_SIZE, after }).await?;
            for erasure in found.iter().filter(|erasure| !args.open || !erasure.is_complete()) {
                writeln!(out, "{}", line(erasure))?;
                number += 1;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    writeln!(out, "{number} cleared")?;
    Ok(ExitCode::SUCCESS)
}

fn line(erasure: &Erasure) -> String {
    let Erasure { referral, exchange, at, .. } = erasure;
    let by = erasure.by.as_ref().map_or("-", |partner| partner.as_str());
    let state = if erasure.is_complete() {
        "everybody told".to_owned()
    } else {
        format!("{} to be told", erasure.untold.len())
    };
    format!("{referral}  {exchange}  by {by}  {at}  {state}")
}

async fn show(args: &ShowArgs) -> Result<ExitCode, Unable> {
    let (store, homes) = open(&args.config).await?;
    for home in homes {
        let (found, _) = store.erasures(home, Some(args.id), Page { size: 1, after: None }).await?;
        if let Some(erasure) = found.first() {
            stdout().lock().write_all(certificate(erasure).as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    eprintln!("baton: no referral {} was cleared here", args.id);
    Ok(ExitCode::FAILURE)
}

/// The certificate for people.
fn certificate(erasure: &Erasure) -> String {
    let mut lines = vec![
        format!("Certificate of erasure: referral {}", erasure.referral),
        format!("exchange      {}", erasure.exchange),
        format!("withdrawn by  {}", erasure.by.as_ref().map_or("-", |partner| partner.as_str())),
        format!("cleared       {}", erasure.at),
        "how           its rows were deleted and the key that its data were sealed with was destroyed".to_owned(),
    ];
    for party in &erasure.parties {
        let partner = &party.partner;
        let acknowledged = erasure.acknowledged.iter().find(|(who, _)| who == partner);
        let state = match acknowledged {
            Some((_, at)) => format!("acknowledged {at}"),
            None if erasure.untold.contains(partner) => "still to be told".to_owned(),
            None => "no answer is due".to_owned(),
        };
        lines.push(format!("party         {partner} ({}): {state}", party.part.as_str()));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn referral_id(text: &str) -> Result<ReferralId, String> {
    let parsed = text.parse::<uuid::Uuid>().map_err(|_| "an id looks like 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60")?;
    Ok(ReferralId(parsed.into_bytes()))
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        erasure::Erasure,
        id::ReferralId,
        referral::{Part, Party},
        time::Timestamp,
    };

    use super::{certificate, line, referral_id};

    fn erasure() -> Erasure {
        let party = |partner: &str, part| Party { partner: partner.into(), part };
        Erasure {
            referral: ReferralId([1; 16]),
            exchange: "ontario".into(),
            by: Some("clinic-a".into()),
            at: Timestamp(0),
            parties: vec![
                party("clinic-a", Part::Source),
                party("centre-b", Part::Target),
                party("c", Part::ThirdParty),
            ],
            acknowledged: vec![("centre-b".into(), Timestamp(1_000_000))],
            untold: vec!["c".into()],
        }
    }

    #[test]
    fn a_line_says_whether_everybody_was_told() {
        assert!(line(&erasure()).ends_with("by clinic-a  1970-01-01T00:00:00.000Z  1 to be told"));
        assert!(line(&Erasure { untold: Vec::new(), ..erasure() }).ends_with("everybody told"));
    }

    #[test]
    fn a_certificate_names_each_party_and_what_it_did() {
        let text = certificate(&erasure());
        for says in [
            "centre-b (target): acknowledged 1970-01-01T00:00:01.000Z",
            "c (third-party): still to be told",
            "clinic-a (source): no answer is due",
        ] {
            assert!(text.contains(says), "{text}");
        }
    }

    #[test]
    fn an_id_is_a_uuid() {
        assert_eq!(referral_id("01010101-0101-0101-0101-010101010101"), Ok(ReferralId([1; 16])));
        assert!(referral_id("1").is_err());
    }
}
