//! `GET {base}/{type}/{id}/_history`: all versions, newest first.

use baton_exchange::{access::Reach, refusal::Refusal, resource::StoredResource};
use baton_fhir::{
    listing::{Link, Versioned, history as page_of},
    tree::Tree,
};
use baton_store::{Page, PageToken, ResourceQuestion};
use hyper::StatusCode;

use super::{
    Reader,
    parameters::{COUNT_DEFAULT, COUNT_MAX, count},
    tree, versioned,
};
use crate::{
    failure::Failure,
    http::{
        query::Parameters,
        refuse::{Problem, written},
        reply::Reply,
    },
    visit::shown,
    work::aside,
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
    let question = reader.sight.resource(resource_type, id, None);
    let store = &reader.app.store;
    // versions are counted from 1 without gaps, so the newest one's number is how many there are
    let newest = reader.app.in_time(store.history(question.clone(), Page { size: 1, after: None })).await?.0;
    let Some(total) = newest.first().map(|stored| u64::from(stored.version)) else {
        let looked = reader.app.in_time(store.resource(question)).await?;
        // without versions it was cleared, or was never here
        return Err(reader.found(looked, resource_type, id).err().unwrap_or(Refusal::NoSuchResource).into());
    };
    // a history of which a part is beyond reach is beyond reach, whatever page is asked for: what is left out could be counted
    if !is_all_within(reader, &question).await? {
        return Err(Refusal::NoSuchResource.into());
    }
    let (versions, next) = reader.app.in_time(store.history(question, Page { size, after })).await?;
    let (_room, is_large) = reader.room(&versions)?;
    let (versions, trees) = aside(is_large, move || with_trees(versions)).await??;
    let full_url = format!("{}/{resource_type}/{id}", reader.base());
    let mut links = vec![Link { relation: "self", url: format!("{full_url}/_history") }];
    if let Some(PageToken(next)) = next {
        links.push(Link { relation: "next", url: format!("{full_url}/_history?_count={size}&{AFTER}={next}") });
    }
    let accounting = shown(versions.iter().map(|version| &version.referral));
    let (format, definitions) = (reader.format, reader.exchange.definitions);
    let body =
        aside(is_large, move || written(page(total, &links, &full_url, &versions, &trees).root(), format, definitions));
    Ok(Reply::with_body(StatusCode::OK, format.media_type(), body.await?).accounting(accounting))
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

/// Whether every version is within reach.
async fn is_all_within(reader: &Reader<'_>, question: &ResourceQuestion) -> Result<bool, Failure> {
    if reader.sight.reach == Reach::All {
        return Ok(true);
    }
    let mut after = None;
    loop {
        let page = Page { size: COUNT_MAX, after };
        let (versions, next) = reader.app.in_time(reader.app.store.history(question.clone(), page)).await?;
        for stored in &versions {
            if !reader.is_within(stored, tree(stored)?.root()).await? {
                return Ok(false);
            }
        }
        if next.is_none() {
            return Ok(true);
        }
        after = next;
    }
}

fn read_after(value: &str) -> Result<PageToken, Refusal> {
    let wrong = |_| Refusal::ParameterInvalid { name: AFTER.to_owned(), expected: "as in the link of the page before" };
    value.parse().map(PageToken).map_err(wrong)
}
