//! Who asks: what the head and the connection of a request say of its caller.

use baton_dialects::nrl::{Admitted, Fault, Head, Wrong, admit};
use baton_exchange::{access::System, refusal::Refusal};
use hyper::header::AUTHORIZATION;

use super::{Cx, account::Account, trouble::Trouble};
use crate::tls::{Shown, certificate_is_of};

/// The caller, when it may ask for this at all. What is known of it goes to the audit in any case.
pub(super) fn admitted(cx: &Cx<'_>, account: &mut Account) -> Result<Admitted, Trouble> {
    let header = |name: &str| cx.asked.head.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let (verify, has_certificate_of) = (verify_of(cx), certificate_of(cx));
    let head = Head {
        authorization: header(AUTHORIZATION.as_str()),
        from_asid: header("fromasid"),
        to_asid: header("toasid"),
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
            Err(header_of(not_admitted.fault).into())
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
    let (located, peer) = (cx.located, cx.asked.peer);
    move |system| match certificate_is_of(located.certificates_of(&system.partner), peer.as_ref()) {
        Shown::Unbound | Shown::Own => true,
        Shown::Missing | Shown::Foreign => false,
    }
}

/// A fault of a header, with the header's name.
fn header_of(fault: Fault) -> Wrong {
    let header = match fault {
        Fault::FromAsid | Fault::Certificate | Fault::Refusal(Refusal::RoleMissing) => "fromASID",
        Fault::ToAsid => "toASID",
        _ => "Authorization",
    };
    Wrong::at(fault, header)
}
