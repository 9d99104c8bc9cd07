//! What an endpoint is to be, as it is typed. Secrets come from files, since command lines are seen by others.

use std::path::{Path, PathBuf};

use baton_exchange::endpoint::{Grant, Hidden, Wanted};

use super::{Unable, Which};
use crate::endpoint::{Addresses, wanted_of};

/// Arguments of `baton endpoints put`.
#[derive(Debug, clap::Args)]
pub(super) struct PutArgs {
    #[command(flatten)]
    pub(super) which: Which,
    /// The address that notices are posted to
    #[arg(long, value_name = "URL")]
    url: String,
    /// The code of an event that it wants; may be given several times; all when it is left out
    #[arg(long = "event", value_name = "CODE")]
    events: Vec<String>,
    /// A file with a bearer token to show there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["no_token", "token_url"])]
    token_file: Option<PathBuf>,
    /// Shows no token from now on, and fetches none
    #[arg(long, conflicts_with = "token_url")]
    no_token: bool,
    /// Where tokens are fetched, by OAuth 2 client_credentials
    #[arg(long, value_name = "URL", requires_all = ["client_id", "client_secret_file"])]
    token_url: Option<String>,
    /// What Baton is called there
    #[arg(long, value_name = "ID", requires = "token_url")]
    client_id: Option<String>,
    /// A file with its secret there
    #[arg(long, value_name = "FILE", requires = "token_url")]
    client_secret_file: Option<PathBuf>,
    /// What the token is to cover
    #[arg(long, value_name = "SCOPES", requires = "token_url")]
    scope: Option<String>,
}

impl PutArgs {
    pub(super) fn wanted(&self, addresses: Addresses) -> Result<Wanted, Unable> {
        let events = if self.events.is_empty() { vec!["*".to_owned()] } else { self.events.clone() };
        let token = match &self.token_file {
            Some(file) => Some(Some(secret(file)?)),
            None => self.no_token.then_some(None),
        };
        let grant = match (&self.token_url, &self.client_id, &self.client_secret_file) {
            (Some(token_url), Some(client_id), Some(file)) => Some(Some(Grant {
                token_url: token_url.clone(),
                client_id: client_id.clone(),
                client_secret: secret(file)?,
                scope: self.scope.clone(),
            })),
            _ => self.no_token.then_some(None),
        };
        Ok(wanted_of(self.url.clone(), events, token, grant, addresses)?)
    }
}

fn secret(file: &Path) -> Result<Hidden, Unable> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Unable::Unknown(format!("cannot read {}: {}", file.display(), error.kind())))?;
    Ok(Hidden(text.trim().to_owned()))
}
