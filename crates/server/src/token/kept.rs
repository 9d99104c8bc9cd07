//! What stands behind tickets and tokens of people's apps, as it is kept.

use std::sync::Arc;

use baton_exchange::{
    access::{Account, AccountState, Login, TicketKey},
    id::ExchangeId,
};
use baton_oauth::{code::Code, launch::LaunchContext, refresh::RefreshToken};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::clients::Registered;
use crate::{app::App, failure::Failure};

/// Who let an app act, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Whose {
    /// What the person types to log in.
    pub(crate) login: String,
    /// What apps know the person by. Another one is another person, whatever they type.
    pub(crate) subject: String,
    /// The only exchange where it is good.
    pub(crate) exchange: String,
    /// When the person logged in, in seconds since 1970.
    pub(crate) authenticated: i64,
    /// The session in which the person agreed.
    pub(crate) session: [u8; 32],
    /// The account's epoch in which they did: in another one, it is over.
    pub(crate) epoch: u32,
}

/// Behind a code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptCode {
    pub(crate) code: Code,
    pub(crate) whose: Whose,
}

/// Behind a refresh token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptRefresh {
    pub(crate) token: RefreshToken,
    pub(crate) whose: Whose,
}

/// Behind an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptToken {
    pub(crate) client_id: String,
    pub(crate) whose: Whose,
    pub(crate) context: LaunchContext,
    /// Whether an ID token told the app who the person is.
    pub(crate) told: bool,
}

/// What is kept, as bytes.
///
/// # Errors
/// [`Failure::Bug`] when it cannot be written.
pub(crate) fn bytes(kept: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(kept).map_err(|error| Failure::Bug(format!("a ticket cannot be written: {error}")))
}

/// The bytes as what is kept. Nothing for what another version of this program wrote and this one does not know: it is as
/// good as expired.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// By what a ticket of a kind is found. Lengths count, so that no two lists of parts look alike.
pub(crate) fn ticket_key(kind: &str, parts: &[&str]) -> TicketKey {
    let mut hash = Sha256::new_with_prefix(kind);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    TicketKey(hash.finalize().into())
}

impl Whose {
    /// The person's account and the app, while both may be used there and the person's consents were not taken back.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub(crate) async fn still(
        &self,
        app: &App,
        client_id: &str,
    ) -> Result<Option<(Account, Arc<Registered>)>, Failure> {
        let registered = app.registered(client_id);
        let exchange = ExchangeId::from(self.exchange.as_str());
        let Some(registered) = registered.filter(|registered| registered.exchanges.contains(&exchange)) else {
            return Ok(None);
        };
        let account = open_account(app, &self.login).await?;
        let is_same = |account: &Account| account.subject == self.subject && account.epoch == self.epoch;
        Ok(account.filter(is_same).map(|account| (account, registered)))
    }
}

/// An account that may be used, of a partner that is registered.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn open_account(app: &App, login: &str) -> Result<Option<Account>, Failure> {
    let Some(login) = Login::read(login) else { return Ok(None) };
    let account = app.in_time(app.store.account(login)).await?;
    Ok(account.filter(|account| account.state == AccountState::Open && app.clients.now().knows(&account.partner)))
}
