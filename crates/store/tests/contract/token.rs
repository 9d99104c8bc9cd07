//! Access tokens.

use std::sync::Arc;

use baton_exchange::{
    access::{
        AccessChange, AccessToken, Account, AccountState, Elsewhere, Family, Login, PasswordHash, Ticket, TicketKey,
        TokenHash,
    },
    decision::Change,
};
use baton_store::{Committed, Store};

use crate::commit::race;
use crate::sample::{batch, partner, secs};

fn put_token(number: u8, expires_in_secs: i64) -> Change {
    Change::Access(AccessChange::PutToken(token(number, expires_in_secs)))
}

fn ticket(number: u8, version: u32) -> Ticket {
    Ticket {
        key: TicketKey([number; 32]),
        version,
        family: (number > 100).then_some(Family([number; 16])),
        body: vec![number, 7],
        expires: secs(10),
    }
}

fn put_ticket(number: u8, version: u32) -> Change {
    Change::Access(AccessChange::PutTicket(ticket(number, version)))
}

fn token(number: u8, expires_in_secs: i64) -> AccessToken {
    AccessToken {
        hash: TokenHash([number; 32]),
        partner: partner("clinic-a"),
        scopes: vec!["system/Messaging.write".into(), "system/*.read".into()],
        expires: secs(expires_in_secs),
        family: (number > 100).then_some(Family([number; 16])),
        context: (number > 100).then(|| b"somebody".to_vec()),
    }
}

