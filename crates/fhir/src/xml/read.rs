//! Reads FHIR XML into a tree of the shape that FHIR JSON has.

use std::borrow::Cow;

use quick_xml::{
    Reader as Events, XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    FHIR,
    element::{Object, Text},
    rules,
};
use crate::{
    definitions::{Definitions, Match, Primitive, Type, TypeKind},
    finding::{Finding, Rule, Severity, add},
    reading::{Read, ReadLimits, Reading},
    tree::{Kind, NodeId, Position, Tree},
};

/// Reads one resource in FHIR XML.
///
/// Elements that the definitions do not know, or that stand in another order, are errors in [`Reading::Strict`]; in
/// [`Reading::Repair`] the first are left out and the second put in order, with a warning each.
///
/// # Errors
/// One fatal finding where reading stopped: no UTF-8, not well formed, a document type, another namespace, no resource,
/// nested too deeply, too many values.
pub fn read(
    bytes: &[u8],
    definitions: &Definitions,
    reading: Reading,
    limits: &ReadLimits,
) -> Result<Read, Box<Finding>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        stopped(
            before,
            &rules::ENCODING,
            error.valid_up_to(),
            "a byte that is not UTF-8",
        )
    })?;
    let skipped = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let mut reader = Reader {
        events: Events::from_str(&text[skipped..]),
        text,
        skipped,
        start: skipped,
        tree: Tree::over(text.to_owned()),
        findings: Vec::new(),
        definitions,
        reading,
        limits,
        depth: 0,
    };
    reader.document()?;
    Ok(Read {
        tree: reader.tree,
        findings: reader.findings,
    })
}

type Stop = Box<Finding>;

fn stopped(text: &str, rule: &'static Rule, offset: usize, diagnostics: impl Into<Cow<'static, str>>) -> Stop {
    let finding = Finding::new(rule, diagnostics).with(Severity::Fatal);
    Box::new(Finding {
        position: Some(Position::of(text, offset)),
        ..finding
    })
}

struct Reader<'x> {
    events: Events<&'x [u8]>,
    text: &'x str,
    /// Length of the byte order mark, which the events do not count.
    skipped: usize,
    /// Where the newest event begins.
    start: usize,
    tree: Tree,
    findings: Vec<Finding>,
    definitions: &'x Definitions,
    reading: Reading,
    limits: &'x ReadLimits,
    depth: usize,
}

impl<'x> Reader<'x> {
    fn document(&mut self) -> Result<(), Stop> {
        let (tag, is_empty) = loop {
            match self.next()? {
                Event::Start(tag) => break (tag, false),
                Event::Empty(tag) => break (tag, true),
                Event::Eof => {
                    return Err(self.stop(&rules::SYNTAX, "an element was expected, found the end of the text"));
                }
                event => self.between(&event)?,
            }
        };
        if !tag.attributes().flatten().any(|attribute| attribute.key.0 == "xmlns") {
            return Err(self.stop(
                &rules::NAMESPACE,
                "the root element has no xmlns=\"http://hl7.org/fhir\"",
            ));
        }
        self.resource(&tag, is_empty, None)?;
        loop {
            match self.next()? {
                Event::Eof => return Ok(()),
                Event::Start(_) | Event::Empty(_) => return Err(self.stop(&rules::SYNTAX, "a second root element")),
                event => self.between(&event)?,
            }
        }
    }

