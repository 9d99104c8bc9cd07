//! Follows an expression through a document.

use super::error::{Stop, shown};
use super::expression::{Expression, Operator, Start, Step, TypeQuestion};
use super::place::{Item, Place, Scalar};
use crate::budget::Budget;
use crate::definitions::Definitions;
use crate::tree::{Kind, Tree};

/// What is followed, through what, and how far still.
pub(super) struct Evaluation<'t, 'd, 'b> {
    pub(super) tree: &'t Tree,
    pub(super) definitions: &'d Definitions,
    pub(super) budget: &'b mut Budget,
}

pub(super) type Items<'d> = Vec<Item<'d>>;

impl<'t, 'd, 'b> Evaluation<'t, 'd, 'b> {
    pub(super) fn new(tree: &'t Tree, definitions: &'d Definitions, budget: &'b mut Budget) -> Evaluation<'t, 'd, 'b> {
        Evaluation { tree, definitions, budget }
    }

    /// The document as a whole.
    pub(super) fn root(&self) -> Result<Place<'d>, Stop> {
        let root = self.tree.root();
        let of = root.resource_type().filter(|_| root.kind() == Kind::Object);
        match of.and_then(|name| self.definitions.resource(name)) {
            Some(of) => Ok(Place { of, value: Some(root.id()), beside: None, held: None }),
            None => Err(Stop::unfitting(0, "the document is no resource of this FHIR version")),
        }
    }

    pub(super) fn places(&mut self, expression: &'d Expression) -> Result<Vec<Place<'d>>, Stop> {
        let root = Item::At(self.root()?);
        only_places(self.evaluate(expression, root)?)
    }

    /// Where a part of a chain leads to.
    pub(super) fn places_of(&mut self, start: &'d Start, steps: &'d [Step]) -> Result<Vec<Place<'d>>, Stop> {
        let root = Item::At(self.root()?);
        only_places(self.chain(start, steps, root)?)
    }

    /// What an expression yields where `this` is at hand. Recursion is bounded by the limits of the parser.
    pub(super) fn evaluate(&mut self, expression: &'d Expression, this: Item<'d>) -> Result<Items<'d>, Stop> {
        self.budget.spend(1)?;
        match expression {
            Expression::Chain { start, steps } => self.chain(start, steps, this),
            Expression::Binary { operator: Operator::Union, left, right, .. } => {
                let (left, right) = (self.evaluate(left, this)?, self.evaluate(right, this)?);
                self.union(left, right)
            }
            Expression::Binary { operator, at, left, right } => {
                let (left, right) = (self.evaluate(left, this)?, self.evaluate(right, this)?);
                let answer = self.compare(*operator, *at, &left, &right)?;
                Ok(answer.map(Item::Boolean).into_iter().collect())
            }
            Expression::Typed { question, left, of } => {
                let items = self.evaluate(left, this)?;
                match question {
                    TypeQuestion::Is => self.is_type(&items, of),
                    TypeQuestion::As => self.as_type(&items, of),
                }
            }
        }
    }

    fn chain(&mut self, start: &'d Start, steps: &'d [Step], this: Item<'d>) -> Result<Items<'d>, Stop> {
        let mut items = match start {
            Start::This => vec![this],
            Start::Name { name, at } => self.name(name, *at, this)?,
            Start::Text(text) => vec![Item::Text(text)],
            Start::Number(text) => vec![Item::Number(text)],
            Start::Boolean(value) => vec![Item::Boolean(*value)],
            Start::Nothing => Vec::new(),
            Start::Group(inner) => self.evaluate(inner, this)?,
        };
        for step in steps {
            self.budget.spend(1 + items.len())?;
            items = match step {
                Step::Member { name, at } => self.member(&items, name, *at)?,
                Step::Index(index) => items.get(*index).copied().into_iter().collect(),
                Step::Call { function, at } => self.call(function, *at, items)?,
            };
        }
        Ok(items)
    }

    /// The first name of a chain: the type of what is at hand, or one of its elements.
    fn name(&mut self, name: &'d str, at: usize, this: Item<'d>) -> Result<Items<'d>, Stop> {
        if let Item::At(place) = this {
            if self.is_a(place.of, name) {
                return Ok(vec![this]);
            }
            if self.definitions.resource(name).is_some() {
                let words =
                    format!("the path begins with {}, and the resource is of type {}", shown(name), place.of.name);
                return Err(Stop::unfitting(at, words));
            }
        }
        self.member(&[this], name, at)
    }

    /// The one item that there may be.
    pub(super) fn single(&self, items: &[Item<'d>], at: usize) -> Result<Option<Item<'d>>, Stop> {
        match items {
            [] => Ok(None),
            [item] => Ok(Some(*item)),
            _ => Err(Stop::unfitting(at, format!("one value was expected here, and there are {}", items.len()))),
        }
    }

    /// What stands for true and false: nothing for nothing, true for any one thing that is not false.
    pub(super) fn truth(&self, items: &[Item<'d>], at: usize) -> Result<Option<bool>, Stop> {
        let item = self.single(items, at)?;
        Ok(item.map(|item| !matches!(item.scalar(self.tree), Some(Scalar::Boolean(false)))))
    }
}

fn only_places(items: Items<'_>) -> Result<Vec<Place<'_>>, Stop> {
    let place = |item| match item {
        Item::At(place) => Ok(place),
        Item::Boolean(_) | Item::Text(_) | Item::Number(_) => {
            Err(Stop::unfitting(0, "the path yields a value and no place in the resource"))
        }
    };
    items.into_iter().map(place).collect()
}
