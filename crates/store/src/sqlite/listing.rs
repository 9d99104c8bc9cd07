//! Referrals as people see them in lists.

use baton_exchange::{
    id::{Home, ReferralId},
    referral::Referral,
};
use rusqlite::{Connection, named_params, params};

use super::{error::fault, referral};
use crate::{
    ListedReferral, Page, ReferralQuestion, StoreError, Untold,
    column::count,
    listing::{ROWS_AT_ONCE, cut_referrals, range},
};

/// Referrals that fit, in the order of their ids.
pub(super) fn referrals(
    connection: &Connection,
    question: &ReferralQuestion,
    page: Page<ReferralId>,
) -> Result<(Vec<ListedReferral>, Option<ReferralId>), StoreError> {
    // dropped, it ends: there is nothing to commit
    let snapshot = connection.unchecked_transaction().map_err(fault)?;
    let (found, next) = cut_referrals(fitting(&snapshot, question, page)?, page);
    let listed = |referral: Referral| {
        let untold = untold(&snapshot, question.home, referral.id)?;
        Ok(ListedReferral { referral, untold })
    };
    Ok((found.into_iter().map(listed).collect::<Result<_, StoreError>>()?, next))
}

const ASK: &str = concat!(
    "SELECT ",
    referral::columns!(),
    " FROM referral r WHERE r.home = :home AND r.id BETWEEN :first AND :last ORDER BY r.id LIMIT :rows"
);

fn fitting(
    connection: &Connection,
    question: &ReferralQuestion,
    page: Page<ReferralId>,
) -> Result<Vec<Referral>, StoreError> {
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let (mut found, mut after) = (Vec::new(), page.after);
    while found.len() <= page.size as usize {
        let (first, last) = range(question, after.as_ref());
        let values = named_params! { ":home": question.home.0, ":first": first, ":last": last, ":rows": ROWS_AT_ONCE };
        let mut rows = statement.query(values).map_err(fault)?;
        let mut last = None;
        while let Some(row) = rows.next().map_err(fault)? {
            let Some(referral) = referral::read(row, 0)? else { continue };
            last = Some(referral.id);
            if question.fits(&referral) && found.len() <= page.size as usize {
                found.push(referral);
            }
        }
        match last {
            Some(_) => after = last,
            None => break,
        }
    }
    Ok(found)
}

fn untold(connection: &Connection, home: Home, referral: ReferralId) -> Result<Vec<Untold>, StoreError> {
    const ASK: &str =
        "SELECT partner, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE state = 'parked')
         FROM notice WHERE home = ?1 AND referral = ?2 AND state <> 'done' GROUP BY partner ORDER BY partner";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, referral.0]).map_err(fault)?;
    let mut untold = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let partner: String = row.get(0).map_err(fault)?;
        untold.push(Untold {
            partner: partner.as_str().into(),
            waiting: count(row.get(1).map_err(fault)?)?,
            parked: count(row.get(2).map_err(fault)?)?,
        });
    }
    Ok(untold)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, named_params};

    use super::ASK;
    use crate::migrations;

    /// A notice asks for its referral before it is sent: that must not take longer the more referrals there are.
    #[test]
    fn one_referral_is_found_by_its_key() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::sqlite::migrate(&mut connection).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {ASK}")).unwrap();
        let values = named_params! { ":home": 1, ":first": [0_u8], ":last": [1_u8], ":rows": 1 };
        let plan = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap().next().unwrap().unwrap();
        assert!(plan.contains("SEARCH r") && plan.contains("home=? AND id>? AND id<?"), "{plan}");
    }
}
