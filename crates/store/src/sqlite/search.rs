//! Finds current resources by their keys.

use std::fmt::Write;

use baton_exchange::{
    id::{Home, PartnerId},
    resource::{IndexKey, StoredResource},
};
use rusqlite::{Connection, Statement, ToSql, params, params_from_iter};

use super::{
    error::fault,
    group::Trouble,
    version::{has_part, read_row},
};
use crate::{
    Page, PageToken, SearchQuestion, StoreError, Within,
    page::{Filling, OpenParcel, limit},
    seal::Keys,
};

/// SQLite takes no more parameters.
const PARAMETERS_MAX: usize = 32_000;

/// The statements of the writer.
pub(super) struct SearchTable<'c> {
    insert: Statement<'c>,
    delete: Statement<'c>,
}

impl<'c> SearchTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<SearchTable<'c>> {
        Ok(SearchTable {
            insert: connection.prepare("INSERT INTO search VALUES (?1, ?2, ?3)")?,
            delete: connection.prepare("DELETE FROM search WHERE home = ?1 AND key = ?2 AND resource = ?3")?,
        })
    }

    /// Makes a resource be found by new keys instead of old ones. Both lists are sorted and name no key twice.
    pub(super) fn change(
        &mut self,
        home: Home,
        resource: i64,
        old: &[IndexKey],
        new: &[IndexKey],
    ) -> Result<(), Trouble> {
        for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
            self.delete.execute(params![home.0, key.0, resource])?;
        }
        for key in new.iter().filter(|key| old.binary_search(key).is_err()) {
            self.insert.execute(params![home.0, key.0, resource])?;
        }
        Ok(())
    }
}

/// The resources that fit, in the order of their first acceptance.
pub(super) fn search(
    connection: &Connection,
    keys: &Keys,
    question: &SearchQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    let partner = question.seen_by.as_ref().map(PartnerId::as_str);
    let mut ask = Ask::new(question, &partner)?;
    let after = page.after.map_or(0, |token| token.0);
    let limit = limit(page);
    ask.values.extend([&after as &dyn ToSql, &limit]);
    let sql = ask.page_sql();
    let mut statement = connection.prepare_cached(&sql).map_err(fault)?;
    let mut rows = statement.query(params_from_iter(ask.values)).map_err(fault)?;
    let (mut filling, mut parcel) = (Filling::of(page), OpenParcel::none(keys));
    while !filling.is_over()
        && let Some(row) = rows.next().map_err(fault)?
    {
        let place: i64 = row.get(0).map_err(fault)?;
        let id: String = row.get(1).map_err(fault)?;
        let resource = read_row(row, 2, &mut parcel, question.home, question.resource_type.clone(), id)?;
        filling.put(place, resource);
    }
    Ok(filling.done())
}

/// How many fit.
pub(super) fn count(connection: &Connection, question: &SearchQuestion) -> Result<u64, StoreError> {
    let partner = question.seen_by.as_ref().map(PartnerId::as_str);
    let ask = Ask::new(question, &partner)?;
    let sql = format!("SELECT count(*) FROM {} WHERE {}", ask.tables, ask.conditions);
    let mut statement = connection.prepare_cached(&sql).map_err(fault)?;
    let count: i64 = statement.query_row(params_from_iter(ask.values), |row| row.get(0)).map_err(fault)?;
    crate::column::count(count)
}

const IN_HOME: &str = "r.home = ? AND r.type = ? AND r.current > 0";
/// The same, with signs that keep the planner from walking through the whole home: from the keys to their resources.
const BY_KEY: &str = "+r.home = ? AND +r.type = ? AND r.current > 0";

/// The conditions of a search and the values of their parameters, in the same order.
struct Ask<'q> {
    tables: &'static str,
    conditions: String,
    values: Vec<&'q dyn ToSql>,
}

