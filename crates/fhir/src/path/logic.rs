//! What operators make of both their sides. Source: FHIRPath 2.0, "Operations".

use std::cmp::Ordering;
use std::collections::HashSet;

use super::error::Stop;
use super::evaluate::{Evaluation, Items};
use super::expression::Operator;
use super::place::{Item, Scalar};
use crate::{decimal, json};

impl<'d> Evaluation<'_, 'd, '_> {
    /// The answer of an operator; nothing where one side does not say enough.
    pub(super) fn compare(
        &mut self,
        operator: Operator,
        at: usize,
        left: &[Item<'d>],
        right: &[Item<'d>],
    ) -> Result<Option<bool>, Stop> {
        match operator {
            Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                Ok(connect(operator, self.truth(left, at)?, self.truth(right, at)?))
            }
            Operator::Equal => self.equal(left, right),
            Operator::NotEqual => Ok(self.equal(left, right)?.map(|equal| !equal)),
            Operator::Equivalent => self.equivalent(left, right).map(Some),
            Operator::NotEquivalent => self.equivalent(left, right).map(|equivalent| Some(!equivalent)),
            Operator::Less => Ok(self.order(left, right, at)?.map(Ordering::is_lt)),
            Operator::LessOrEqual => Ok(self.order(left, right, at)?.map(Ordering::is_le)),
            Operator::Greater => Ok(self.order(left, right, at)?.map(Ordering::is_gt)),
            Operator::GreaterOrEqual => Ok(self.order(left, right, at)?.map(Ordering::is_ge)),
            Operator::Union => Ok(None),
        }
    }

    fn equal(&mut self, left: &[Item<'d>], right: &[Item<'d>]) -> Result<Option<bool>, Stop> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        for (left, right) in left.iter().zip(right) {
            if !self.equal_items(*left, *right)? {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    fn equal_items(&mut self, left: Item<'d>, right: Item<'d>) -> Result<bool, Stop> {
        self.budget.spend(1)?;
        let tree = self.tree;
        match (left.scalar(tree), right.scalar(tree)) {
            (Some(Scalar::Text(left)), Some(Scalar::Text(right))) => {
                self.budget.spend_text(left)?;
                Ok(left == right)
            }
            (Some(Scalar::Number(left)), Some(Scalar::Number(right))) => {
                Ok(json::equal_numbers(left, right, self.budget)?)
            }
            (Some(Scalar::Boolean(left)), Some(Scalar::Boolean(right))) => Ok(left == right),
            (None, None) => match (left, right) {
                (Item::At(left), Item::At(right)) => match left.value.zip(right.value) {
                    Some((left, right)) => Ok(json::equal(tree.node(left), tree.node(right), self.budget)?),
                    None => Ok(false),
                },
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// Like equal, but nothing is like nothing, the order of items, capitals and white space mean nothing.
    fn equivalent(&mut self, left: &[Item<'d>], right: &[Item<'d>]) -> Result<bool, Stop> {
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut rest: Vec<Item<'d>> = right.to_vec();
        for item in left {
            let mut like = None;
            for (index, other) in rest.iter().enumerate() {
                if self.alike(*item, *other)? {
                    like = Some(index);
                    break;
                }
            }
            match like {
                Some(index) => _ = rest.swap_remove(index),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn alike(&mut self, left: Item<'d>, right: Item<'d>) -> Result<bool, Stop> {
        match (left.scalar(self.tree), right.scalar(self.tree)) {
            (Some(Scalar::Text(left)), Some(Scalar::Text(right))) => {
                self.budget.spend(1 + (left.len() + right.len()) / 8)?;
                Ok(plain(left) == plain(right))
            }
            _ => self.equal_items(left, right),
        }
    }

    fn order(&mut self, left: &[Item<'d>], right: &[Item<'d>], at: usize) -> Result<Option<Ordering>, Stop> {
        let Some((left, right)) = self.single(left, at)?.zip(self.single(right, at)?) else {
            return Ok(None);
        };
        match (left.scalar(self.tree), right.scalar(self.tree)) {
            (Some(Scalar::Text(left)), Some(Scalar::Text(right))) => {
                self.budget.spend_text(left)?;
                Ok(Some(left.cmp(right)))
            }
            (Some(Scalar::Number(left)), Some(Scalar::Number(right))) => {
                self.budget.spend_text(left)?;
                Ok(decimal::compare(left, right))
            }
            _ => Err(Stop::unfitting(at, "numbers are compared with numbers and texts with texts")),
        }
    }

    /// All that is on either side, each once.
    pub(super) fn union(&mut self, left: Items<'d>, right: Items<'d>) -> Result<Items<'d>, Stop> {
        self.budget.spend(left.len() + right.len())?;
        let mut seen = HashSet::new();
        let mut values: Items<'d> = Vec::new();
        let mut all: Items<'d> = Vec::new();
        for item in left.into_iter().chain(right) {
            let is_new = match item {
                Item::At(place) => seen.insert((place.value, place.beside)),
                Item::Boolean(_) | Item::Text(_) | Item::Number(_) => {
                    let mut is_new = true;
                    for value in &values {
                        is_new &= !self.equal_items(*value, item)?;
                    }
                    values.extend(is_new.then_some(item));
                    is_new
                }
            };
            all.extend(is_new.then_some(item));
        }
        Ok(all)
    }
}

/// Source: FHIRPath 2.0, "Boolean logic".
fn connect(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (operator, left, right) {
        (Operator::And, Some(false), _) | (Operator::And, _, Some(false)) => Some(false),
        (Operator::And, Some(true), Some(true)) => Some(true),
        (Operator::Or, Some(true), _) | (Operator::Or, _, Some(true)) => Some(true),
        (Operator::Or, Some(false), Some(false)) => Some(false),
        (Operator::Xor, Some(left), Some(right)) => Some(left != right),
        (Operator::Implies, Some(false), _) | (Operator::Implies, _, Some(true)) => Some(true),
        (Operator::Implies, Some(true), Some(false)) => Some(false),
        _ => None,
    }
}

fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
