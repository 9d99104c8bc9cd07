//! What a document says, without regard to how it is laid out: white space and the order of members mean nothing.

use sha2::{Digest, Sha256};

use crate::tree::{Kind, Node};

/// SHA-256 over a canonical form. Two documents have the same hash when they differ in white space, escapes and the order
/// of members only; the order of items and the text of numbers count.
#[must_use]
pub fn content_hash(node: Node<'_>) -> [u8; 32] {
    let mut form = Vec::with_capacity(node.tree().source().len());
    frame(node, &mut form);
    Sha256::digest(&form).into()
}

/// Writes a node with its kind and the length of its text in front, so that no two contents look alike.
fn frame(node: Node<'_>, form: &mut Vec<u8>) {
    match node.kind() {
        Kind::Null => form.push(b'0'),
        Kind::String => frame_text(b's', node.text(), form),
        Kind::Number => frame_text(b'n', node.text(), form),
        Kind::Boolean => frame_text(b'b', node.text(), form),
        Kind::Array => {
            form.push(b'[');
            for item in node.children() {
                frame(item, form);
            }
            form.push(b']');
        }
        Kind::Object => {
            form.push(b'{');
            let mut members: Vec<Node<'_>> = node.children().collect();
            members.sort_unstable_by_key(|member| member.name());
            for member in members {
                frame_text(b'k', member.name(), form);
                frame(member, form);
            }
            form.push(b'}');
        }
    }
}

fn frame_text(kind: u8, text: Option<&str>, form: &mut Vec<u8>) {
    let text = text.unwrap_or_default();
    form.push(kind);
    form.extend_from_slice(&(text.len() as u64).to_be_bytes());
    form.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::content_hash;
    use crate::{
        json,
        reading::{ReadLimits, Reading},
    };

    fn hash(members: &str) -> [u8; 32] {
        let text = format!(r#"{{"resourceType":"Basic",{members}}}"#);
        let read = json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("it is JSON");
        content_hash(read.tree.root())
    }

    #[test]
    fn layout_escapes_and_the_order_of_members_mean_nothing() {
        assert_eq!(hash(r#""a":{"b":1,"c":"x/y"}"#), hash(r#" "a" : { "c":"x\/y", "b":1 }"#));
    }

    #[test]
    fn the_order_of_items_counts() {
        assert_ne!(hash(r#""a":[1,2]"#), hash(r#""a":[2,1]"#));
    }

    #[test]
    fn the_text_of_numbers_counts() {
        assert_ne!(hash(r#""a":1.0"#), hash(r#""a":1.00"#));
    }

    #[test]
    fn a_number_is_no_string_and_nesting_counts() {
        assert_ne!(hash(r#""a":"1""#), hash(r#""a":1"#));
        assert_ne!(hash(r#""a":[[1],2]"#), hash(r#""a":[[1,2]]"#));
    }
}
