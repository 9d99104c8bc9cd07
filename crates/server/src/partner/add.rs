//! Registers a partner.

use std::io::{Write, stdout};

use serde_json::json;
use toml_edit::{Array, InlineTable, Table, value};

use super::{Change, Unable, secret::NewSecret, table::SECRET};
use crate::config::{Config, DialectName};

/// Arguments of `baton partner add`.
#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// The partner's id: 1 to 64 letters, digits and -._
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    change: Change,
    /// Its name for people; the id when it is left out
    #[arg(long)]
    name: Option<String>,
    /// An exchange that it may use; may be given several times
    #[arg(long = "exchange", value_name = "ID", required = true)]
    exchanges: Vec<String>,
    /// What it does there: source, target, third-party (ontario), provider, consumer (nrl); may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// What its tokens may hold, such as system/Messaging.write; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// ontario: the edition that it speaks: 0.10, 0.11 or erec
    #[arg(long)]
    version: Option<String>,
    /// Its OAuth client id; the id when it is left out
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A file with its public keys, a JSON Web Key Set; it gets no secret then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["jwks_url", "plain_secret"])]
    jwks_file: Option<String>,
    /// Where it publishes its public keys; it gets no secret then
    #[arg(long, value_name = "URL", conflicts_with = "plain_secret")]
    jwks_url: Option<String>,
    /// Write the secret itself into the file, and not its SHA-256
    #[arg(long)]
    plain_secret: bool,
    /// Where it wants to be told
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// nrl: the number of its system
    #[arg(long, value_name = "NUMBER")]
    asid: Option<String>,
    /// nrl: the code of the organisation that it acts for
    #[arg(long, value_name = "CODE")]
    ods: Option<String>,
}

pub(super) fn add(args: &AddArgs) -> Result<(), Unable> {
    let mut file = args.change.open()?;
    let secret = if args.asks_for_tokens(&file.config) { Some(NewSecret::make()?) } else { None };
    let mut table = args.table(secret.as_ref());
    let is_first = file.config.exchanges.is_empty() && file.config.partners.is_empty();
    table.decor_mut().set_prefix(if is_first { "" } else { "\n" });
    file.partners()?.push(table);
    file.save()?;
    let id = &args.id;
    let mut shown = json!({ "id": id, "client_id": args.client_id.as_ref().unwrap_or(id) });
    if let Some(secret) = &secret {
        shown["client_secret"] = json!(secret.show());
    }
    writeln!(stdout(), "{shown:#}")?;
    if secret.is_some() && args.scopes.is_empty() {
        eprintln!("{id} has no scopes, so it gets no tokens yet: write what it may do into `scopes`");
    }
    args.change.done(&format!("{id} is added"))
}

impl AddArgs {
    /// Whether it needs a secret: who has keys does not, nor who only calls a record locator, which knows systems otherwise.
    fn asks_for_tokens(&self, config: &Config) -> bool {
        let is_locator = |id: &String| {
            let mut exchanges = config.exchanges.iter().filter(|exchange| exchange.id.get_ref().0 == *id);
            exchanges.any(|exchange| *exchange.dialect.get_ref() == DialectName::Nrl)
        };
        let has_keys = self.jwks_file.is_some() || self.jwks_url.is_some();
        !has_keys && !self.exchanges.iter().all(is_locator)
    }

    /// Its lines in the file, in the order of the documentation.
    fn table(&self, secret: Option<&NewSecret>) -> Table {
        let mut table = Table::new();
        let mut put = |key: &str, text: Option<&str>| {
            if let Some(text) = text {
                table.insert(key, value(text));
            }
        };
        put("id", Some(&self.id));
        put("name", Some(self.name.as_ref().unwrap_or(&self.id)));
        put("client_id", self.client_id.as_deref());
        match secret {
            Some(secret) if self.plain_secret => put(SECRET[0], Some(secret.show())),
            Some(secret) => put(SECRET[1], Some(&secret.hash())),
            None => {}
        }
        put("jwks_file", self.jwks_file.as_deref());
        put("jwks_url", self.jwks_url.as_deref());
        put("version", self.version.as_deref());
        put("asid", self.asid.as_deref());
        put("ods", self.ods.as_deref());
        for (key, all) in [("exchanges", &self.exchanges), ("roles", &self.roles), ("scopes", &self.scopes)] {
            if !all.is_empty() {
                table.insert(key, value(all.iter().map(String::as_str).collect::<Array>()));
            }
        }
        if let Some(url) = &self.notify_url {
            let mut notify = InlineTable::new();
            notify.insert("url", url.as_str().into());
            table.insert("notify", value(notify));
        }
        table
    }
}
