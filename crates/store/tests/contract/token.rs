//! Access tokens.

use std::sync::Arc;

use baton_exchange::{
    access::{AccessToken, TokenHash},
    decision::Change,
};
use baton_store::{Committed, Store};

use crate::sample::{batch, partner, secs};

fn token(number: u8, expires_in_secs: i64) -> AccessToken {
    AccessToken {
        hash: TokenHash([number; 32]),
        partner: partner("clinic-a"),
        scopes: vec!["system/Messaging.write".into(), "system/*.read".into()],
        expires: secs(expires_in_secs),
    }
}

async fn put(store: &Arc<dyn Store>, changes: Vec<Change>) {
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

pub async fn a_token_is_found_by_its_hash_even_when_it_is_expired(store: Arc<dyn Store>) {
    put(&store, vec![Change::PutToken(token(1, -10)), Change::PutToken(token(2, 10))]).await;
    assert_eq!(store.token(TokenHash([1; 32])).await.unwrap(), Some(token(1, -10)));
}

pub async fn an_unknown_hash_has_no_token(store: Arc<dyn Store>) {
    put(&store, vec![Change::PutToken(token(1, 10))]).await;
    assert_eq!(store.token(TokenHash([2; 32])).await.unwrap(), None);
}

pub async fn expired_tokens_are_forgotten_and_others_stay(store: Arc<dyn Store>) {
    put(&store, vec![Change::PutToken(token(1, 10)), Change::PutToken(token(2, 11))]).await;
    put(&store, vec![Change::ForgetExpired(secs(10))]).await;
    let found = async |number| store.token(TokenHash([number; 32])).await.unwrap().is_some();
    assert_eq!((found(1).await, found(2).await), (false, true));
}
