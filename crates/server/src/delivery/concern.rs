//! Whether a partner may still be told what waits for it. Between the moment at which a notice was written and the one at which it is
//! sent there may be days: the referral may have gone on, and the operator may have taken a role away.

use baton_dialects::{Dialect, ontario::may_still_hear};
use baton_exchange::notice::Notice;
use baton_store::{Page, ReferralQuestion, StoreError};

use crate::app::App;

/// Looks at the referral and the configuration as they are now.
///
/// # Errors
/// When the store does not say: then nothing may be sent.
pub(super) async fn is_concerned(app: &App, notice: &Notice) -> Result<bool, StoreError> {
    // elsewhere nobody has a part in what another sent; of an exchange that is gone an attempt says that there is no endpoint
    let Some(exchange) = app.exchange(&notice.exchange).filter(|it| it.mount.dialect == Dialect::Ontario) else {
        return Ok(true);
    };
    let question = ReferralQuestion { id: Some(notice.referral), ..ReferralQuestion::all(notice.home) };
    let (mut found, _) = app.store.referrals(question, Page { size: 1, after: None }).await?;
    let Some(listed) = found.pop() else { return Ok(false) };
    Ok(may_still_hear(&exchange.mount.directory, &notice.partner, &listed.referral))
}
