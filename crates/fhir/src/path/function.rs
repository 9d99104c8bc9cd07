//! What functions make of what was found so far. Source: FHIRPath 2.0, "Functions"; FHIR R4, "FHIRPath", `extension`.

use super::error::{Stop, shown};
use super::evaluate::{Evaluation, Items};
use super::expression::{Expression, Function, TextQuestion, TypeName};
use super::place::{Item, Scalar};
use crate::definitions::Type;
use crate::tree::Node;

/// Types and those that are special kinds of them. Source: FHIR R4, "Data Types".
const KINDS: &[(&str, &[&str])] = &[
    ("string", &["code", "id", "markdown"]),
    ("uri", &["url", "canonical", "uuid", "oid"]),
    ("integer", &["positiveInt", "unsignedInt"]),
    ("Quantity", &["Age", "Count", "Distance", "Duration"]),
];

/// Resources without text, extensions and contained resources.
const NO_DOMAIN_RESOURCES: &[&str] = &["Bundle", "Binary", "Parameters"];

impl<'d> Evaluation<'_, 'd, '_> {
    pub(super) fn call(&mut self, function: &'d Function, at: usize, items: Items<'d>) -> Result<Items<'d>, Stop> {
        Ok(match function {
            Function::Where(criteria) => self.filter(items, criteria, at)?,
            Function::Exists(None) => boolean(!items.is_empty()),
            Function::Exists(Some(criteria)) => boolean(!self.filter(items, criteria, at)?.is_empty()),
            Function::Empty => boolean(items.is_empty()),
            Function::Not => self.truth(&items, at)?.into_iter().map(|truth| Item::Boolean(!truth)).collect(),
            Function::First => items.into_iter().take(1).collect(),
            Function::Last => items.last().copied().into_iter().collect(),
            Function::Single => self.single(&items, at)?.into_iter().collect(),
            Function::Tail => items.into_iter().skip(1).collect(),
            Function::HasValue => boolean(matches!(items[..], [item] if item.scalar(self.tree).is_some())),
            Function::OfType(of) => self.of_type(items, of)?,
            Function::As(of) => self.as_type(&items, of)?,
            Function::Is(of) => self.is_type(&items, of)?,
            Function::Extension(url) => self.extension(&items, url)?,
            Function::Text(question, argument) => self.ask_text(*question, &items, argument, at)?,
        })
    }

    fn filter(&mut self, items: Items<'d>, criteria: &'d Expression, at: usize) -> Result<Items<'d>, Stop> {
        let mut kept = Vec::new();
        for item in items {
            let answer = self.evaluate(criteria, item)?;
            if self.truth(&answer, at)? == Some(true) {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    /// What is of just that type; `is` would also take special kinds of it, such as codes for strings.
    fn of_type(&mut self, items: Items<'d>, of: &TypeName) -> Result<Items<'d>, Stop> {
        self.known(of)?;
        let fits = |item: &Item<'d>| match item {
            Item::At(place) => place.of.name == of.name || place.of.is_resource() && self.is_a(place.of, &of.name),
            Item::Boolean(_) | Item::Text(_) | Item::Number(_) => false,
        };
        Ok(items.into_iter().filter(fits).collect())
    }

    /// Like `ofType`, for one value at most.
    pub(super) fn as_type(&mut self, items: &[Item<'d>], of: &TypeName) -> Result<Items<'d>, Stop> {
        let item = self.single(items, of.at)?;
        self.of_type(item.into_iter().collect(), of)
    }

    pub(super) fn is_type(&mut self, items: &[Item<'d>], of: &TypeName) -> Result<Items<'d>, Stop> {
        self.known(of)?;
        let fits = |item| matches!(item, Item::At(place) if self.is_a(place.of, &of.name));
        Ok(self.single(items, of.at)?.map(|item| Item::Boolean(fits(item))).into_iter().collect())
    }

    fn known(&self, of: &TypeName) -> Result<(), Stop> {
        match self.definitions.type_named(&of.name) {
            Some(_) => Ok(()),
            None => {
                let version = self.definitions.version().as_str();
                Err(Stop::unfitting(of.at, format!("there is no type {} in FHIR {version}", shown(&of.name))))
            }
        }
    }

    /// Whether a type is of that name or a special kind of one.
    pub(super) fn is_a(&self, of: &Type, name: &str) -> bool {
        let has_kind = |(general, kinds): &(&str, &[&str])| *general == name && kinds.contains(&of.name);
        match name {
            "Resource" => of.is_resource(),
            "DomainResource" => of.is_resource() && !NO_DOMAIN_RESOURCES.contains(&of.name),
            _ => of.name == name || KINDS.iter().any(has_kind),
        }
    }

    fn extension(&mut self, items: &[Item<'d>], url: &str) -> Result<Items<'d>, Stop> {
        let mut extensions = Vec::new();
        for item in items {
            if let Item::At(place) = item {
                self.elements(place, "extension", &mut extensions)?;
            }
        }
        let tree = self.tree;
        let has_url = |node: Node<'_>| node.str("url") == Some(url);
        let fits = |item: &Item<'_>| match item {
            Item::At(place) => place.value.map(|id| tree.node(id)).is_some_and(has_url),
            Item::Boolean(_) | Item::Text(_) | Item::Number(_) => false,
        };
        Ok(extensions.into_iter().filter(fits).collect())
    }

    fn ask_text(
        &mut self,
        question: TextQuestion,
        items: &[Item<'d>],
        part: &str,
        at: usize,
    ) -> Result<Items<'d>, Stop> {
        let Some(item) = self.single(items, at)? else {
            return Ok(Vec::new());
        };
        let Some(Scalar::Text(text)) = item.scalar(self.tree) else {
            return Err(Stop::unfitting(at, "this function is asked of a text"));
        };
        self.budget.spend_text(text)?;
        Ok(boolean(match question {
            TextQuestion::StartsWith => text.starts_with(part),
            TextQuestion::EndsWith => text.ends_with(part),
            TextQuestion::Contains => text.contains(part),
        }))
    }
}

fn boolean<'d>(value: bool) -> Items<'d> {
    vec![Item::Boolean(value)]
}
