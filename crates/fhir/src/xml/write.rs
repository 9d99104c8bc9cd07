//! Writes a tree as FHIR XML: elements in the order of the definitions, values as attributes.

use quick_xml::escape::resolve_html5_entity;

use super::FHIR;
use crate::{
    definitions::{Definitions, Primitive, Type, TypeKind, TypeRef},
    tree::{Kind, Node},
};

/// Writes a resource as a document of its own. Members that the definitions do not know are left out: checking a
/// document finds them before.
pub fn write(resource: Node<'_>, definitions: &Definitions, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    Writer { definitions, out }.resource(resource, true);
}

struct Writer<'w> {
    definitions: &'w Definitions,
    out: &'w mut Vec<u8>,
}

/// A member of an object with what its name stands for; `extra` is the member with the underscore.
struct Member<'d, 't> {
    index: usize,
    many: bool,
    is_attribute: bool,
    type_ref: &'d TypeRef,
    value: Option<Node<'t>>,
    extra: Option<Node<'t>>,
}

impl<'w> Writer<'w> {
    fn resource(&mut self, resource: Node<'_>, is_root: bool) {
        let Some(of) = resource.resource_type().and_then(|name| self.definitions.resource(name)) else {
            return;
        };
        self.out.push(b'<');
        self.text(of.name);
        if is_root {
            self.attribute("xmlns", FHIR);
        }
        self.content(of.name, of, resource);
    }

    /// After a start tag's name: attributes, children, end tag.
    fn content(&mut self, name: &str, of: &Type, object: Node<'_>) {
        let members = members(of, object);
        for member in members.iter().filter(|member| member.is_attribute) {
            if let Some(text) = member.value.and_then(Node::text) {
                self.attribute(member.type_ref.json_name, text);
            }
        }
        if members.iter().all(|member| member.is_attribute) {
            self.text("/>");
            return;
        }
        self.out.push(b'>');
        for member in members.iter().filter(|member| !member.is_attribute) {
            self.member(member);
        }
        self.end(name);
    }

    fn member(&mut self, member: &Member<'_, '_>) {
        if !member.many {
            return self.element(member.type_ref, member.value, member.extra);
        }
        let mut values = member.value.into_iter().flat_map(Node::items);
        let mut extras = member.extra.into_iter().flat_map(Node::items);
        loop {
            match (values.next(), extras.next()) {
                (None, None) => return,
                (value, extra) => self.element(member.type_ref, value, extra),
            }
        }
    }

    fn element(&mut self, type_ref: &TypeRef, value: Option<Node<'_>>, extra: Option<Node<'_>>) {
        let definitions = self.definitions;
        let of = definitions.type_at(type_ref.id);
        let name = type_ref.json_name;
        match of.kind {
            TypeKind::Primitive(Primitive::Xhtml) => self.narrative(value.and_then(Node::as_str).unwrap_or_default()),
            TypeKind::Primitive(_) => self.primitive(name, of, value.and_then(Node::text), extra),
            TypeKind::Resource | TypeKind::AnyResource => {
                if let Some(value) = value {
                    self.start(name);
                    self.resource(value, false);
                    self.end(name);
                }
            }
            TypeKind::Complex | TypeKind::Nested => {
                if let Some(value) = value.filter(|value| value.kind() == Kind::Object) {
                    self.out.push(b'<');
                    self.text(name);
                    self.content(name, of, value);
                }
            }
        }
    }

    fn primitive(&mut self, name: &str, of: &Type, value: Option<&str>, extra: Option<Node<'_>>) {
        let extra = extra.filter(|extra| extra.kind() == Kind::Object);
        if value.is_none() && extra.is_none() {
            return;
        }
        self.out.push(b'<');
        self.text(name);
        if let Some(value) = value {
            self.attribute("value", value);
        }
        match extra {
            Some(extra) => self.content(name, of, extra),
            None => self.text("/>"),
        }
    }

    /// XHTML as it is, but for characters by the names that HTML has for them: without a document type XML knows five.
    fn narrative(&mut self, div: &str) {
        let mut rest = div;
        while let Some(at) = rest.find('&') {
            let (before, reference) = rest.split_at(at);
            self.text(before);
            let name = reference[1..].split(';').next().unwrap_or_default();
            match resolve_html5_entity(name).filter(|text| !text.contains(['<', '>', '&', '"', '\''])) {
                Some(characters) => {
                    self.text(characters);
                    rest = &reference[name.len() + 2..];
                }
                None => {
                    self.text("&");
                    rest = &reference[1..];
                }
            }
        }
        self.text(rest);
    }

    fn start(&mut self, name: &str) {
        self.out.push(b'<');
        self.text(name);
        self.out.push(b'>');
    }

    fn end(&mut self, name: &str) {
        self.text("</");
        self.text(name);
        self.out.push(b'>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(b' ');
        self.text(name);
        self.text("=\"");
        let mut written = 0;
        for (at, byte) in value.bytes().enumerate() {
            // white space other than blanks would not survive the reader's normalisation
            let escape = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\t' => "&#9;",
                b'\n' => "&#10;",
                b'\r' => "&#13;",
                // XML has no way to write these
                0..0x20 => "\u{fffd}",
                0xEF if value[at..].starts_with(['\u{fffe}', '\u{ffff}']) => "\u{fffd}",
                _ => continue,
            };
            self.text(&value[written..at]);
            self.text(escape);
            written = at + if byte == 0xEF { 3 } else { 1 };
        }
        self.text(&value[written..]);
        self.out.push(b'"');
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

/// The members of an object in the order of their elements, those with and without underscore together.
fn members<'d, 't>(of: &'d Type, object: Node<'t>) -> Vec<Member<'d, 't>> {
    let mut members: Vec<Member<'d, 't>> = Vec::new();
    for child in object.children() {
        let full_name = child.name().unwrap_or_default();
        let name = full_name.strip_prefix('_').unwrap_or(full_name);
        let Some(found) = of.element(name) else { continue };
        let known = members.iter().position(|member| std::ptr::eq(member.type_ref, found.type_ref));
        let at = known.unwrap_or_else(|| {
            members.push(Member {
                index: found.index,
                many: found.element.many,
                is_attribute: found.element.is_xml_attribute,
                type_ref: found.type_ref,
                value: None,
                extra: None,
            });
            members.len() - 1
        });
        if full_name.len() == name.len() {
            members[at].value = Some(child);
        } else {
            members[at].extra = Some(child);
        }
    }
    members.sort_by_key(|member| member.index);
    members
}
