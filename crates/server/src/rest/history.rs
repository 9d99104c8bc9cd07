//! `GET {base}/{type}/{id}/_history`: all versions, newest first.

use std::collections::BTreeSet;

use baton_exchange::{access::Reach, refusal::Refusal, resource::StoredResource};
use baton_fhir::{
    listing::{Link, Versioned, history as page_of},
    tree::Tree,
};
use baton_store::{PAGE_BYTES_MAX, Page, PageToken, ResourceQuestion};
use hyper::StatusCode;

use super::{
    Reader,
    parameters::{COUNT_DEFAULT, COUNT_MAX, count},
    search::OF_ENTRY,
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

/// The parameter that says where the last page ended.
const AFTER: &str = "_after";

/// Reads the versions of a resource, page by page.
pub(super) async fn history(
    reader: &Reader<'_>,
    resource_type: &str,
    id: &str,
    query: &Parameters,
) -> Result<Reply, Problem> {
    let size = query.get("_count").map_or(Ok(COUNT_DEFAULT), count)?.max(1);
    let after = query.get(AFTER).map(read_after).transpose()?;
    let (mut room, _turn) = reader.room().await?;
    let question = reader.sight.resource(resource_type, id, None);
    let listed = match reader.sight.reach {
        Reach::All => all(reader, question.clone(), Page { size, after }).await?,
        Reach::Parts(_) => within(reader, question.clone(), Page { size, after }).await?,
    };
    let Some(Listed { versions, next, total }) = listed else {
        let looked = reader.app.in_time(reader.app.store.resource(question)).await?;
        // without versions it was cleared, or was never here
        return Err(reader.found(looked, resource_type, id).err().unwrap_or(Refusal::NoSuchResource).into());
    };
    let bytes = reader.room_for(&versions, &mut room)?;
    let (is_large, about) = (bytes >= LARGE_BYTES, bytes + (versions.len() + 2) * OF_ENTRY);
    let (versions, trees) = aside(reader.app, Some(reader.partner), is_large, move || with_trees(versions)).await??;
    let full_url = format!("{}/{resource_type}/{id}", reader.base());
    let mut links = vec![Link { relation: "self", url: format!("{full_url}/_history") }];
    if let Some(PageToken(next)) = next {
        links.push(Link { relation: "next", url: format!("{full_url}/_history?_count={size}&{AFTER}={next}") });
    }
    let accounting = shown(versions.iter().map(|version| &version.referral));
    let (format, definitions) = (reader.format, reader.exchange.definitions);
    let body = aside(reader.app, Some(reader.partner), is_large, move || {
        written_about(page(total, &links, &full_url, &versions, &trees).root(), format, definitions, about)
    });
    Ok(Reply::with_body(StatusCode::OK, format.media_type(), body.await?).accounting(accounting).made_in(room))
}

fn with_trees(versions: Vec<StoredResource>) -> Result<(Vec<StoredResource>, Vec<Tree>), Failure> {
    let trees = versions.iter().map(tree).collect::<Result<Vec<_>, Failure>>()?;
    Ok((versions, trees))
}

fn page(total: u64, links: &[Link], full_url: &str, versions: &[StoredResource], trees: &[Tree]) -> Tree {
    let moments: Vec<String> = versions.iter().map(|stored| stored.updated.to_string()).collect();
    let kept: Vec<Versioned<'_>> = versions
        .iter()
        .zip(trees.iter().zip(&moments))
        .map(|(stored, (tree, moment))| versioned(stored, tree, moment))
        .collect();
    page_of(total, links, full_url, &kept)
}

/// A page of versions.
struct Listed {
    versions: Vec<StoredResource>,
    next: Option<PageToken>,
    /// How many there are on all pages.
    total: u64,
}

/// All versions; nothing where there are none.
async fn all(reader: &Reader<'_>, question: ResourceQuestion, page: Page) -> Result<Option<Listed>, Failure> {
    let store = &reader.app.store;
    // versions are counted from 1 without gaps, so the newest one's number is how many there are
    let newest = reader.app.in_time(store.history(question.clone(), Page { size: 1, after: None })).await?.0;
    let Some(total) = newest.first().map(|stored| u64::from(stored.version)) else { return Ok(None) };
    let (versions, next) = reader.app.in_time(store.history(question, page)).await?;
    Ok(Some(Listed { versions, next, total }))
}

/// The versions that are within reach, each by what it says itself; nothing where there are none. What is left out shows in no number but that of the versions
/// beside it, which each of them has in any case.
async fn within(reader: &Reader<'_>, question: ResourceQuestion, page: Page) -> Result<Option<Listed>, Failure> {
    let shown = shown_of(reader, &question).await?;
    if shown.is_empty() {
        return Ok(None);
    }
    let (mut versions, mut after, mut bytes) = (Vec::<StoredResource>::new(), page.after, 0);
    while versions.len() < page.size as usize && bytes < PAGE_BYTES_MAX {
        let missing = Page { size: page.size - u32::try_from(versions.len()).unwrap_or(u32::MAX), after };
        let (found, next) = reader.app.in_time(reader.app.store.history(question.clone(), missing)).await?;
        let found = found.into_iter().filter(|stored| shown.contains(&stored.version));
        versions.extend(found.inspect(|stored| bytes += stored.body.len()));
        after = next;
        if next.is_none() {
            break;
        }
    }
    let last = versions.last().map(|stored| stored.version);
    let next = last.filter(|last| shown.first().is_some_and(|oldest| oldest < last));
    Ok(Some(Listed { versions, next: next.map(|last| PageToken(i64::from(last))), total: shown.len() as u64 }))
}

/// The numbers of the versions that are within reach. A part of the reach that is about a patient has all of them or none: a history
/// of which some is about another patient is not there for it, because what is left out could be counted.
async fn shown_of(reader: &Reader<'_>, question: &ResourceQuestion) -> Result<BTreeSet<u32>, Failure> {
    let mut fitting: Vec<Option<BTreeSet<u32>>> = vec![Some(BTreeSet::new()); reader.sight.reach.parts().len()];
    let mut after = None;
    loop {
        let page = Page { size: COUNT_MAX, after };
        let (versions, next) = reader.app.in_time(reader.app.store.history(question.clone(), page)).await?;
        for stored in &versions {
            let known = reader.known(stored, tree(stored)?.root()).await?;
            for (part, fitting) in reader.sight.reach.parts().iter().zip(&mut fitting) {
                let (is_about, has) = known.with(stored, |subject| (part.is_about(subject), part.has(subject)));
                match fitting {
                    Some(numbers) if is_about && has => {
                        numbers.insert(stored.version);
                    }
                    Some(_) if is_about => {}
                    Some(_) | None => *fitting = None,
                }
            }
        }
        if next.is_none() {
            return Ok(fitting.into_iter().flatten().flatten().collect());
        }
        after = next;
    }
}

fn read_after(value: &str) -> Result<PageToken, Refusal> {
    let wrong = |_| Refusal::ParameterInvalid { name: AFTER.to_owned(), expected: "as in the link of the page before" };
    value.parse().map(PageToken).map_err(wrong)
}
