//! Checks the token that a request shows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use baton_exchange::{
    access::{AccessToken, Caller, TokenHash},
    refusal::Refusal,
    time::Timestamp,
};
use baton_oauth::{
    bearer::{Presented, presented},
    token::token_hash,
};
use hyper::{HeaderMap, header::AUTHORIZATION};

use super::Clients;
use crate::{app::App, http::refuse::Problem};

/// How many tokens are remembered in memory. More cost a question to the store each.
const TOKENS_MAX: usize = 10_000;

/// Tokens that were looked up. What a token stands for is the same as long as the configuration is, so it may be remembered until
/// it expires.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<TokenHash, Grant>>);

#[derive(Clone)]
struct Grant {
    caller: Arc<Caller>,
    expires: Timestamp,
}

impl Tokens {
    fn get(&self, hash: &TokenHash) -> Option<Grant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn put(&self, hash: TokenHash, grant: Grant, now: Timestamp) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_MAX {
            tokens.retain(|_, known| now < known.expires);
        }
        if tokens.len() < TOKENS_MAX {
            tokens.insert(hash, grant);
        }
    }
}

/// Who is calling, by the header `Authorization`.
///
/// # Errors
/// [`Refusal::NotAuthenticated`] or [`Refusal::TokenExpired`]; a failure when the store cannot be asked.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
    let header = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let text = match presented(header) {
        Presented::Nothing => return Err(Refusal::NotAuthenticated { presented: false }.into()),
        Presented::Other => return Err(Refusal::NotAuthenticated { presented: true }.into()),
        Presented::Token(text) => text,
    };
    let hash = TokenHash(token_hash(text));
    let now = app.clock.now();
    let clients = app.clients.now();
    let grant = match clients.tokens.get(&hash) {
        Some(grant) => grant,
        None => looked_up(app, &clients, hash, now).await?,
    };
    if now >= grant.expires { Err(Refusal::TokenExpired.into()) } else { Ok(grant.caller) }
}

async fn looked_up(app: &App, clients: &Clients, hash: TokenHash, now: Timestamp) -> Result<Grant, Problem> {
    let known = app.in_time(app.store.token(hash)).await?;
    let known = known.and_then(|token| Some((clients.scopes_of(&token)?, token)));
    let (scopes, AccessToken { partner, expires, .. }) = known.ok_or(Refusal::NotAuthenticated { presented: true })?;
    let grant = Grant { caller: Arc::new(Caller { partner, scopes }), expires };
    if now < expires {
        clients.tokens.put(hash, grant.clone(), now);
    }
    Ok(grant)
}

#[cfg(test)]
mod tests {
    use super::{Arc, Caller, Grant, TOKENS_MAX, Timestamp, TokenHash, Tokens};

    fn put(tokens: &Tokens, number: usize, expires: i64, now: i64) -> bool {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        let caller = Arc::new(Caller { partner: "clinic-a".into(), scopes: Vec::new() });
        tokens.put(TokenHash(hash), Grant { caller, expires: Timestamp(expires) }, Timestamp(now));
        tokens.get(&TokenHash(hash)).is_some()
    }

    #[test]
    fn memory_for_tokens_is_bounded_and_expired_ones_make_room() {
        let tokens = Tokens::default();
        assert!((0..TOKENS_MAX).all(|number| put(&tokens, number, 10, 1)));
        assert!(!put(&tokens, TOKENS_MAX, 20, 9), "all are still good");
        assert!(put(&tokens, TOKENS_MAX, 20, 10), "the others expired");
    }
}
