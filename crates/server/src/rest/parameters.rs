//! Parameters of a search as a question to the store.

use baton_dialects::Dialect;
use baton_exchange::{refusal::Refusal, resource::IndexKey};
use baton_fhir::search::{Token, alternatives, local_id, token};
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
    let base = sight.mount.base.as_str();
    let is_worked_on = match sight.mount.dialect {
        Dialect::Netsmart => false,
        Dialect::Ontario => true,
    };
    let keys = match (name, resource_type) {
        ("identifier", _) => each(name, "system|value, |value or value", value, identifier_key)?,
        ("subject" | "patient", _) => each(name, "the id of a Patient here, or Patient/{id}", value, |text| {
            local_id(text, "Patient", base).map(|id| IndexKey::patient(&id))
        })?,
        ("based-on", "Task" | "Appointment" | "Communication") if is_worked_on => {
            each(name, "the id of a ServiceRequest here, or ServiceRequest/{id}", value, |text| {
                local_id(text, "ServiceRequest", base).map(|id| IndexKey::based_on(&id))
            })?
        }
        ("status", "Task" | "Appointment") if is_worked_on => {
            each(name, "a code without its system", value, status_key)?
        }
        _ => return Ok(None),
    };
    Ok(Some(keys.into_iter().map(|key| sight.mount.blinded(key)).collect()))
}

/// The keys of all alternatives of a value; there is at least one.
fn each(
    name: &str,
    expected: &'static str,
    value: &str,
    key: impl Fn(&str) -> Option<IndexKey>,
) -> Result<Vec<IndexKey>, Refusal> {
    let keys: Option<Vec<IndexKey>> = alternatives(value).into_iter().map(key).collect();
    let keys = keys.filter(|keys| !keys.is_empty());
    keys.ok_or_else(|| Refusal::ParameterInvalid { name: name.to_owned(), expected })
}

fn identifier_key(text: &str) -> Option<IndexKey> {
    token(text).map(|token| match token {
        Token::Anywhere(value) => IndexKey::identifier_value(&value),
        Token::InSystem(system, value) => IndexKey::identifier(&system, &value),
    })
}

fn status_key(text: &str) -> Option<IndexKey> {
    match token(text)? {
        Token::Anywhere(code) => Some(IndexKey::status(&code)),
        Token::InSystem(..) => None,
    }
}

#[cfg(test)]
mod tests;
