//! Parameters of a search as a question to the store.

use baton_exchange::{
    refusal::Refusal,
    resource::IndexKey,
    search::{Parameter, References},
};
use baton_fhir::search::alternatives;
use baton_store::SearchQuestion;

use super::{
    Sight,
    cursor::{self, Cursor},
};
use crate::http::query::Parameters;

/// How many entries a page has when nobody says. Source: Netsmart, general search rules.
pub(super) const COUNT_DEFAULT: u32 = 100;
/// How many it has at most.
pub(crate) const COUNT_MAX: u32 = 500;
/// How many values a search may compare with in all.
pub(crate) const VALUES_MAX: usize = 200;

/// A search as it was asked for.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) question: SearchQuestion,
    /// How many entries a page has; 0 asks for the number alone.
    pub(super) count: u32,
    /// Where the last page ended.
    pub(super) after: Option<baton_store::PageToken>,
    /// What may be repeated in the link `self`: never what could be personal.
    pub(super) echo: Vec<(&'static str, String)>,
}

/// Reads the parameters of a search. `lenient` passes over what is not known; otherwise it is refused, because an
/// answer without a filter that was asked for is a wrong answer.
///
/// # Errors
/// [`Refusal::ParameterInvalid`], [`Refusal::ParameterUnsupported`].
pub(super) fn search(
    sight: &Sight<'_>,
    resource_type: &str,
    parameters: &Parameters,
    lenient: bool,
) -> Result<Search, Refusal> {
    let question = SearchQuestion {
        home: sight.home,
        resource_type: resource_type.to_owned(),
        ids: None,
        keys: Vec::new(),
        seen_by: sight.seen_by.clone(),
        within: Vec::new(),
    };
    let mut search = Search { question, count: COUNT_DEFAULT, after: None, echo: Vec::new() };
    for (name, value) in parameters.iter() {
        match name {
            "_id" => {
                let ids: Vec<String> = alternatives(value).into_iter().map(str::to_owned).collect();
                search.echo.push(("_id", value.to_owned()));
                search.question.ids = Some(both(search.question.ids.take(), ids));
            }
            "_count" => {
                search.count = count(value)?;
                search.echo.push(("_count", search.count.to_string()));
            }
            "_summary" if value == "count" => {
                search.count = 0;
                search.echo.push(("_summary", "count".to_owned()));
            }
            cursor::NAME => {
                let Cursor { count, after, ids, keys } = Cursor::read(value)?;
                (search.count, search.after) = (count, Some(after));
                search.question.ids = ids.or(search.question.ids);
                search.question.keys.extend(keys);
            }
            "_format" | "_pretty" | "_total" => {}
            "_summary" if value == "false" => {}
            _ => match keys(sight, resource_type, name, value)? {
                Some(keys) => search.question.keys.push(keys),
                None if lenient => {}
                None => return Err(Refusal::ParameterUnsupported { name: name.to_owned() }),
            },
        }
    }
    let values = search.question.keys.iter().map(Vec::len).sum::<usize>()
        + search.question.ids.iter().map(Vec::len).sum::<usize>();
    if values > VALUES_MAX {
        return Err(Refusal::ParameterInvalid {
            name: "identifier".to_owned(),
            expected: "among at most 200 values in all",
        });
    }
    Ok(search)
}

/// A parameter that is repeated narrows the search.
fn both(earlier: Option<Vec<String>>, ids: Vec<String>) -> Vec<String> {
    match earlier {
        Some(earlier) => earlier.into_iter().filter(|id| ids.contains(id)).collect(),
        None => ids,
    }
}

/// A number of entries, at most [`COUNT_MAX`].
///
/// # Errors
/// [`Refusal::ParameterInvalid`] when it is no whole number from 0.
pub(super) fn count(value: &str) -> Result<u32, Refusal> {
    let wrong = |_| Refusal::ParameterInvalid { name: "_count".to_owned(), expected: "a whole number from 0" };
    // a number that is too large for the type is large all the same
    value.parse::<u128>().map_err(wrong).map(|count| u32::try_from(count).unwrap_or(COUNT_MAX).min(COUNT_MAX))
}

/// The keys that a parameter compares with, as the index has them; nothing for one that is not known.
fn keys(sight: &Sight<'_>, resource_type: &str, name: &str, value: &str) -> Result<Option<Vec<IndexKey>>, Refusal> {
    let is_worked_on = sight.mount.references() == References::Ours;
    let parameter = match name {
        // whatever the type: one without them finds nothing
        "identifier" => Some(Parameter::Identifier),
        "subject" | "patient" => Some(Parameter::Patient),
        "based-on" if !is_worked_on => None,
        _ => Parameter::of(resource_type, name),
    };
    let Some(parameter) = parameter else { return Ok(None) };
    let keys = parameter.keys(value, Some(&sight.mount.base));
    let invalid = || Refusal::ParameterInvalid { name: name.to_owned(), expected: parameter.expected() };
    Ok(Some(keys.ok_or_else(invalid)?.into_iter().map(|key| sight.mount.blinded(key)).collect()))
}

#[cfg(test)]
mod tests;
