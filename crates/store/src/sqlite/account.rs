//! Accounts, by what people type.

use baton_exchange::access::{Account, Elsewhere, Login, PasswordHash};
use rusqlite::{Connection, Row, Statement, params};

use super::{error::fault, group::Trouble};
use crate::{
    StoreError,
    column::{account_state, account_state_word, login},
};

/// The statements of the writer.
pub(super) struct AccountTable<'c> {
    insert: Statement<'c>,
    update: Statement<'c>,
}

impl<'c> AccountTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<AccountTable<'c>> {
        Ok(AccountTable {
            insert: connection.prepare(
                "INSERT INTO account (login, version, subject, partner, name, fhir_user, password, state, epoch,
                     elsewhere)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            )?,
            update: connection.prepare(
                "UPDATE account SET version = ?2, subject = ?3, partner = ?4, name = ?5, fhir_user = ?6, password = ?7,
                     state = ?8, epoch = ?9, elsewhere = ?10
                 WHERE login = ?1 AND version = ?2 - 1
                     AND NOT EXISTS (SELECT 1 FROM account WHERE elsewhere = ?10 AND login <> ?1)",
            )?,
        })
    }

    /// A conflict is an account that is there already, or is not at the version before, or whose person has another one.
    pub(super) fn put(&mut self, account: &Account) -> Result<(), Trouble> {
        let Account { login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere } = account;
        let put = if *version == 1 { &mut self.insert } else { &mut self.update };
        let (partner, state) = (partner.as_str(), account_state_word(*state));
        let password = password.as_ref().map_or("", |password| &password.0);
        let elsewhere = elsewhere.as_ref().map(Elsewhere::as_str);
        let login = login.as_str();
        let values = params![login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere];
        let written = put.execute(values)?;
        if written == 0 { Err(Trouble::Conflict) } else { Ok(()) }
    }
}

const COLUMNS: &str =
    "SELECT login, version, subject, partner, name, fhir_user, password, state, epoch, elsewhere FROM account";

/// The account with that login.
pub(super) fn find(connection: &Connection, login: &Login) -> Result<Option<Account>, StoreError> {
    let ask = format!("{COLUMNS} WHERE login = ?1");
    let mut statement = connection.prepare_cached(&ask).map_err(fault)?;
    let mut rows = statement.query([login.as_str()]).map_err(fault)?;
    rows.next().map_err(fault)?.map(account).transpose()
}

/// The account of a person at an OpenID provider.
pub(super) fn find_elsewhere(connection: &Connection, elsewhere: &Elsewhere) -> Result<Option<Account>, StoreError> {
    let ask = format!("{COLUMNS} WHERE elsewhere = ?1");
    let mut statement = connection.prepare_cached(&ask).map_err(fault)?;
    let mut rows = statement.query([elsewhere.as_str()]).map_err(fault)?;
    rows.next().map_err(fault)?.map(account).transpose()
}

/// All of them, in the order of their logins.
pub(super) fn all(connection: &Connection) -> Result<Vec<Account>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} ORDER BY login")).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        accounts.push(account(row)?);
    }
    Ok(accounts)
}

fn account(row: &Row<'_>) -> Result<Account, StoreError> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    Ok(Account {
        login: login(&text(0)?)?,
        version: row.get(1).map_err(fault)?,
        subject: text(2)?,
        partner: text(3)?.as_str().into(),
        name: text(4)?,
        fhir_user: row.get(5).map_err(fault)?,
        password: Some(text(6)?).filter(|hash| !hash.is_empty()).map(PasswordHash),
        state: account_state(&text(7)?)?,
        epoch: row.get(8).map_err(fault)?,
        elsewhere: row.get::<_, Option<String>>(9).map_err(fault)?.map(Elsewhere::from_text),
    })
}
