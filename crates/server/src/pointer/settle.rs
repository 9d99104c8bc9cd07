//! The loop around the rules of pointers: ask, decide, commit, and again when what was decided is outdated.

use baton_dialects::nrl::{Admitted, By, Done, Ready, Settled, fhir, settle as decide};
use baton_exchange::{
    decision::{Batch, Change},
    pointer::{Pointer, PointerName},
};
use baton_fhir::{
    format::Format,
    json,
    reading::{ReadLimits, Reading},
};
use baton_store::Committed;
use hyper::{
    StatusCode,
    header::{ETAG, HeaderName, LAST_MODIFIED, LOCATION},
};

use super::{Cx, Kept, Worked, account::Account, outcome, trouble::Trouble};
use crate::{
    clock::{chance, ordered_id},
    failure::Failure,
    http::{refuse::written, reply::Reply},
};

/// How often a decision may turn out to be outdated. Each time another caller was faster, so somebody makes progress.
const TRIES_MAX: u32 = 16;

/// Settles what changes a pointer. What is refused changes nothing.
pub(super) async fn settle(cx: &Cx<'_>, by: &Admitted, ready: Ready, account: &mut Account) -> Result<Worked, Trouble> {
    account.about(ready.subject());
    for _ in 0..TRIES_MAX {
        let settled = decided(cx, by, &ready, account).await?;
        let (Some(done), Some(address)) = (settled.done, settled.address(&cx.located.locator)) else {
            return Err(Failure::Bug("a change without a pointer".to_owned()).into());
        };
        let (location, versioned) = (settled.location(&cx.located.locator), versioned(cx, &settled));
        let answer = account.voice(cx).done(done, &address, ready.warnings());
        let audit = Change::PutAudit(account.record(cx, answer.status, answer.code.clone()));
        let changes = settled.written.into_iter().map(Change::PutPointer).chain([audit]).collect();
        let turn = cx.app.commits.place(&by.system.partner).await;
        let committed = cx.app.in_time(cx.app.store.commit(Batch { asserts: settled.asserts, changes })).await;
        drop(turn);
        match committed? {
            Committed::Done => {
                let reply = outcome(answer, cx.format);
                let reply = match location {
                    Some(location) => reply.header(LOCATION, location),
                    None => reply,
                };
                let reply = versioned.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value));
                return Ok(Worked { reply, kept: Kept::Already });
            }
            Committed::Outdated => {}
        }
    }
    Err(Failure::Contended(TRIES_MAX).into())
}

/// Headers by which the workbench tells an updated pointer's version and time.
fn versioned(cx: &Cx<'_>, settled: &Settled) -> Vec<(HeaderName, String)> {
    match (settled.done, settled.written.first()) {
        (Some(Done::Updated), Some(pointer)) if cx.located.locator.wording.versions_updates() => vec![
            (HeaderName::from_static("versionid"), pointer.version.to_string()),
            (LAST_MODIFIED, pointer.updated.to_http_date()),
        ],
        _ => Vec::new(),
    }
}

/// Shows one pointer.
pub(super) async fn read(cx: &Cx<'_>, by: &Admitted, ready: Ready, account: &mut Account) -> Result<Worked, Trouble> {
    let settled = decided(cx, by, &ready, account).await?;
    let pointer = settled.shown.ok_or_else(|| Failure::Bug("nothing to show was decided".to_owned()))?;
    let version = pointer.version;
    let body = shown(pointer, cx.format)?;
    let reply = Reply::with_body(StatusCode::OK, cx.format.media_type(), body).header(ETAG, format!("W/\"{version}\""));
    Ok(Worked { reply, kept: Kept::NotYet })
}

/// Asks and decides once.
pub(super) async fn decided(
    cx: &Cx<'_>,
    by: &Admitted,
    ready: &Ready,
    account: &mut Account,
) -> Result<Settled, Trouble> {
    let names = ready.names(&cx.located.locator);
    let known = ask(cx, &names).await?;
    let by = By { caller: by, new_id: (ordered_id(), chance()), now: cx.app.clock.now() };
    let settled = decide(&cx.located.locator, ready, known, &by)?;
    account.settled(&settled);
    Ok(settled)
}

/// What the store says to the names that can have a pointer, at their places.
async fn ask(cx: &Cx<'_>, names: &[Option<PointerName>]) -> Result<Vec<Option<Pointer>>, Failure> {
    let asked: Vec<PointerName> = names.iter().flatten().cloned().collect();
    if asked.is_empty() {
        return Ok(vec![None; names.len()]);
    }
    let mut found = cx.app.in_time(cx.app.store.pointers(asked)).await?.into_iter();
    Ok(names.iter().map(|name| name.as_ref().and_then(|_| found.next().flatten())).collect())
}

/// A pointer as it is kept, in a format.
fn shown(pointer: Pointer, format: Format) -> Result<Vec<u8>, Failure> {
    match format {
        Format::Json => Ok(pointer.body),
        Format::Xml => {
            let read = json::read(&pointer.body, Reading::Strict, &ReadLimits::default())
                .map_err(|_| Failure::Bug("a stored pointer is no JSON".to_owned()))?;
            Ok(written(read.tree.root(), format, fhir()))
        }
    }
}
