//! `GET {base}/{type}?…` and the same by form.

use baton_exchange::resource::StoredResource;
use baton_fhir::{
    listing::{Item, Link, searchset},
    tree::Tree,
};
use baton_store::{Page, PageToken};
use hyper::StatusCode;

use super::{
    Reader,
    cursor::{self, Cursor},
    parameters::{self, Search},
    tree, versioned,
};
use crate::{
    failure::Failure,
    http::{
        query::Parameters,
        refuse::{Problem, written_about},
        reply::Reply,
    },
    visit::shown,
    work::{LARGE_BYTES, aside},
};

/// About how many bytes a page has of each entry beside the resource.
pub(super) const OF_ENTRY: usize = 512;

/// Searches current resources of one type.
pub(super) async fn search(
    reader: &Reader<'_>,
    resource_type: &str,
    parameters: &Parameters,
    lenient: bool,
) -> Result<Reply, Problem> {
    let search = parameters::search(&reader.sight, resource_type, parameters, lenient)?;
    let (mut room, _turn) = reader.room().await?;
    let (app, store) = (reader.app, &reader.app.store);
    let question = reader.limited(search.question.clone());
    let total = app.in_time(store.count(question.clone())).await?;
    let (found, next) = match search.count {
        0 => (Vec::new(), None),
        size => app.in_time(store.search(question, Page { size, after: search.after })).await?,
    };
    let links = links(reader.base(), resource_type, search, next);
    let accounting = shown(found.iter().map(|stored| &stored.referral));
    let bytes = reader.room_for(&found, &mut room)?;
    let about = bytes + (found.len() + 2) * OF_ENTRY;
    let (base, format, definitions) = (reader.base().to_owned(), reader.format, reader.exchange.definitions);
    let body = aside(reader.app, Some(reader.partner), bytes >= LARGE_BYTES, move || {
        page(&base, total, &links, &found).map(|page| written_about(page.root(), format, definitions, about))
    });
    Ok(Reply::with_body(StatusCode::OK, format.media_type(), body.await??).accounting(accounting).made_in(room))
}

fn page(base: &str, total: u64, links: &[Link], found: &[StoredResource]) -> Result<Tree, Failure> {
    let trees = found.iter().map(tree).collect::<Result<Vec<_>, Failure>>()?;
    let moments: Vec<String> = found.iter().map(|stored| stored.updated.to_string()).collect();
    let items: Vec<(String, Item<'_>)> = found
        .iter()
        .zip(trees.iter().zip(&moments))
        .map(|(stored, (tree, moment))| {
            let full_url = format!("{base}/{}/{}", stored.resource_type, stored.id);
            (full_url, Item::Kept(versioned(stored, tree, moment)))
        })
        .collect();
    Ok(searchset(total, links, &items))
}

/// The links of a page. FHIR wants `self` to say what was searched for; ours leaves out identifiers and patients, because
/// no address that we form holds what could be personal.
fn links(base: &str, resource_type: &str, search: Search, next: Option<PageToken>) -> Vec<Link> {
    let address = |parameters: &[(&str, String)]| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        let query = query.finish();
        if query.is_empty() { format!("{base}/{resource_type}") } else { format!("{base}/{resource_type}?{query}") }
    };
    let mut links = vec![Link { relation: "self", url: address(&search.echo) }];
    if let Some(after) = next {
        let cursor = Cursor { count: search.count, after, ids: search.question.ids, keys: search.question.keys };
        links.push(Link { relation: "next", url: address(&[(cursor::NAME, cursor.write())]) });
    }
    links
}
