//! Checks the token that a request shows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use baton_exchange::{
    access::{AccessToken, Account, Caller, Person, TokenHash},
    refusal::Refusal,
    time::Timestamp,
};
use baton_oauth::{
    bearer::{Presented, presented},
    token::{TOKEN_SECS, USER_TOKEN_SECS, token_hash},
};
use hyper::{HeaderMap, header::AUTHORIZATION};

use super::{
    Clients,
    kept::{KeptToken, read},
};
use crate::{
    app::App,
    failure::Failure,
    http::{header::only, refuse::Problem},
};

/// How many tokens are remembered in memory. More cost a question to the store each.
const TOKENS_MAX: usize = 10_000;

/// How long a token is taken for good without asking the store again: one that was revoked is refused within this time by
/// every process. Source: spec of security, T35.
const TRUSTED_SECS: i64 = 1;

/// How far the clocks of processes on one store may be apart.
const SKEW_SECS: i64 = 3600;

/// Tokens that were looked up. What a token stands for is the same as long as the configuration is; whether it is still good is
/// asked again and again.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<TokenHash, Grant>>);

#[derive(Clone)]
struct Grant {
    caller: Arc<Caller>,
    expires: Timestamp,
    /// When the store last had it.
    seen: Timestamp,
}

impl Grant {
    /// A clock that was put back makes it old, too.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.seen <= now && now < self.seen.plus_secs(TRUSTED_SECS)
    }
}

impl Tokens {
    fn get(&self, hash: &TokenHash) -> Option<Grant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Forgets all, when many were taken back at once.
    pub(super) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets one that was taken back.
    pub(super) fn forget(&self, hash: &TokenHash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    fn put(&self, hash: TokenHash, grant: Grant, now: Timestamp) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_MAX {
            tokens.retain(|_, known| known.is_fresh(now));
        }
        if tokens.len() < TOKENS_MAX {
            tokens.insert(hash, grant);
        }
    }
}

/// Who is calling, by the header `Authorization`. Before the store is asked about a token that was not seen of late, `may_ask` is:
/// tokens that are made up cost nothing, and each would be a question.
///
/// # Errors
/// [`Refusal::NotAuthenticated`] or [`Refusal::TokenExpired`]; what `may_ask` says; a failure when the store cannot be asked.
pub async fn caller(
    app: &App,
    headers: &HeaderMap,
    may_ask: impl FnOnce() -> Result<(), Refusal>,
) -> Result<Arc<Caller>, Problem> {
    let text = match presented(only(headers, &AUTHORIZATION)) {
        Presented::Nothing => return Err(Refusal::NotAuthenticated { presented: false }.into()),
        Presented::Other => return Err(Refusal::NotAuthenticated { presented: true }.into()),
        Presented::Token(text) => text,
    };
    let hash = TokenHash(token_hash(text));
    let now = app.clock.now();
    let clients = app.clients.now();
    let grant = match clients.tokens.get(&hash) {
        Some(grant) if grant.is_fresh(now) => grant,
        Some(_) => looked_up(app, &clients, hash, now).await?,
        None => {
            may_ask()?;
            looked_up(app, &clients, hash, now).await?
        }
    };
    if now >= grant.expires { Err(Refusal::TokenExpired.into()) } else { Ok(grant.caller) }
}

/// A token that may be used, with the person and the app that it is for.
pub(super) struct Good {
    /// With what it is good for now.
    pub(super) token: AccessToken,
    pub(super) person: Option<(KeptToken, Account)>,
}

/// The token of a hash, expired or not, if those whom it was given to are still registered and may log in.
pub(super) async fn good(app: &App, clients: &Clients, hash: TokenHash) -> Result<Option<Good>, Failure> {
    let known = app.in_time(app.store.token(hash)).await?;
    let known = known.and_then(|token| Some(AccessToken { scopes: clients.scopes_of(&token)?, ..token }));
    // one that was given by a clock that was wrong would live until that time comes
    let latest = app.clock.now().plus_secs(USER_TOKEN_SECS.max(TOKEN_SECS) + SKEW_SECS);
    let Some(token) = known.filter(|token| token.expires <= latest) else { return Ok(None) };
    let Some(context) = &token.context else { return Ok(Some(Good { token, person: None })) };
    let Some(kept) = read::<KeptToken>(context) else { return Ok(None) };
    let still = kept.whose.still(app, &kept.client_id).await?;
    // who acts for another partner now does not act with what they had for this one
    let account = still.map(|(account, _)| account).filter(|account| account.partner == token.partner);
    Ok(account.map(|account| Good { token, person: Some((kept, account)) }))
}

async fn looked_up(app: &App, clients: &Clients, hash: TokenHash, now: Timestamp) -> Result<Grant, Problem> {
    let found = good(app, clients, hash).await?;
    let Some(Good { token: AccessToken { partner, scopes, expires, .. }, person }) = found else {
        clients.tokens.forget(&hash);
        return Err(Refusal::NotAuthenticated { presented: true }.into());
    };
    let person = person.map(|(kept, _)| Person {
        subject: kept.whose.subject,
        app: kept.client_id,
        exchange: kept.whose.exchange.as_str().into(),
        patient: kept.context.patient,
    });
    let grant = Grant { caller: Arc::new(Caller { partner, scopes, person }), expires, seen: now };
    if now < expires {
        clients.tokens.put(hash, grant.clone(), now);
    }
    Ok(grant)
}

#[cfg(test)]
mod tests {
    use super::{Arc, Caller, Grant, TOKENS_MAX, Timestamp, TokenHash, Tokens};

    fn put(tokens: &Tokens, number: usize, now: Timestamp) -> bool {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        let caller = Arc::new(Caller::system("clinic-a".into(), Vec::new()));
        tokens.put(TokenHash(hash), Grant { caller, expires: now.plus_secs(300), seen: now }, now);
        tokens.get(&TokenHash(hash)).is_some()
    }

    #[test]
    fn memory_for_tokens_is_bounded_and_old_ones_make_room() {
        let tokens = Tokens::default();
        let at = |secs| Timestamp(0).plus_secs(secs);
        assert!((0..TOKENS_MAX).all(|number| put(&tokens, number, at(0))));
        assert!(!put(&tokens, TOKENS_MAX, at(0)), "all are still good");
        assert!(put(&tokens, TOKENS_MAX, at(1)), "the others would be asked for again");
    }

    #[test]
    fn a_token_is_trusted_for_a_second() {
        let caller = Arc::new(Caller::system("clinic-a".into(), Vec::new()));
        let grant = Grant { caller, expires: Timestamp(i64::MAX), seen: Timestamp(10) };
        for (now, expected) in [(9, false), (10, true), (1_000_009, true), (1_000_010, false)] {
            assert_eq!(grant.is_fresh(Timestamp(now)), expected, "{now}");
        }
    }
}
