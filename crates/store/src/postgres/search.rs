//! Finds current resources by their keys.

use std::fmt::Write;

use baton_exchange::{
    id::Home,
    resource::{IndexKey, StoredResource},
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::types::ToSql;

use super::{
    commit::{ask, execute},
    error::{Trouble, fault},
    version::read_row,
};
use crate::{
    Page, PageToken, SearchQuestion, StoreError, Within,
    column::count as as_count,
    page::{BEFORE_MAX, Filling, OpenParcel, limit},
    seal::Keys,
};

const DELETE: &str = "DELETE FROM search s USING unnest($2::bytea[], $3::bigint[]) AS old (key, resource)
                      WHERE s.home = $1 AND s.key = old.key AND s.resource = old.resource";
const INSERT: &str = "INSERT INTO search (home, key, resource) SELECT $1, * FROM unnest($2::bytea[], $3::bigint[])";

pub(super) const PREPARED: &[&str] = &[DELETE, INSERT];

/// Rows of the search index that go and come. A key that goes and comes back stays.
#[derive(Default)]
pub(super) struct KeyChanges {
    old: Vec<(IndexKey, i64)>,
    new: Vec<(IndexKey, i64)>,
}

impl KeyChanges {
    /// Makes a resource be found by new keys instead of old ones. Both lists are sorted and name no key twice.
    pub(super) fn add(&mut self, resource: i64, old: &[IndexKey], new: &[IndexKey]) {
        for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
            // It may have come a moment ago: the same resource can be twice in one message.
            match self.new.iter().position(|row| *row == (*key, resource)) {
                Some(place) => drop(self.new.swap_remove(place)),
                None => self.old.push((*key, resource)),
            }
        }
        for key in new.iter().filter(|key| old.binary_search(key).is_err()) {
            match self.old.iter().position(|row| *row == (*key, resource)) {
                Some(place) => drop(self.old.swap_remove(place)),
                None => self.new.push((*key, resource)),
            }
        }
    }
}

pub(super) async fn change(transaction: &Transaction<'_>, home: Home, changes: &KeyChanges) -> Result<(), Trouble> {
    for (sql, rows) in [(DELETE, &changes.old), (INSERT, &changes.new)] {
        if !rows.is_empty() {
            let (keys, resources): (Vec<&[u8]>, Vec<i64>) =
                rows.iter().map(|(key, row)| (key.0.as_slice(), *row)).unzip();
            execute(transaction, sql, &[&home.0, &keys, &resources]).await?;
        }
    }
    Ok(())
}

/// The resources that fit, in the order of their first acceptance.
pub(super) async fn search(
    connection: &Object,
    keys: &Keys,
    question: &SearchQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    let mut conditions = Conditions::new(question);
    let (after, limit) = (page.after.map_or(0, |token| token.0), limit(page));
    conditions.values.push(Box::new(after));
    conditions.values.push(Box::new(limit));
    conditions.values.push(Box::new(BEFORE_MAX));
    let sql = conditions.page_sql();
    let (mut filling, mut parcel) = (Filling::of(page), OpenParcel::none(keys));
    for row in ask(connection, &sql, &conditions.values()).await? {
        let id = row.try_get(0).map_err(fault)?;
        let place = row.try_get(1).map_err(fault)?;
        filling.put(place, read_row(&row, 2, &mut parcel, question.home, question.resource_type.clone(), id)?);
    }
    Ok(filling.done())
}

/// How many fit.
pub(super) async fn count(connection: &Object, question: &SearchQuestion) -> Result<u64, StoreError> {
    let conditions = Conditions::new(question);
    let sql = format!("SELECT count(*) FROM resource r WHERE {}", conditions.text);
    let rows = ask(connection, &sql, &conditions.values()).await?;
    let count = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(fault)?;
    as_count(count)
}

