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
    listing::{ROWS_AT_ONCE, cut_referrals},
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

fn fitting(
    connection: &Connection,
    question: &ReferralQuestion,
    page: Page<ReferralId>,
) -> Result<Vec<Referral>, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        referral::columns!(),
        " FROM referral r WHERE r.home = :home AND r.id > :after AND (:id IS NULL OR r.id = :id) ORDER BY r.id LIMIT :rows"
    );
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let (mut found, mut after) = (Vec::new(), page.after.map(|id| id.0.to_vec()).unwrap_or_default());
    while found.len() <= page.size as usize {
        let id = question.id.map(|id| id.0);
        let values = named_params! { ":home": question.home.0, ":after": after, ":id": id, ":rows": ROWS_AT_ONCE };
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
            Some(id) => after = id.0.to_vec(),
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