    fn next(&mut self) -> Result<Event<'x>, Stop> {
        self.start = self.at();
        // the error's text may quote the document, so only its place is passed on
        self.events.read_event().map_err(|_| {
            let offset = usize::try_from(self.events.error_position()).unwrap_or(usize::MAX) + self.skipped;
            stopped(self.text, &rules::SYNTAX, offset, "the XML is not well formed here")
        })
    }

    fn at(&self) -> usize {
        usize::try_from(self.events.buffer_position()).unwrap_or(usize::MAX) + self.skipped
    }

    fn stop(&self, rule: &'static Rule, diagnostics: impl Into<Cow<'static, str>>) -> Stop {
        stopped(self.text, rule, self.start, diagnostics)
    }

    /// What may stand between elements: white space, comments, the declaration.
    fn between(&self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Text(text) if text.trim().is_empty() => Ok(()),
            Event::Comment(_) => Ok(()),
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case("utf-8") => {
                    Err(self.stop(&rules::ENCODING, "the declaration names another encoding than UTF-8"))
                }
                Some(Err(_)) => Err(self.stop(&rules::SYNTAX, "the declaration is not well formed")),
                _ => Ok(()),
            },
            Event::DocType(_) => Err(self.stop(&rules::DOCTYPE, "<!DOCTYPE is not accepted")),
            Event::PI(_) => Err(self.stop(&rules::SYNTAX, "a processing instruction is not accepted")),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                Err(self.stop(&rules::TEXT, "only elements were expected"))
            }
            Event::Start(_) | Event::Empty(_) | Event::End(_) | Event::Eof => {
                Err(self.stop(&rules::SYNTAX, "the end of an element was expected"))
            }
        }
    }

    fn resource(&mut self, tag: &BytesStart<'_>, is_empty: bool, slot: Option<(NodeId, &str)>) -> Result<(), Stop> {
        let Some(of) = self.definitions.resource(tag.name().0) else {
            let what = "the element is no resource type of this FHIR version";
            return Err(self.stop(&rules::RESOURCE_TYPE, what));
        };
        let id = self.object(slot);
        self.tree.add_str(id, "resourceType", of.name);
        self.content(tag, is_empty, Object::new(id, of))
    }

    fn object(&mut self, slot: Option<(NodeId, &str)>) -> NodeId {
        let name = slot
            .filter(|(_, name)| !name.is_empty())
            .map(|(_, name)| self.tree.keep(name));
        self.tree.append(
            slot.map(|(parent, _)| parent),
            name,
            Kind::Object,
            None,
            Some(self.start),
        )
    }

    /// Reads the attributes and children of an object up to its end tag.
    fn content(&mut self, tag: &BytesStart<'_>, is_empty: bool, mut object: Object<'x>) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > self.limits.depth_max {
            return Err(self.stop(&rules::DEPTH, format!("more than {} levels", self.limits.depth_max)));
        }
        if self.tree.len() >= self.limits.nodes_max {
            return Err(self.stop(&rules::NODES, format!("more than {} values", self.limits.nodes_max)));
        }
        self.attributes(tag, object.of, object.id)?;
        if !is_empty {
            self.children(&mut object)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn children(&mut self, object: &mut Object<'x>) -> Result<(), Stop> {
        loop {
            match self.next()? {
                Event::Start(child) => self.element(&child, false, object)?,
                Event::Empty(child) => self.element(&child, true, object)?,
                Event::End(_) => return Ok(()),
                event => self.between(&event)?,
            }
        }
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, of: &Type, id: NodeId) -> Result<(), Stop> {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| self.stop(&rules::SYNTAX, "an attribute is not well formed"))?;
            let name = attribute.key.0;
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|_| {
                self.stop(
                    &rules::SYNTAX,
                    format!("the value of the attribute {name} is not well formed"),
                )
            })?;
            let is_attribute = of.element(name).is_some_and(|found| found.element.is_xml_attribute);
            if name == "xmlns" {
                if value != FHIR {
                    return Err(self.stop(&rules::NAMESPACE, "xmlns names another namespace"));
                }
            } else if is_attribute {
                self.tree.add_str(id, name, &value);
            } else if !is_schema_hint(name) && (name != "value" || !matches!(of.kind, TypeKind::Primitive(_))) {
                self.note(
                    &rules::UNKNOWN_ATTRIBUTE,
                    format!("the attribute {name} is not defined in {}", of.name),
                );
            }
        }
        Ok(())
    }

    /// An error in strict reading, a warning where repairs are made.
    fn note(&mut self, rule: &'static Rule, diagnostics: String) {
        let severity = if self.reading == Reading::Strict {
            Severity::Error
        } else {
            Severity::Warning
        };
        let (text, start) = (self.text, self.start);
        add(&mut self.findings, rule, || Finding {
            position: Some(Position::of(text, start)),
            ..Finding::new(rule, diagnostics).with(severity)
        });
    }

    fn element(&mut self, tag: &BytesStart<'_>, is_empty: bool, object: &mut Object<'x>) -> Result<(), Stop> {
        let name = tag.name();
        let is_narrative = |found: &Match<'_>| {
            self.definitions.type_at(found.type_ref.id).kind == TypeKind::Primitive(Primitive::Xhtml)
        };
        let Some(found) = object
            .of
            .element(name.0)
            .filter(|found| !found.element.is_xml_attribute)
        else {
            if name.0.contains(':') {
                return Err(self.stop(&rules::NAMESPACE, "an element with a prefix"));
            }
            self.note(
                &rules::UNKNOWN_ELEMENT,
                format!("the element {} is not defined in {}", name.0, object.of.name),
            );
            return self.skip(tag, is_empty);
        };
        let has_namespace = tag
            .attributes()
            .flatten()
            .any(|attribute| attribute.key.0 == "xmlns" && attribute.value != FHIR);
        if has_namespace && !is_narrative(&found) {
            return Err(self.stop(&rules::NAMESPACE, "xmlns names another namespace"));
        }
        if found.index < object.last {
            self.note(
                &rules::ORDER,
                format!("{} stands too late in {}", name.0, object.of.name),
            );
        }
        object.last = object.last.max(found.index);
        if !found.element.many && object.has(found.type_ref.json_name) {
            let start = self.start;
            let finding = Finding::new(
                &rules::REPEATED,
                format!("{} may stand once in {}", name.0, object.of.name),
            );
            add(&mut self.findings, &rules::REPEATED, || Finding {
                position: Some(Position::of(self.text, start)),
                ..finding
            });
            return self.skip(tag, is_empty);
        }
        self.value(tag, is_empty, object, &found)
    }

    fn skip(&mut self, tag: &BytesStart<'_>, is_empty: bool) -> Result<(), Stop> {
        if !is_empty {
            let end = tag.to_end().into_owned();
            self.events
                .read_to_end(end.name())
                .map_err(|_| stopped(self.text, &rules::SYNTAX, self.start, "the element does not end well"))?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        tag: &BytesStart<'_>,
        is_empty: bool,
        object: &mut Object<'x>,
        found: &Match<'x>,
    ) -> Result<(), Stop> {
        let of = self.definitions.type_at(found.type_ref.id);
        match of.kind {
            TypeKind::Primitive(Primitive::Xhtml) => {
                let start = self.start;
                self.skip(tag, is_empty)?;
                let div = &self.text[start..self.at()];
                object.put(
                    &mut self.tree,
                    found,
                    Some(Text {
                        kind: Kind::String,
                        text: div,
                        offset: start,
                    }),
                    None,
                );
                Ok(())
            }
            TypeKind::Primitive(primitive) => self.primitive(tag, is_empty, object, found, primitive),
            TypeKind::Resource | TypeKind::AnyResource => {
                let slot = object.slot(&mut self.tree, found);
                self.one_resource(is_empty, (slot.parent, slot.name))
            }
            TypeKind::Complex | TypeKind::Nested => {
                let slot = object.slot(&mut self.tree, found);
                let id = self.object(Some((slot.parent, slot.name)));
                self.content(tag, is_empty, Object::new(id, of))
            }
        }
    }

    fn primitive(
        &mut self,
        tag: &BytesStart<'_>,
        is_empty: bool,
        object: &mut Object<'x>,
        found: &Match<'x>,
        primitive: Primitive,
    ) -> Result<(), Stop> {
        let offset = self.start;
        let value = match tag.try_get_attribute("value") {
            Ok(Some(attribute)) => Some(attribute.normalized_value(XmlVersion::Explicit1_0)),
            Ok(None) => None,
            Err(_) => return Err(self.stop(&rules::SYNTAX, "an attribute is not well formed")),
        };
        let value = value
            .transpose()
            .map_err(|_| self.stop(&rules::SYNTAX, "the value is not well formed"))?;
        let extra = self.tree.append(None, None, Kind::Object, None, Some(offset));
        self.content(
            tag,
            is_empty,
            Object::new(extra, self.definitions.type_at(found.type_ref.id)),
        )?;
        let has_extra = self.tree.node(extra).children().next().is_some();
        if value.is_none() && !has_extra {
            let what = format!("{} has neither a value nor an extension", found.type_ref.json_name);
            let position = Some(Position::of(self.text, offset));
            add(&mut self.findings, &rules::EMPTY, || Finding {
                position,
                ..Finding::new(&rules::EMPTY, what)
            });
        }
        let value = value.as_deref().map(|text| Text {
            kind: primitive.json_kind(),
            text,
            offset,
        });
        object.put(&mut self.tree, found, value, has_extra.then_some(extra));
        Ok(())
    }

    /// Reads what an element such as `contained` or `entry.resource` holds.
    fn one_resource(&mut self, is_empty: bool, slot: (NodeId, &str)) -> Result<(), Stop> {
        let mut is_read = false;
        loop {
            let event = if is_empty { Event::Eof } else { self.next()? };
            match event {
                Event::Start(_) | Event::Empty(_) if is_read => {
                    return Err(self.stop(&rules::ONE_RESOURCE, "a second resource"));
                }
                Event::Start(tag) => self.resource(&tag, false, Some(slot))?,
                Event::Empty(tag) => self.resource(&tag, true, Some(slot))?,
                Event::End(_) if is_read => return Ok(()),
                Event::End(_) | Event::Eof => {
                    return Err(self.stop(&rules::ONE_RESOURCE, "there is no resource in it"));
                }
                event => {
                    self.between(&event)?;
                    continue;
                }
            }
            is_read = true;
        }
    }
}

fn is_schema_hint(name: &str) -> bool {
    name.starts_with("xmlns:") || name == "xsi:schemaLocation"
}
