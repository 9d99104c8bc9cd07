//! The question of the command line as the store is asked.

use std::{convert::Infallible, io::stdin, str::FromStr};

use baton_dialects::nrl::{Locator, Subject};
use baton_exchange::{
    audit::{TrailPatient, TrailQuestion},
    id::MessageId,
    pointer::{Bucket, Ods},
};

use super::{Looked, When};

/// A number as it was given, right or wrong. It is a person's, so it is never printed.
#[derive(Clone)]
pub struct Number(String);

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Number(…)")
    }
}

impl FromStr for Number {
    type Err = Infallible;

    /// Takes anything: what the command line refuses it prints.
    fn from_str(text: &str) -> Result<Number, Infallible> {
        Ok(Number(text.to_owned()))
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Of the store.
    pub question: TrailQuestion,
    /// Only the line of this message.
    pub message: Option<MessageId>,
}

/// Why a question makes no sense. The number of a patient is in none of them.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The number does not check.
    #[error("--patient is no NHS number: it has ten digits, of which the last one checks the others")]
    Number,
    /// Standard input cannot be read.
    #[error("cannot read the number of the patient from standard input")]
    Input(#[source] std::io::Error),
    /// Nothing can be between these.
    #[error("--from is not before --until")]
    Never,
}

impl Asked {
    /// What the command line asks of a locator.
    ///
    /// # Errors
    /// [`QuestionError`]
    pub fn of(locator: &Locator, args: &Looked) -> Result<Asked, QuestionError> {
        let patient = args.patient.as_ref().map(|number| patient(locator, number)).transpose()?;
        let (from, until) = (args.from.map(When::begin), args.until.map(When::end));
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(QuestionError::Never);
        }
        let question = TrailQuestion {
            exchange: locator.exchange.clone(),
            patient,
            owner: args.owner.clone(),
            record_type: args.record_type.clone(),
            from,
            until,
        };
        Ok(Asked { question, message: args.message })
    }
}

fn patient(locator: &Locator, number: &Number) -> Result<TrailPatient, QuestionError> {
    let mut typed = number.0.clone();
    if typed == "-" {
        typed.clear();
        stdin().read_line(&mut typed).map_err(QuestionError::Input)?;
    }
    // people write it in groups
    typed.retain(|char| !char.is_whitespace() && char != '-');
    let subject = Subject::of_number(&typed).ok_or(QuestionError::Number)?.key();
    Ok(TrailPatient { home: Bucket::of(subject).home(&locator.exchange), subject })
}

/// Reads the code of an organisation.
pub(super) fn ods(text: &str) -> Result<Ods, String> {
    Ods::parse(text).ok_or_else(|| "the code of an organisation has 1 to 12 letters and digits".to_owned())
}

/// Reads the id of a message.
pub(super) fn message(text: &str) -> Result<MessageId, String> {
    let uuid = uuid::Uuid::parse_str(text).map_err(|_| "a message has a UUID, as in details.text of an answer")?;
    Ok(MessageId(uuid.into_bytes()))
}
