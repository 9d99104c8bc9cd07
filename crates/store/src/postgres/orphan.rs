//! Messages that came before their referral.

use baton_exchange::{
    id::{Home, MessageId, ReferralId},
    message::{Orphan, ReceiptKey},
    resource::IndexKey,
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::{
    commit::execute,
    error::{Trouble, fault},
    name,
};
use crate::{
    StoreError,
    batch::FORGET_MAX,
    column::{id, join_ids, split_ids},
    seal::{Keys, Kind},
};

const PUT: &str = "WITH put AS
         (INSERT INTO orphan (home, id, exchange, sender, envelope, names, request, received, expires)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (home, envelope) DO NOTHING RETURNING home, id),
     unused AS
         (UPDATE seal SET state = 'erased' WHERE home = $1 AND owner = $2 AND state = 'live'
              AND NOT EXISTS (SELECT 1 FROM put) AND NOT EXISTS (SELECT 1 FROM orphan WHERE home = $1 AND id = $2))
     INSERT INTO orphan_name (home, key, orphan)
     SELECT DISTINCT put.home, named.key, put.id FROM put, unnest($10::bytea[]) AS named (key)";
/// Their keys go with them.
const DROP: &str = "WITH gone AS (DELETE FROM orphan WHERE home = $1 AND id = ANY ($2) RETURNING home, id),
                         retired AS (UPDATE seal s SET state = 'erased' FROM gone
                                     WHERE s.home = gone.home AND s.owner = gone.id AND s.state = 'live')
                    DELETE FROM orphan_name n USING gone WHERE n.home = gone.home AND n.orphan = gone.id";
const ERASE: &str = "WITH gone AS
         (DELETE FROM orphan WHERE home = $1 AND id IN
              (SELECT n.orphan FROM name m JOIN orphan_name n ON n.home = m.home AND n.key = m.key
               WHERE m.home = $1 AND m.referral = $2) RETURNING home, id),
     retired AS (UPDATE seal s SET state = 'erased' FROM gone
                 WHERE s.home = gone.home AND s.owner = gone.id AND s.state = 'live')
     DELETE FROM orphan_name n USING gone WHERE n.home = gone.home AND n.orphan = gone.id";
const DELETE_EXPIRED: &str = "WITH gone AS
         (DELETE FROM orphan o USING (SELECT home, id FROM orphan WHERE expires <= $1 ORDER BY expires LIMIT $2) e
          WHERE o.home = e.home AND o.id = e.id RETURNING o.home, o.id),
     retired AS (UPDATE seal s SET state = 'erased' FROM gone
                 WHERE s.home = gone.home AND s.owner = gone.id AND s.state = 'live')
     DELETE FROM orphan_name n USING gone WHERE n.home = gone.home AND n.orphan = gone.id";
/// Those that have one of some names, oldest first.
pub(super) const KNOWN: &str = "SELECT id, exchange, sender, envelope, names, request, received, expires FROM orphan
     WHERE home = $1 AND expires > $3
         AND id IN (SELECT orphan FROM orphan_name WHERE home = $1 AND key = ANY ($2))
     ORDER BY received, id LIMIT $4";

pub(super) const PREPARED: &[&str] = &[PUT, DROP, ERASE, DELETE_EXPIRED];

/// One that is kept already stays as it is, and needs no second key.
pub(super) async fn put(transaction: &Transaction<'_>, orphan: &Orphan) -> Result<(), Trouble> {
    let values = [
        &orphan.home.0 as _,
        &orphan.id.0.as_slice() as _,
        &orphan.exchange.as_str() as _,
        &orphan.sender.as_str() as _,
        &orphan.envelope.0.as_slice() as _,
        &join_ids(orphan.names.iter().map(|name| name.0)) as _,
        &orphan.request as _,
        &orphan.received.0 as _,
        &orphan.expires.0 as _,
        &name::bytes(&orphan.names) as _,
    ];
    execute(transaction, PUT, &values).await.map(drop)
}

pub(super) async fn drop_those(transaction: &Transaction<'_>, home: Home, ids: &[MessageId]) -> Result<(), Trouble> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.0.as_slice()).collect();
    execute(transaction, DROP, &[&home.0, &ids]).await.map(drop)
}

/// Forgets those that have one of a referral's names.
pub(super) async fn erase(transaction: &Transaction<'_>, home: Home, referral: ReferralId) -> Result<(), Trouble> {
    execute(transaction, ERASE, &[&home.0, &referral.0.as_slice()]).await.map(drop)
}

pub(super) async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    execute(transaction, DELETE_EXPIRED, &[&before.0, &(FORGET_MAX as i64)]).await.map(drop)
}

/// Reads a row of [`KNOWN`].
pub(super) fn read(row: &Row, home: Home, keys: &Keys) -> Result<Orphan, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    let message = MessageId(id(bytes(0)?)?);
    Ok(Orphan {
        id: message,
        home,
        exchange: text(1)?.into(),
        sender: text(2)?.into(),
        envelope: ReceiptKey(id(bytes(3)?)?),
        names: split_ids(bytes(4)?)?.map(IndexKey).collect(),
        request: keys.unpack(Kind::Orphan, message.into(), bytes(5)?)?,
        received: Timestamp(number(6)?),
        expires: Timestamp(number(7)?),
    })
}
