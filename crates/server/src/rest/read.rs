//! `GET {base}/{type}/{id}` and one version of it.

use baton_exchange::time::Timestamp;
use baton_fhir::listing::present;
use hyper::header::{ETAG, LAST_MODIFIED};

use super::{Reader, search::OF_ENTRY, versioned};
use crate::{
    http::{refuse::Problem, reply::Reply},
    visit::shown,
};

/// Reads one resource: its current version, or the one of that number.
pub(super) async fn read(
    reader: &Reader<'_>,
    resource_type: &str,
    id: &str,
    version: Option<u32>,
) -> Result<Reply, Problem> {
    let (stored, tree, room) = reader.resource(resource_type, id, version).await?;
    let updated = stored.updated.to_string();
    let about = stored.body.len() + OF_ENTRY;
    let reply = reader.reply(&present(&versioned(&stored, &tree, &updated)), about).made_in(room);
    let reply = reply.header(ETAG, format!("W/\"{}\"", stored.version)).accounting(shown([&stored.referral]));
    Ok(match http_date(stored.updated) {
        Some(date) => reply.header(LAST_MODIFIED, date),
        None => reply,
    })
}

/// A moment as HTTP writes it. Source: RFC 9110, section 5.6.7.
fn http_date(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_microsecond(at.0).ok()?;
    Some(at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, http_date};

    #[test]
    fn a_moment_is_written_as_http_wants_it() {
        let at = Timestamp::parse("1994-11-06T09:49:37.5+01:00").unwrap();
        assert_eq!(http_date(at).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }
}