impl<'q> Ask<'q> {
    fn new(question: &'q SearchQuestion, partner: &'q Option<&'q str>) -> Result<Ask<'q>, StoreError> {
        let SearchQuestion { home, resource_type, ids, keys, seen_by: _, within } = question;
        let asked = ids.as_ref().map_or(0, Vec::len) + keys.iter().map(|set| set.len() + 1).sum::<usize>();
        let asked = asked + within.iter().map(Within::values).sum::<usize>();
        if asked > PARAMETERS_MAX {
            return Err(StoreError::Bug("a search with more values than a statement takes".into()));
        }
        if partner.is_some() && ids.is_none() && keys.is_empty() {
            let mut ask = Ask::of_partner(question, partner);
            ask.within(question);
            return Ok(ask);
        }
        let in_home = if ids.is_none() && !keys.is_empty() { BY_KEY } else { IN_HOME };
        let mut ask = Ask { tables: "resource r", conditions: in_home.into(), values: vec![&home.0, resource_type] };
        if let Some(ids) = ids {
            ask.one_of("r.id IN", ids.iter().map(|id| id as &dyn ToSql));
        }
        for set in keys {
            ask.values.push(&home.0);
            ask.one_of(
                "r.seq IN (SELECT resource FROM search WHERE home = ? AND key IN",
                set.iter().map(|key| &key.0 as &dyn ToSql),
            );
            ask.conditions.push(')');
        }
        if partner.is_some() {
            ask.conditions.push_str(concat!(" AND ", has_part!("?")));
            ask.values.push(partner);
        }
        ask.within(question);
        Ok(ask)
    }

    /// Looked up for each resource that is found by all else, so that nothing walks through all that has a key such as a status. A
    /// value and not a join, so that it is looked for before bodies are.
    fn within(&mut self, question: &'q SearchQuestion) {
        for (place, part) in question.within.iter().enumerate() {
            self.conditions.push_str(if place == 0 { " AND ((1" } else { ") OR (1" });
            if let Some(ids) = &part.ids {
                self.one_of("r.id IN", ids.iter().map(|id| id as &dyn ToSql));
            }
            for set in &part.keys {
                self.values.push(&question.home.0);
                self.one_of(
                    "(SELECT 1 FROM search s WHERE s.home = ? AND s.resource = r.seq AND s.key IN",
                    set.iter().map(|key| &key.0 as &dyn ToSql),
                );
                self.conditions.push_str(" LIMIT 1)");
            }
        }
        if !question.within.is_empty() {
            self.conditions.push_str("))");
        }
    }

    /// All that a partner may see, however much others have beside it: from its referrals to their resources.
    fn of_partner(question: &'q SearchQuestion, partner: &'q Option<&'q str>) -> Ask<'q> {
        Ask {
            tables: "party y CROSS JOIN resource r INDEXED BY resource_referral",
            conditions: "y.home = ? AND y.partner = ? AND r.home = y.home AND r.referral = y.referral
                         AND r.type = ? AND r.current > 0"
                .into(),
            values: vec![&question.home.0, partner, &question.resource_type],
        }
    }

    /// The statement for a page; the last two values are the place after which it begins and how many rows.
    fn page_sql(&self) -> String {
        format!(
            "SELECT r.seq, r.id, v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM {}
             JOIN version v ON v.resource = r.seq AND v.version = r.current
             JOIN parcel p ON p.seq = v.parcel WHERE {} AND r.seq > ? ORDER BY r.seq LIMIT ?",
            self.tables, self.conditions
        )
    }

    fn one_of(&mut self, column: &str, values: impl ExactSizeIterator<Item = &'q dyn ToSql>) {
        let marks = vec!["?"; values.len()].join(", ");
        // Writing to a string cannot fail.
        let _ = write!(self.conditions, " AND {column} ({marks})");
        self.values.extend(values);
    }
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        id::{Home, PartnerId},
        resource::IndexKey,
    };
    use rusqlite::{Connection, ToSql, params_from_iter};

    use super::Ask;
    use crate::{SearchQuestion, Within, migrations};

    /// The tables and indexes in the order in which a search looks into them.
    fn check_plan(keys: &[&str], seen_by: Option<&str>, expected: &[&str]) {
        check_plan_within(keys, seen_by, &[], expected);
    }

    fn check_plan_within(keys: &[&str], seen_by: Option<&str>, within: &[&str], expected: &[&str]) {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::sqlite::migrate(&mut connection).unwrap();
        let keys: Vec<Vec<IndexKey>> = keys.iter().map(|key| vec![IndexKey::identifier_value(key)]).collect();
        let seen_by = seen_by.map(PartnerId::from);
        let part = |key: &&str| Within { ids: None, keys: vec![vec![IndexKey::status(key), IndexKey::status("x")]] };
        let within = within.iter().map(part).collect();
        let question = SearchQuestion { home: Home(1), resource_type: "Task".into(), ids: None, keys, seen_by, within };
        let partner = question.seen_by.as_ref().map(PartnerId::as_str);
        let mut ask = Ask::new(&question, &partner).unwrap();
        let limit = 10;
        ask.values.extend([&limit as &dyn ToSql, &limit]);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", ask.page_sql())).unwrap();
        let rows = statement.query_map(params_from_iter(ask.values), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = rows.map(Result::unwrap).collect();
        for (step, expected) in plan.iter().filter(|step| !step.contains("SUBQUERY")).zip(expected) {
            assert!(step.contains(expected), "{expected} in {plan:#?}");
        }
    }

    #[test]
    fn a_search_by_key_walks_through_no_home() {
        for seen_by in [None, Some("clinic-a")] {
            check_plan(
                &["red"],
                seen_by,
                &["SEARCH r USING INTEGER PRIMARY KEY (rowid=?)", "search USING PRIMARY KEY"],
            );
            check_plan(&["red", "blue"], seen_by, &["SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"]);
        }
    }

    #[test]
    fn a_partner_without_a_key_walks_through_its_own_referrals() {
        check_plan(&[], Some("clinic-a"), &["SEARCH y USING COVERING INDEX party_partner", "INDEX resource_referral"]);
        check_plan(&[], None, &["INDEX resource_order"]);
    }

    #[test]
    fn what_may_be_seen_is_looked_up_for_each_resource_that_is_found_otherwise() {
        let by_primary_key = "SEARCH s USING PRIMARY KEY (home=? AND key=? AND resource=?)";
        for within in [&["a"][..], &["a", "b"]] {
            let of_partner = ["SEARCH y USING COVERING INDEX party_partner", "INDEX resource_referral"];
            check_plan_within(
                &[],
                Some("clinic-a"),
                within,
                &[&of_partner[..], &vec![by_primary_key; within.len()]].concat(),
            );
            check_plan_within(
                &[],
                None,
                within,
                &[&["INDEX resource_order"][..], &vec![by_primary_key; within.len()]].concat(),
            );
            let by_key = ["SEARCH r USING INTEGER PRIMARY KEY (rowid=?)", "search USING PRIMARY KEY"];
            check_plan_within(&["red"], None, within, &by_key);
        }
    }
}
