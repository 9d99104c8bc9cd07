//! Accounts, by what people type.

use baton_exchange::access::{Account, Elsewhere, Login, PasswordHash};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    commit::{ask, execute},
    error::{Trouble, fault},
};
use crate::{
    StoreError,
    column::{account_state, account_state_word, count, login},
};

const INSERT: &str = "INSERT INTO account (login, version, subject, partner, name, fhir_user, password, state, epoch,
                          elsewhere)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE account SET version = $2::bigint, subject = $3, partner = $4, name = $5, fhir_user = $6,
                          password = $7, state = $8, epoch = $9, elsewhere = $10
                      WHERE login = $1 AND version = $2::bigint - 1
                          AND NOT EXISTS (SELECT 1 FROM account WHERE elsewhere = $10 AND login <> $1)";
const FIND: &str = "SELECT login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere
                    FROM account WHERE login = $1";
const FIND_ELSEWHERE: &str =
    "SELECT login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere
                              FROM account WHERE elsewhere = $1";
const ALL: &str =
    "SELECT login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere FROM account
                   ORDER BY login COLLATE \"C\"";

pub(super) const PREPARED: &[&str] = &[INSERT, UPDATE];

/// Outdated when the account is there already, or is not at the version before, or its person has another one.
pub(super) async fn put(transaction: &Transaction<'_>, account: &Account) -> Result<(), Trouble> {
    let Account { login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere } = account;
    let sql = if *version == 1 { INSERT } else { UPDATE };
    let (login, version, partner) = (login.as_str(), i64::from(*version), partner.as_str());
    let (password, state) = (password.as_ref().map_or("", |password| &password.0), account_state_word(*state));
    let (epoch, elsewhere) = (i64::from(*epoch), elsewhere.as_ref().map(Elsewhere::as_str));
    let values = [
        &login as _,
        &version as _,
        subject as _,
        &partner as _,
        name as _,
        fhir_user as _,
        &password as _,
        &state as _,
        &epoch as _,
        &elsewhere as _,
    ];
    if execute(transaction, sql, &values).await? == 0 { Err(Trouble::Outdated) } else { Ok(()) }
}

/// The account with that login.
pub(super) async fn find(connection: &Object, login: &Login) -> Result<Option<Account>, StoreError> {
    ask(connection, FIND, &[&login.as_str()]).await?.first().map(account).transpose()
}

/// The account of a person at an OpenID provider.
pub(super) async fn find_elsewhere(connection: &Object, elsewhere: &Elsewhere) -> Result<Option<Account>, StoreError> {
    ask(connection, FIND_ELSEWHERE, &[&elsewhere.as_str()]).await?.first().map(account).transpose()
}

/// All of them, in the order of their logins.
pub(super) async fn all(connection: &Object) -> Result<Vec<Account>, StoreError> {
    ask(connection, ALL, &[]).await?.iter().map(account).collect()
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    Ok(Account {
        login: login(text(0)?)?,
        version: count(row.try_get(1).map_err(fault)?)?,
        subject: text(2)?.to_owned(),
        partner: text(3)?.into(),
        name: text(4)?.to_owned(),
        fhir_user: row.try_get(5).map_err(fault)?,
        password: Some(text(6)?.to_owned()).filter(|hash| !hash.is_empty()).map(PasswordHash),
        state: account_state(text(7)?)?,
        epoch: count(row.try_get(8).map_err(fault)?)?,
        elsewhere: row.try_get::<_, Option<String>>(9).map_err(fault)?.map(Elsewhere::from_text),
    })
}
