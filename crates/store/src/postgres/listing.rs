//! Referrals as people see them in lists.

use std::collections::BTreeMap;

use baton_exchange::{id::ReferralId, referral::Referral};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{commit::ask, error::fault, referral};
use crate::{
    ListedReferral, Page, ReferralQuestion, StoreError, Untold,
    column::{count, id},
    listing::{ROWS_AT_ONCE, cut_referrals, range},
};

/// Referrals that fit, in the order of their ids. What is still to be told is looked for a moment later.
pub(super) async fn referrals(
    connection: &Object,
    question: &ReferralQuestion,
    page: Page<ReferralId>,
) -> Result<(Vec<ListedReferral>, Option<ReferralId>), StoreError> {
    let (found, next) = cut_referrals(fitting(connection, question, page).await?, page);
    let mut untold = untold(connection, question, &found).await?;
    let listed = |referral: Referral| {
        let untold = untold.remove(&referral.id).unwrap_or_default();
        ListedReferral { referral, untold }
    };
    Ok((found.into_iter().map(listed).collect(), next))
}

async fn fitting(
    connection: &Object,
    question: &ReferralQuestion,
    page: Page<ReferralId>,
) -> Result<Vec<Referral>, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        referral::columns!(),
        " FROM referral r WHERE r.home = $1 AND r.id BETWEEN $2 AND $3 ORDER BY r.id LIMIT $4"
    );
    let (mut found, mut after) = (Vec::new(), page.after);
    while found.len() <= page.size as usize {
        let (first, last) = range(question, after.as_ref());
        let rows = ask(connection, ASK, &[&question.home.0, &first, &last, &ROWS_AT_ONCE]).await?;
        let mut last = None;
        for row in &rows {
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

async fn untold(
    connection: &Object,
    question: &ReferralQuestion,
    found: &[Referral],
) -> Result<BTreeMap<ReferralId, Vec<Untold>>, StoreError> {
    const ASK: &str =
        "SELECT referral, partner, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE state = 'parked')
         FROM notice WHERE home = $1 AND referral = ANY ($2) AND state <> 'done'
         GROUP BY referral, partner ORDER BY partner COLLATE \"C\"";
    let ids: Vec<&[u8]> = found.iter().map(|referral| referral.id.0.as_slice()).collect();
    let mut untold: BTreeMap<ReferralId, Vec<Untold>> = BTreeMap::new();
    for row in ask(connection, ASK, &[&question.home.0, &ids]).await? {
        let (referral, one) = read(&row)?;
        untold.entry(referral).or_default().push(one);
    }
    Ok(untold)
}

fn read(row: &Row) -> Result<(ReferralId, Untold), StoreError> {
    let untold = Untold {
        partner: row.try_get::<_, &str>(1).map_err(fault)?.into(),
        waiting: count(row.try_get(2).map_err(fault)?)?,
        parked: count(row.try_get(3).map_err(fault)?)?,
    };
    Ok((ReferralId(id(row.try_get::<_, &[u8]>(0).map_err(fault)?)?), untold))
}
