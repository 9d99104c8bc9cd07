//! FHIRPath that leads to places in a tree: what a patch says of where it changes something.
//! Source: FHIRPath 2.0, as far as FHIR R4, "FHIRPath Patch", has a use for it.
//!
//! An expression yields [`Place`]s and not copies of what stands there, because a patch changes it. Choices go by their name
//! without the type (`value`), primitives have their `id` and `extension`, and the definitions say which is which.
//!
//! There are: names, a resource type at the start, `[0]`, `where`, `exists`, `empty`, `not`, `first`, `last`, `single`,
//! `tail`, `ofType`, `as`, `is`, `extension`, `startsWith`, `endsWith`, `contains`, `hasValue`, `$this`, text, numbers, `true`,
//! `false`, `{}`, `=`, `!=`, `~`, `!~`, `<`, `<=`, `>`, `>=`, `|`, `and`, `or`, `xor`, `implies` and parentheses. All else is
//! refused, with its column and what to say instead. Dates are compared as text.

mod error;
mod evaluate;
mod expression;
mod function;
mod lex;
mod logic;
mod member;
mod parse;
mod place;
mod token;

pub use error::{PathError, PathFault};
pub(crate) use member::unknown;
pub use place::{Held, Place};

use crate::budget::Budget;
use crate::definitions::Definitions;
use crate::tree::Tree;
use evaluate::Evaluation;
use expression::{Expression, Start, Step};

/// Bytes of an expression.
pub const LENGTH_MAX: usize = 4096;
/// Parentheses and arguments within each other.
pub const NESTING_MAX: usize = 16;
/// Operators in one expression.
pub const OPERATORS_MAX: usize = 64;
/// Steps of one evaluation: nodes looked at, and parts of the expression applied to them.
pub const STEPS_MAX: usize = 10_000_000;

/// An expression that was understood.
#[derive(Clone, Debug)]
pub struct Path {
    text: String,
    expression: Expression,
}

impl Path {
    /// Understands an expression, without a look at any document.
    ///
    /// # Errors
    /// Where it stops being an expression, has something that is not supported here, or is longer or deeper than the limits.
    ///
    /// ```
    /// use baton_fhir::path::Path;
    /// let error = Path::parse("Patient.name[$index]").unwrap_err();
    /// assert_eq!(error.column, 14);
    /// ```
    pub fn parse(text: &str) -> Result<Path, PathError> {
        parse::parse(text)
            .map(|expression| Path { text: text.to_owned(), expression })
            .map_err(|stop| stop.in_text(text))
    }

    /// The places in a document that this leads to, in document order as far as the expression keeps it.
    ///
    /// # Errors
    /// When the document's type is not defined, an element is not, an operator gets what it cannot use, the result is no place
    /// (such as `true`), or it takes more than [`STEPS_MAX`] steps.
    ///
    /// ```
    /// use baton_fhir::{definitions::{FhirVersion, definitions}, json, path::Path, reading::{ReadLimits, Reading}};
    /// let patient = br#"{"resourceType":"Patient","name":[{"use":"usual"},{"use":"official","family":"Doe"}]}"#;
    /// let tree = json::read(patient, Reading::Strict, &ReadLimits::default()).unwrap().tree;
    /// let path = Path::parse("Patient.name.where(use = 'official').family").unwrap();
    /// let places = path.places(&tree, definitions(FhirVersion::R4)).unwrap();
    /// assert_eq!(tree.node(places[0].value.unwrap()).path(), "Patient.name[1].family");
    /// ```
    pub fn places<'d>(&'d self, tree: &Tree, definitions: &'d Definitions) -> Result<Vec<Place<'d>>, PathError> {
        self.places_within(tree, definitions, &mut Budget::new(STEPS_MAX))
    }

    pub(crate) fn places_within<'d>(
        &'d self,
        tree: &Tree,
        definitions: &'d Definitions,
        budget: &mut Budget,
    ) -> Result<Vec<Place<'d>>, PathError> {
        let mut evaluation = Evaluation::new(tree, definitions, budget);
        evaluation.places(&self.expression).map_err(|stop| stop.in_text(&self.text))
    }

    /// For a path that ends with the name of an element: the places whose element it is, and the name. The element itself
    /// need not be there.
    pub(crate) fn owners_within<'d>(
        &'d self,
        tree: &Tree,
        definitions: &'d Definitions,
        budget: &mut Budget,
    ) -> Result<(Vec<Place<'d>>, &'d str), PathError> {
        let mut evaluation = Evaluation::new(tree, definitions, budget);
        let owners = match &self.expression {
            Expression::Chain { start: Start::Name { name, .. }, steps } if steps.is_empty() => {
                evaluation.root().map(|root| (vec![root], name.as_str()))
            }
            Expression::Chain { start, steps } => match steps.split_last() {
                Some((Step::Member { name, .. }, before)) => {
                    evaluation.places_of(start, before).map(|places| (places, name.as_str()))
                }
                _ => Err(error::Stop::no_list()),
            },
            Expression::Binary { .. } | Expression::Typed { .. } => Err(error::Stop::no_list()),
        };
        owners.map_err(|stop| stop.in_text(&self.text))
    }
}

#[cfg(test)]
mod tests;
