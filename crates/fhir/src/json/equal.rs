//! Whether two JSON values are the same value. Source: RFC 6902, section 4.6.

use std::cmp::Ordering;

use crate::budget::{Budget, Exhausted};
use crate::decimal;
use crate::tree::{Kind, Node};

/// Compares two values: the order of members means nothing, numbers are compared by value.
pub(crate) fn equal(left: Node<'_>, right: Node<'_>, budget: &mut Budget) -> Result<bool, Exhausted> {
    budget.spend(1)?;
    if left.kind() != right.kind() {
        return Ok(false);
    }
    match left.kind() {
        Kind::Null => Ok(true),
        Kind::String | Kind::Boolean => Ok(left.text() == right.text()),
        Kind::Number => equal_numbers(left.text().unwrap_or_default(), right.text().unwrap_or_default(), budget),
        Kind::Array => equal_children(left.children(), right.children(), budget),
        Kind::Object => {
            let (left, right) = (sorted(left, budget)?, sorted(right, budget)?);
            equal_children(left.into_iter(), right.into_iter(), budget)
        }
    }
}

/// Numbers that have no value of use, such as `1e99999999999999999999`, are equal when they are written alike.
pub(crate) fn equal_numbers(left: &str, right: &str, budget: &mut Budget) -> Result<bool, Exhausted> {
    budget.spend_text(left)?;
    budget.spend_text(right)?;
    Ok(match decimal::compare(left, right) {
        Some(order) => order == Ordering::Equal,
        None => left == right,
    })
}

fn sorted<'t>(object: Node<'t>, budget: &mut Budget) -> Result<Vec<Node<'t>>, Exhausted> {
    let mut members: Vec<Node<'t>> = object.children().collect();
    budget.spend(members.len())?;
    members.sort_unstable_by_key(|member| member.name());
    Ok(members)
}

fn equal_children<'t>(
    mut left: impl Iterator<Item = Node<'t>>,
    mut right: impl Iterator<Item = Node<'t>>,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ok(true),
            (Some(left), Some(right)) if left.name() == right.name() && equal(left, right, budget)? => {}
            _ => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, equal};
    use crate::{json::read_value, reading::ReadLimits, tree::Tree};

    fn value(text: &str) -> Tree {
        read_value(text.as_bytes(), &ReadLimits::default()).expect("the test wrote JSON")
    }

    fn check(left: &str, right: &str, expected: bool) {
        let (a, b) = (value(left), value(right));
        for (left, right) in [(a.root(), b.root()), (b.root(), a.root())] {
            assert_eq!(equal(left, right, &mut Budget::new(100)), Ok(expected), "{left:?} {right:?}");
        }
    }

    #[test]
    fn order_of_members_and_spelling_of_numbers_mean_nothing() {
        check(r#"{"a":1,"b":[true,null,"x"]}"#, r#"{"b":[true,null,"\u0078"],"a":1.0}"#, true);
    }

    #[test]
    fn kinds_items_members_and_their_order_count() {
        check("1", "\"1\"", false);
        check("[1,2]", "[2,1]", false);
        check("[1,2]", "[1]", false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":1}"#, false);
        check(r#"{"a":1}"#, r#"{"b":1}"#, false);
        check("true", "false", false);
        check("1e99999999999999999999", "1e99999999999999999998", false);
    }
}
