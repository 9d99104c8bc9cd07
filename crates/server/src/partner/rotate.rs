//! Gives a partner a new secret, without an interruption: first both are good, then the new one alone.

use std::io::{Write, stdout};

use serde_json::json;

use super::{Change, Unable, secret::NewSecret, table};
use crate::config::Partner;

/// Arguments of `baton partner rotate`.
#[derive(Debug, clap::Args)]
pub(super) struct RotateArgs {
    /// The partner's id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    change: Change,
    /// Drop the old secret: the new one alone is good from now on
    #[arg(long)]
    finish: bool,
}

pub(super) fn rotate(args: &RotateArgs) -> Result<(), Unable> {
    let mut file = args.change.open()?;
    let known = file.config.partners.iter().find(|partner| partner.id.get_ref().0 == args.id);
    let (otherwise, client_id) = (known.map(otherwise), known.map(|partner| partner.client_id().to_owned()));
    let table = file.partner(&args.id)?;
    let Some(current) = table::has(table, table::SECRET) else {
        return Err(Unable::Refused(format!("{} {}", args.id, otherwise.unwrap_or_default())));
    };
    let old = table::has(table, table::OLD);
    let id = &args.id;
    match (args.finish, old) {
        (true, Some(old)) => {
            table.remove(old);
            file.save()?;
            args.change.done(&format!("the old secret of {id} is dropped"))
        }
        (true, None) => Err(Unable::Refused(format!("{id} has no old secret: there is nothing to finish"))),
        (false, Some(_)) => {
            Err(Unable::Refused(format!("the old secret of {id} is good still: drop it first, with --finish")))
        }
        (false, None) => {
            let new = NewSecret::make()?;
            table::push_secret(table, current, &new.hash());
            file.save()?;
            writeln!(stdout(), "{:#}", json!({ "id": id, "client_id": client_id, "client_secret": new.show() }))?;
            args.change.done(&format!("{id} has a new secret beside the old one"))
        }
    }
}

/// How one changes what it proves itself with that is no secret.
fn otherwise(partner: &Partner) -> String {
    if let Some(url) = &partner.jwks_url {
        return format!(
            "publishes its keys at {}, and changes them there: the new one beside the old one before it signs. \
             Nothing is to be done here",
            url.0
        );
    }
    if partner.has_keys() {
        return "proves who it is with keys: put the new one beside the old one in its set, have the server read it again \
                (kill -HUP), and take the old one out when it signs no more"
            .to_owned();
    }
    "has no secret: it is registered without one".to_owned()
}
