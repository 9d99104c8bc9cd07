//! `grant_type=authorization_code`. Source: RFC 6749, section 4.1.3; RFC 7636, section 4.6; spec of security, T03 to T06.

use baton_exchange::{
    access::{AccessChange, Family, Ticket},
    decision::Change,
};
use baton_oauth::{
    code::{CodeRefusal, Shown, redeem},
    consent::{self, Consent},
    grant::TokenRefusal,
};
use serde_json::Value;

use super::{
    account::Asking,
    form::Hindered,
    give::{Gift, give},
    kept::{KeptCode, bytes, read, ticket_key},
    refresh::begun,
};

/// How long it is remembered that a code was used.
const REMEMBERED_SECS: i64 = 24 * 3600;

/// How often it is tried again when somebody was faster; who comes second sees that the code is used.
const TRIES_MAX: usize = 3;

/// Gives tokens for a code, and takes back what was given for it when it comes again.
pub(super) async fn exchange(asking: &mut Asking<'_>, text: &str, shown: &Shown<'_>) -> Result<Value, Hindered> {
    for _ in 0..TRIES_MAX {
        if let Some(answer) = once(asking, text, shown).await? {
            return Ok(answer);
        }
    }
    Err(TokenRefusal::WrongGrant.into())
}

async fn once(asking: &mut Asking<'_>, text: &str, shown: &Shown<'_>) -> Result<Option<Value>, Hindered> {
    let app = asking.app;
    let now = app.clock.now();
    let ticket = app.in_time(app.store.ticket(ticket_key("code", &[text]))).await?;
    let Some((ticket, kept)) = ticket.and_then(|ticket| Some((ticket.clone(), read::<KeptCode>(&ticket.body)?))) else {
        return Err(TokenRefusal::from(CodeRefusal::Unknown).into());
    };
    asking.of_person(&kept.whose.subject, None);
    let code = match redeem(Some(kept.code), shown, now.secs()) {
        Ok(code) => code,
        Err(refusal) => {
            tracing::info!(client.id = shown.client_id, "a code gives no token: {refusal}");
            let (family, refusal) = (refusal.revokes(), TokenRefusal::from(refusal));
            if let Some(family) = family {
                end_family(asking, family, refusal).await?;
            }
            return Err(refusal.into());
        }
    };
    let whose = kept.whose;
    let still = whose.still(app, &code.consent.client_id).await?;
    // an app that is registered in another way meanwhile gets what it would get now, or nothing
    let still = still.and_then(|(account, registered)| {
        let scopes = registered.app.still_grants(&code.redirect_uri, &code.consent.scopes)?;
        Some((account, Consent { scopes, ..code.consent.clone() }))
    });
    let Some((account, consent)) = still else { return Err(TokenRefusal::WrongGrant.into()) };
    asking.of_person(&account.subject, Some(&account.partner));
    asking.proved();
    let used = Ticket {
        version: ticket.version + 1,
        body: bytes(&KeptCode { code: code.clone(), whose: whose.clone() })?,
        expires: now.plus_secs(REMEMBERED_SECS),
        ..ticket
    };
    let gift = Gift {
        consent: &consent,
        whose: &whose,
        account: &account,
        scopes: consent.scopes.clone(),
        refresh: begun(&consent, &whose, now.secs())?,
        id_token: Some(code.nonce.as_deref()),
    };
    give(asking, gift, Some(used)).await
}

/// Takes back all that came of a consent, and writes the line of the refusal with it.
pub(super) async fn end_family(
    asking: &mut Asking<'_>,
    family: consent::Family,
    refusal: TokenRefusal,
) -> Result<(), Hindered> {
    asking.refused(refusal, vec![Change::Access(AccessChange::EndFamily(Family(family.0)))]).await?;
    asking.app.clients.now().tokens.forget_all();
    Ok(())
}
