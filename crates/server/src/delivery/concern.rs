//! Whether a partner may still be told what waits for it. Between the moment at which a notice was written and the one at which it is
//! sent there may be days: the referral may have gone on, and the operator may have taken a role away.

use baton_dialects::{Dialect, ontario::may_still_hear};
use baton_exchange::{notice::Lease, referral::ReferralState};
use baton_store::{Page, ReferralQuestion};

use crate::{app::App, failure::Failure};

/// Looks at the referral and the configuration as they are now.
///
/// # Errors
/// When the store does not say, or not in time: then nothing may be sent.
pub(super) async fn is_concerned(app: &App, lease: &Lease) -> Result<bool, Failure> {
    let notice = &lease.notice;
    // elsewhere nobody has a part in what another sent; of an exchange that is gone an attempt says that there is no endpoint
    let Some(exchange) = app.exchange(&notice.exchange).filter(|it| it.mount.dialect == Dialect::Ontario) else {
        return Ok(true);
    };
    let question = ReferralQuestion { id: Some(notice.referral), ..ReferralQuestion::all(notice.home) };
    let (mut found, _) = app.in_time(app.store.referrals(question, Page { size: 1, after: None })).await?;
    let Some(listed) = found.pop() else { return Ok(false) };
    // a revoke takes away what was to be told before it, also out of the hands of a worker
    let is_revoked = listed.referral.state == ReferralState::Revoked;
    if is_revoked && !app.in_time(app.store.is_leased(notice.id, lease.token)).await? {
        return Ok(false);
    }
    Ok(may_still_hear(&exchange.mount.directory, &notice.partner, &listed.referral))
}
