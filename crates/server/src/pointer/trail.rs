//! The audit, for an owner of pointers: who asked what about them.

use baton_dialects::nrl::{Admitted, audit_events, fhir, trail_request};
use baton_exchange::audit::{AuditRecord, owned_part};
use baton_store::{Page, PageToken};
use hyper::StatusCode;

use super::{Cx, Kept, Worked, trouble::Trouble};
use crate::{
    clock::random_id,
    http::{refuse::written, reply::Reply},
};

/// A page of the trail.
pub(super) async fn trail(cx: &Cx<'_>, by: &Admitted) -> Result<Worked, Trouble> {
    let locator = &cx.located.locator;
    let asked = trail_request(locator, by, cx.query.pairs())?;
    let page = Page { size: asked.size, after: i64::try_from(asked.after).ok().map(PageToken) };
    let (lines, next) = cx.app.in_time(cx.app.store.trail(asked.question, page)).await?;
    let own = |(number, record): (u64, AuditRecord)| owned_part(record, &by.system.ods).map(|part| (number, part));
    let lines: Vec<_> = lines.into_iter().filter_map(own).collect();
    let next = next.and_then(|PageToken(after)| u64::try_from(after).ok());
    let bundle = audit_events(locator, &random_id(), cx.query.pairs(), &lines, next);
    let body = written(bundle.root(), cx.format, fhir());
    Ok(Worked { reply: Reply::with_body(StatusCode::OK, cx.format.media_type(), body), kept: Kept::NotYet })
}
