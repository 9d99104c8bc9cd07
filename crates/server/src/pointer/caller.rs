//! Who asks: what the head and the connection of a request say of its caller.

use baton_dialects::nrl::{Admitted, Fault, Head, Wrong, admit};
use baton_exchange::{access::System, refusal::Refusal};
use hyper::header::{AUTHORIZATION, HeaderName};

use super::{Cx, account::Account, trouble::Trouble};
use crate::{
    failure::Failure,
    http::admit::{refused_stranger, stranger},
    limit::Turn,
    metrics::Limited,
    tls::Shown,
};

const FROM_ASID: HeaderName = HeaderName::from_static("fromasid");
const TO_ASID: HeaderName = HeaderName::from_static("toasid");

/// The caller, when it may ask for this at all. What is known of it goes to the audit in any case.
pub(super) fn admitted(cx: &Cx<'_>, account: &mut Account) -> Result<Admitted, Trouble> {
    // of two callers neither is the one that asks: a header that stands twice is no number and no token
    let [authorization, from_asid, to_asid] = [&AUTHORIZATION, &FROM_ASID, &TO_ASID].map(|name| cx.asked.listed(name));
    let (verify, has_certificate_of) = (verify_of(cx), certificate_of(cx));
    let head = Head {
        authorization: authorization.as_deref(),
        from_asid: from_asid.as_deref(),
        to_asid: to_asid.as_deref(),
        verify: verify.as_deref(),
        has_certificate_of: &has_certificate_of,
    };
    match admit(&cx.located.locator, &head, account.interaction(), account.now()) {
        Ok(admitted) => {
            account.by(Some(&admitted.system), &admitted.agent);
            Ok(admitted)
        }
        Err(not_admitted) => {
            account.by(not_admitted.system.as_ref(), &not_admitted.agent);
            Err(header_of(not_admitted.fault, "fromASID").into())
        }
    }
}

/// A caller that is let in, when it is its turn; one that is not is counted by its address.
///
/// # Errors
/// The trouble, or [`Refusal::TooManyRequests`].
pub(super) async fn in_turn<T>(
    cx: &Cx<'_>,
    account: &Account,
    let_in: Result<T, Trouble>,
) -> Result<(T, Turn), Trouble> {
    match (let_in, account.partner()) {
        (Ok(let_in), Some(partner)) => {
            let turn = cx.app.limiter.turn(partner, account.now()).await;
            let turn = turn.inspect_err(|_| cx.app.metrics.limited(Limited::Partner))?;
            Ok((let_in, turn))
        }
        (Ok(_), None) => Err(Failure::Bug("somebody without a name was let in".to_owned()).into()),
        (Err(trouble), _) => {
            stranger(cx.app, cx.asked)?;
            refused_stranger(cx.app, cx.asked)?;
            Err(trouble)
        }
    }
}

/// Whether a whole token has a good signature.
pub(super) type Verify<'c> = Box<dyn Fn(&str) -> bool + 'c>;

/// Checks signatures of audit tokens, where the locator has keys.
pub(super) fn verify_of<'c>(cx: &Cx<'c>) -> Option<Verify<'c>> {
    let keys = cx.located.keys.as_ref()?;
    Some(Box::new(move |token| keys.verify(token)))
}

/// Whether the connection's certificate is one of a system's. A system that is bound to none is proved by what stands in
/// front of this server.
pub(super) fn certificate_of<'c>(cx: &Cx<'c>) -> impl Fn(&System) -> bool + 'c {
    let (clients, peer) = (cx.app.clients.now(), cx.asked.peer.certificate);
    move |system| match clients.shown(&system.partner, peer.as_ref()) {
        Shown::Unbound | Shown::Own => true,
        Shown::Missing | Shown::Foreign => false,
    }
}

/// A fault of a header, with the header's name. The caller's system stands in the header `sender`.
pub(super) fn header_of(fault: Fault, sender: &str) -> Wrong {
    let header = match fault {
        Fault::FromAsid | Fault::SspFrom | Fault::Certificate | Fault::Refusal(Refusal::RoleMissing) => sender,
        Fault::ToAsid => "toASID",
        Fault::SspTo | Fault::SspProvider | Fault::SspHost { .. } => "Ssp-To",
        Fault::SspTrace => "Ssp-TraceID",
        Fault::SspInteraction => "Ssp-InteractionID",
        _ => "Authorization",
    };
    Wrong::at(fault, header)
}