async fn put(store: &Arc<dyn Store>, changes: Vec<Change>) {
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

pub async fn a_token_is_found_by_its_hash_even_when_it_is_expired(store: Arc<dyn Store>) {
    put(&store, vec![put_token(1, -10), put_token(2, 10)]).await;
    assert_eq!(store.token(TokenHash([1; 32])).await.unwrap(), Some(token(1, -10)));
}

pub async fn an_unknown_hash_has_no_token(store: Arc<dyn Store>) {
    put(&store, vec![put_token(1, 10)]).await;
    assert_eq!(store.token(TokenHash([2; 32])).await.unwrap(), None);
}

pub async fn expired_tokens_are_forgotten_and_others_stay(store: Arc<dyn Store>) {
    put(&store, vec![put_token(1, 10), put_token(2, 11)]).await;
    put(&store, vec![Change::ForgetExpired(secs(10))]).await;
    let found = async |number| store.token(TokenHash([number; 32])).await.unwrap().is_some();
    assert_eq!((found(1).await, found(2).await), (false, true));
}

pub async fn a_token_is_forgotten_when_it_is_taken_back(store: Arc<dyn Store>) {
    put(&store, vec![put_token(1, 10), put_token(101, 10)]).await;
    assert_eq!(store.token(TokenHash([101; 32])).await.unwrap(), Some(token(101, 10)));
    put(&store, vec![Change::Access(AccessChange::DropToken(TokenHash([1; 32])))]).await;
    let found = async |number| store.token(TokenHash([number; 32])).await.unwrap().is_some();
    assert_eq!((found(1).await, found(101).await), (false, true));
}

pub async fn a_ticket_is_written_once_in_each_version(store: Arc<dyn Store>) {
    put(&store, vec![put_ticket(1, 1)]).await;
    for version in [1, 3] {
        let again = store.commit(batch(vec![put_token(1, 10), put_ticket(1, version)])).await.unwrap();
        assert_eq!(again, Committed::Outdated, "{version}");
    }
    assert_eq!(store.token(TokenHash([1; 32])).await.unwrap(), None, "nothing of it is written");
    put(&store, vec![put_ticket(1, 2)]).await;
    assert_eq!(store.ticket(TicketKey([1; 32])).await.unwrap(), Some(ticket(1, 2)));
    assert_eq!(store.commit(batch(vec![put_ticket(2, 2)])).await.unwrap(), Committed::Outdated, "there is none before");
}

pub async fn of_many_who_show_a_ticket_at_once_one_is_the_first(store: Arc<dyn Store>) {
    assert_eq!(race(&store, (0..20).map(|_| batch(vec![put_ticket(1, 1)])).collect()).await, 1);
}

pub async fn a_family_ends_as_a_whole(store: Arc<dyn Store>) {
    let all = vec![put_token(101, 10), put_ticket(101, 1), put_token(102, 10), put_ticket(102, 1), put_ticket(1, 1)];
    put(&store, all).await;
    put(&store, vec![Change::Access(AccessChange::EndFamily(Family([101; 16])))]).await;
    let has = async |number| {
        let token = store.token(TokenHash([number; 32])).await.unwrap().is_some();
        (token, store.ticket(TicketKey([number; 32])).await.unwrap().is_some())
    };
    assert_eq!((has(101).await, has(102).await, has(1).await), ((false, false), (true, true), (false, true)));
}

pub async fn a_family_ends_with_what_others_write_for_it_at_the_same_time(store: Arc<dyn Store>) {
    let of_family = |key: u8, version| Ticket { key: TicketKey([key; 32]), version, ..ticket(101, 1) };
    let put_of_family = |key, version| Change::Access(AccessChange::PutTicket(of_family(key, version)));
    for round in 0..30 {
        put(&store, vec![put_of_family(1, 1), put_of_family(2, 1)]).await;
        let next = batch(vec![put_of_family(1, 2), put_token(101, 10), put_of_family(3, 1)]);
        let end = batch(vec![Change::Access(AccessChange::EndFamily(Family([101; 16])))]);
        let both = if round % 2 == 0 { vec![next, end] } else { vec![end, next] };
        race(&store, both).await;
        assert_eq!(store.token(TokenHash([101; 32])).await.unwrap(), None, "{round}");
        for key in 1..=3 {
            assert!(store.ticket(TicketKey([key; 32])).await.unwrap().is_none(), "{round} {key}");
        }
    }
}

pub async fn expired_tickets_are_forgotten(store: Arc<dyn Store>) {
    put(&store, vec![put_ticket(1, 1)]).await;
    put(&store, vec![Change::ForgetExpired(secs(9))]).await;
    assert!(store.ticket(TicketKey([1; 32])).await.unwrap().is_some());
    put(&store, vec![Change::ForgetExpired(secs(10))]).await;
    assert!(store.ticket(TicketKey([1; 32])).await.unwrap().is_none());
}

pub async fn what_expired_is_forgotten_some_at_a_time_until_nothing_is_left(store: Arc<dyn Store>) {
    let many = (0..1_500_u32).map(|number| {
        let mut key = [7; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        Change::Access(AccessChange::PutTicket(Ticket { key: TicketKey(key), family: None, ..ticket(1, 1) }))
    });
    put(&store, many.collect()).await;
    assert!(!store.is_anything_expired(secs(9)).await.unwrap());
    for is_more in [true, false] {
        assert!(store.is_anything_expired(secs(10)).await.unwrap());
        put(&store, vec![Change::ForgetExpired(secs(10))]).await;
        assert_eq!(store.is_anything_expired(secs(10)).await.unwrap(), is_more);
    }
    put(&store, vec![put_token(1, 10)]).await;
    assert!(store.is_anything_expired(secs(10)).await.unwrap());
}

fn elsewhere(value: &str) -> Elsewhere {
    Elsewhere::new("https://id.example", "sub", value).unwrap()
}

fn account(login: &str, version: u32) -> Account {
    Account {
        login: Login::read(login).unwrap(),
        version,
        subject: format!("subject of {login}"),
        partner: partner("clinic-a"),
        name: format!("Name {version}"),
        fhir_user: (version > 1).then(|| "Practitioner/1".to_owned()),
        password: (version != 2).then(|| PasswordHash(format!("hash {version}"))),
        elsewhere: (version == 2).then(|| elsewhere(login)),
        state: if version > 2 { AccountState::Disabled } else { AccountState::Open },
        epoch: version * 2,
    }
}

fn put_account(login: &str, version: u32) -> Change {
    Change::Access(AccessChange::PutAccount(account(login, version)))
}

pub async fn an_account_is_written_on_top_of_the_version_before(store: Arc<dyn Store>) {
    put(&store, vec![put_account("bob", 1), put_account("ada", 1)]).await;
    for version in [1, 3] {
        assert_eq!(store.commit(batch(vec![put_account("ada", version)])).await.unwrap(), Committed::Outdated);
    }
    put(&store, vec![put_account("ada", 2)]).await;
    put(&store, vec![put_account("ada", 3)]).await;
    let found = async |login| store.account(Login::read(login).unwrap()).await.unwrap();
    assert_eq!((found("ADA").await, found("eve").await), (Some(account("ada", 3)), None));
    assert_eq!(store.accounts().await.unwrap(), [account("ada", 3), account("bob", 1)]);
}

pub async fn one_account_is_found_by_what_a_provider_calls_its_person(store: Arc<dyn Store>) {
    put(&store, vec![put_account("ada", 1), put_account("bob", 1)]).await;
    put(&store, vec![put_account("ada", 2)]).await;
    let found = async |value: &str| store.account_elsewhere(elsewhere(value)).await.unwrap();
    assert_eq!((found("ada").await, found("ADA").await, found("bob").await), (Some(account("ada", 2)), None, None));
    let taken = |login: &str, version| {
        let account = Account { version, elsewhere: Some(elsewhere("ada")), ..account(login, 1) };
        batch(vec![Change::Access(AccessChange::PutAccount(account))])
    };
    assert_eq!(store.commit(taken("bob", 2)).await.unwrap(), Committed::Outdated);
    assert_eq!(store.commit(taken("eve", 1)).await.unwrap(), Committed::Outdated);
    put(&store, vec![put_account("ada", 3)]).await;
    assert_eq!(found("ada").await, None);
    assert_eq!(store.commit(taken("bob", 2)).await.unwrap(), Committed::Done);
}
