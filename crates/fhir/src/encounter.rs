//! An encounter, as far as it matters which one is meant. Source: FHIR R4, Encounter, `status`.

use crate::tree::Node;

/// Whether an Encounter took place, takes place or will: it was neither cancelled nor made by mistake.
#[must_use]
pub fn takes_place(encounter: Node<'_>) -> bool {
    !matches!(encounter.str("status"), Some("cancelled" | "entered-in-error"))
}

#[cfg(test)]
mod tests {
    use super::takes_place;
    use crate::{
        json,
        reading::{ReadLimits, Reading},
    };

    #[test]
    fn what_was_cancelled_or_made_by_mistake_takes_no_place() {
        let limits = ReadLimits { depth_max: 16, nodes_max: 100 };
        for (status, expected) in
            [("planned", true), ("finished", true), ("cancelled", false), ("entered-in-error", false)]
        {
            let text = format!(r#"{{"resourceType":"Encounter","status":"{status}"}}"#);
            let read = json::read(text.as_bytes(), Reading::Strict, &limits).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(takes_place(read.tree.root()), expected, "{status}");
        }
    }
}
