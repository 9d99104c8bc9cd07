//! What the audit keeps of a search: its shape always, and the query itself only sealed to the key of an officer.
//! Why: docs/decisions/0047.

mod key;
mod seal;

use std::borrow::Cow;

use baton_exchange::{
    audit::{AuditRecord, Query},
    id::{ExchangeId, MessageId},
    refusal::Refusal,
};
use baton_fhir::{
    definitions::Definitions,
    search_shape::{SearchWay, shape},
};

use crate::{config::Audit, failure::Failure, http::dispatch::Asked, http::query::Parameters};

pub use key::{KeyFault, OfficerKey, OpeningKey};
pub use seal::{NotOpened, Opened, QUERY_BYTES_MAX};

/// What is kept of queries.
#[derive(Clone, Debug)]
pub struct Queries {
    /// To whom they are sealed; without, only their shapes are kept.
    officer: Option<OfficerKey>,
}

/// A search that was asked for.
pub struct Searched<'s> {
    /// How it came.
    pub way: SearchWay,
    /// Of which type; any text.
    pub resource_type: &'s str,
    /// The types that there are.
    pub definitions: &'s Definitions,
    /// What was asked.
    pub asked: &'s Asked<'s>,
}

impl Queries {
    /// As it is configured.
    #[must_use]
    pub fn of(audit: &Audit) -> Queries {
        Queries { officer: audit.officer().cloned() }
    }

    /// A search that cannot be kept whole shows nothing: else somebody could hide what is asked behind what is not kept.
    ///
    /// # Errors
    /// [`Refusal::ParameterInvalid`]
    pub fn must_be_kept(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        if self.officer.is_none() || raw(asked).len() <= QUERY_BYTES_MAX {
            return Ok(());
        }
        Err(Refusal::ParameterInvalid {
            name: "_search".to_owned(),
            expected: "at most 16 KiB with all its parameters",
        })
    }

    /// What the line of a search keeps of it.
    ///
    /// # Errors
    /// [`Failure::Bug`] when it cannot be sealed.
    pub fn kept(&self, line: &AuditRecord, searched: &Searched<'_>) -> Result<Query, Failure> {
        let Searched { way, resource_type, definitions, asked } = searched;
        let form = asked.form.get().map(|form| Parameters::parse(form)).unwrap_or_default();
        let parameters: Vec<(&str, &str)> = asked.query.iter().chain(form.iter()).collect();
        let shape = shape(*way, resource_type, &parameters, |name| definitions.resource(name).is_some());
        let sealed = match &self.officer {
            Some(officer) => Some(seal::seal(officer, &bound_to(&line.exchange, line.message), &raw(asked))?),
            None => None,
        };
        Ok(Query { shape, sealed })
    }
}

/// A sealed query opens in its own line alone.
#[must_use]
pub fn bound_to(exchange: &ExchangeId, message: MessageId) -> Vec<u8> {
    [&message.0[..], exchange.as_str().as_bytes()].concat()
}

/// The request as it came: method and address, and behind an empty line what was sent as a form.
fn raw(asked: &Asked<'_>) -> String {
    let (method, uri) = (&asked.head.method, &asked.head.uri);
    match asked.form.get().map(|form| String::from_utf8_lossy(form)) {
        None | Some(Cow::Borrowed("")) => format!("{method} {uri}"),
        Some(form) => format!("{method} {uri}\n\n{form}"),
    }
}
