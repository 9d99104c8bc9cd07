//! Finds pointers: a patient's, or one by its id.

use baton_dialects::nrl::{Admitted, Find, Listing, Ready, Wanted, fhir, searchset};
use baton_exchange::{
    audit::AuditedPointer,
    pointer::{Pointer, PointerId},
};
use baton_store::Page;
use hyper::StatusCode;

use super::{Cx, Kept, Worked, account::Account, settle::decided, trouble::Trouble};
use crate::{
    clock::random_id,
    failure::Failure,
    http::{refuse::written, reply::Reply, route::Form},
};

/// A page of a patient's pointers.
pub(super) async fn search(cx: &Cx<'_>, find: &Find, form: Form, account: &mut Account) -> Result<Worked, Trouble> {
    account.about(Some(find.subject.key()));
    let size = match find.wanted {
        Wanted::Pointers => find.size,
        Wanted::Count => 0,
    };
    let question = find.question(&cx.located.locator);
    let page = cx.app.in_time(cx.app.store.find_pointers(question, Page { size, after: find.after })).await?;
    if !page.is_known {
        return Err(find.unknown().into());
    }
    account.of(page.pointers.iter().map(AuditedPointer::from).collect());
    listed(cx, form, page.total, &page.pointers, page.next)
}

/// A list of one pointer, or of none when it is not current.
pub(super) async fn by_id(
    cx: &Cx<'_>,
    by: &Admitted,
    ready: Ready,
    form: Form,
    account: &mut Account,
) -> Result<Worked, Trouble> {
    let settled = decided(cx, by, &ready, account).await?;
    let pointers: Vec<Pointer> = settled.shown.into_iter().collect();
    listed(cx, form, pointers.len() as u64, &pointers, None)
}

fn listed(
    cx: &Cx<'_>,
    form: Form,
    total: u64,
    pointers: &[Pointer],
    next: Option<PointerId>,
) -> Result<Worked, Trouble> {
    let id = random_id();
    let listing = Listing { id: &id, path: form.pointers(), query: cx.query.pairs(), total, pointers, next };
    let bundle = searchset(&cx.located.locator, &listing);
    let bundle = bundle.ok_or_else(|| Failure::Bug("a stored pointer is no JSON".to_owned()))?;
    let body = written(bundle.root(), cx.format, fhir());
    Ok(Worked { reply: Reply::with_body(StatusCode::OK, cx.format.media_type(), body), kept: Kept::NotYet })
}