/// The conditions of a search and the values of their parameters. Lists are one parameter each, so that few statements
/// have to be prepared.
struct Conditions {
    text: String,
    /// By what results are ordered. An expression keeps the planner from walking through the whole home in that order.
    place: &'static str,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions {
    fn new(question: &SearchQuestion) -> Conditions {
        let SearchQuestion { home, resource_type, ids, keys, seen_by, within } = question;
        let mut conditions = Conditions {
            text: "r.home = $1 AND r.type = $2 AND r.current > 0".into(),
            place: "r.seq",
            values: vec![Box::new(home.0), Box::new(resource_type.clone())],
        };
        if let Some(ids) = ids {
            conditions.add("r.id = ANY (", Box::new(ids.clone()), ")");
        }
        for set in keys {
            let keys: Vec<Vec<u8>> = set.iter().map(|key| key.0.to_vec()).collect();
            let any_of = "r.seq IN (SELECT resource FROM search WHERE home = $1 AND key = ANY (";
            conditions.add(any_of, Box::new(keys), "))");
        }
        if let Some(partner) = seen_by {
            let partner = partner.as_str().to_owned();
            if conditions.values.len() == 2 {
                // From its referrals to their resources, however much others have beside it.
                let its = "r.referral = ANY (ARRAY(SELECT referral FROM party WHERE home = $1 AND partner = ";
                conditions.add(its, Box::new(partner), "))");
                conditions.place = "r.seq + 0";
            } else {
                // A value and not a join, so that it is looked for last.
                let has_part =
                    "(SELECT true FROM party y WHERE y.home = $1 AND y.referral = r.referral AND y.partner = ";
                conditions.add(has_part, Box::new(partner), ")");
            }
        }
        conditions.within(within);
        conditions
    }

    /// Looked up for each resource that is found by all else: a value and not a join.
    fn within(&mut self, within: &[Within]) {
        for (place, part) in within.iter().enumerate() {
            self.text.push_str(if place == 0 { " AND ((true" } else { ") OR (true" });
            if let Some(ids) = &part.ids {
                self.add("r.id = ANY (", Box::new(ids.clone()), ")");
            }
            for set in &part.keys {
                let keys: Vec<Vec<u8>> = set.iter().map(|key| key.0.to_vec()).collect();
                let has_one = "(SELECT true FROM search s WHERE s.home = $1 AND s.resource = r.seq AND s.key = ANY (";
                self.add(has_one, Box::new(keys), ") LIMIT 1)");
            }
        }
        if !within.is_empty() {
            self.text.push_str("))");
        }
    }

    /// The statement for a page. The last three values are the place after which it begins, how many rows, and how many bytes of
    /// bodies may be before one of them: bodies are read only of those that a page has room for.
    fn page_sql(&self) -> String {
        let (text, place, [after, rows, bytes]) =
            (&self.text, self.place, [2, 1, 0].map(|back| self.values.len() - back));
        format!(
            "SELECT w.id, w.seq, w.version, w.start, w.bytes, p.referral, p.updated, p.seq, p.bodies FROM
                 (SELECT f.*, (sum(f.bytes) OVER (ORDER BY f.seq))::bigint - f.bytes AS before,
                         first_value(f.bytes) OVER (ORDER BY f.seq) AS first FROM
                     (SELECT r.id, r.seq, v.home, v.version, v.parcel, v.start, v.bytes FROM resource r
                      JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = r.current
                      WHERE {text} AND r.seq > ${after} ORDER BY {place} LIMIT ${rows}) f) w
             JOIN parcel p ON p.home = w.home AND p.seq = w.parcel
             WHERE w.before <= greatest(${bytes}, w.first) ORDER BY w.seq"
        )
    }

    fn add(&mut self, before: &str, value: Box<dyn ToSql + Sync + Send>, after: &str) {
        self.values.push(value);
        // Writing to a string cannot fail.
        let _ = write!(self.text, " AND {before}${}{after}", self.values.len());
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync)).collect()
    }
}
