//! Writes a tree as JSON: text as it was kept, escapes only where JSON demands them.

use crate::tree::{Kind, Node};

/// Writes a node and all below it without white space.
pub fn write(node: Node<'_>, out: &mut Vec<u8>) {
    write_node(node, None, out);
}

/// Writes a node and all below it with two spaces per level, for people.
pub fn write_pretty(node: Node<'_>, out: &mut Vec<u8>) {
    write_node(node, Some(0), out);
    out.push(b'\n');
}

/// `level` is the depth for indentation; nothing means no white space. The depth is bounded by the readers.
fn write_node(node: Node<'_>, level: Option<usize>, out: &mut Vec<u8>) {
    match node.kind() {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Number | Kind::Boolean => out.extend_from_slice(node.text().unwrap_or_default().as_bytes()),
        Kind::String => write_string(node.text().unwrap_or_default(), out),
        Kind::Object => write_children(node, level, b'{', b'}', out),
        Kind::Array => write_children(node, level, b'[', b']', out),
    }
}

fn write_children(node: Node<'_>, level: Option<usize>, open: u8, close: u8, out: &mut Vec<u8>) {
    out.push(open);
    let inner = level.map(|level| level + 1);
    let mut is_empty = true;
    for child in node.children() {
        if !is_empty {
            out.push(b',');
        }
        is_empty = false;
        new_line(inner, out);
        if let Some(name) = child.name() {
            write_string(name, out);
            out.push(b':');
            if level.is_some() {
                out.push(b' ');
            }
        }
        write_node(child, inner, out);
    }
    if !is_empty {
        new_line(level, out);
    }
    out.push(close);
}

fn new_line(level: Option<usize>, out: &mut Vec<u8>) {
    if let Some(level) = level {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', level * 2));
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[written..at]);
        written = at + 1;
        write_escape(*byte, out);
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}
