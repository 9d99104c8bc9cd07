//! What stands between the tags of a resource, a data type or a primitive.

use std::borrow::Cow;

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event, attributes::Attribute},
};

use super::{
    FHIR,
    element::{Object, Text},
    read::{Reader, Stop, stopped},
    rules,
};
use crate::{
    definitions::{Match, Primitive, Type, TypeKind},
    finding::{Finding, Rule, Severity, add},
    reading::Reading,
    tree::{Kind, NodeId, Position},
};

impl<'x> Reader<'x> {
    pub(super) fn resource(
        &mut self,
        tag: &BytesStart<'_>,
        is_empty: bool,
        slot: Option<(NodeId, &str)>,
    ) -> Result<(), Stop> {
        let Some(of) = self.definitions.resource(tag.name().0) else {
            let what = "the element is no resource type of this FHIR version";
            return Err(self.stop(&rules::RESOURCE_TYPE, what));
        };
        let id = self.object(slot);
        self.tree.add_str(id, "resourceType", of.name);
        self.content(tag, is_empty, Object::new(id, of))
    }

    fn object(&mut self, slot: Option<(NodeId, &str)>) -> NodeId {
        let name = slot.filter(|(_, name)| !name.is_empty()).map(|(_, name)| self.tree.keep(name));
        self.tree.append(slot.map(|(parent, _)| parent), name, Kind::Object, None, Some(self.start))
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
            let value = well_formed(&attribute).ok_or_else(|| {
                self.stop(&rules::SYNTAX, format!("the value of the attribute {name} is not well formed"))
            })?;
            let is_attribute = of.element(name).is_some_and(|found| found.element.is_xml_attribute);
            if name == "xmlns" {
                if value != FHIR {
                    return Err(self.stop(&rules::NAMESPACE, "xmlns names another namespace"));
                }
            } else if is_attribute {
                self.tree.add_str(id, name, &value);
            } else if !is_schema_hint(name) && (name != "value" || !matches!(of.kind, TypeKind::Primitive(_))) {
                let diagnostics = format!("the attribute {name} is not defined in {}", of.name);
                self.note(&rules::UNKNOWN_ATTRIBUTE, id, None, diagnostics);
            }
        }
        Ok(())
    }

    /// Adds a finding at an object, or at one of its elements: an error in strict reading, a warning where repairs are made.
    fn note(&mut self, rule: &'static Rule, object: NodeId, name: Option<&str>, diagnostics: String) {
        let severity = if self.reading == Reading::Strict { Severity::Error } else { Severity::Warning };
        self.find(rule, (object, name), self.start, severity, diagnostics);
    }

    fn find(
        &mut self,
        rule: &'static Rule,
        (object, name): (NodeId, Option<&str>),
        offset: usize,
        severity: Severity,
        diagnostics: String,
    ) {
        let mut findings = std::mem::take(&mut self.findings);
        add(&mut findings, rule, || Finding {
            expression: Some(
                name.map_or_else(|| self.path_of(object), |name| format!("{}.{name}", self.path_of(object))),
            ),
            position: Some(Position::of(self.text, offset)),
            ..Finding::new(rule, diagnostics).with(severity)
        });
        self.findings = findings;
    }

    fn element(&mut self, tag: &BytesStart<'_>, is_empty: bool, object: &mut Object<'x>) -> Result<(), Stop> {
        let name = tag.name();
        let is_narrative = |found: &Match<'_>| {
            self.definitions.type_at(found.type_ref.id).kind == TypeKind::Primitive(Primitive::Xhtml)
        };
        let Some(found) = object.of.element(name.0).filter(|found| !found.element.is_xml_attribute) else {
            if name.0.contains(':') {
                return Err(self.stop(&rules::NAMESPACE, "an element with a prefix"));
            }
            let diagnostics = format!("the element {} is not defined in {}", name.0, object.of.name);
            self.note(&rules::UNKNOWN_ELEMENT, object.id, Some(name.0), diagnostics);
            return self.skip(tag, is_empty);
        };
        let has_namespace =
            tag.attributes().flatten().any(|attribute| attribute.key.0 == "xmlns" && attribute.value != FHIR);
        if has_namespace && !is_narrative(&found) {
            return Err(self.stop(&rules::NAMESPACE, "xmlns names another namespace"));
        }
        if found.index < object.last {
            let diagnostics = format!("{} stands too late in {}", name.0, object.of.name);
            self.note(&rules::ORDER, object.id, Some(name.0), diagnostics);
        }
        object.last = object.last.max(found.index);
        if !found.element.many && object.has(found.type_ref.json_name) {
            let diagnostics = format!("{} may stand once in {}", name.0, object.of.name);
            self.find(&rules::REPEATED, (object.id, Some(name.0)), self.start, Severity::Error, diagnostics);
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
                object.put(&mut self.tree, found, Some(Text { kind: Kind::String, text: div, offset: start }), None);
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
        let attribute = tag.try_get_attribute("value");
        let attribute = attribute.map_err(|_| self.stop(&rules::SYNTAX, "an attribute is not well formed"))?;
        let value = attribute.as_ref().map(|attribute| {
            well_formed(attribute).ok_or_else(|| self.stop(&rules::SYNTAX, "the value is not well formed"))
        });
        let value = value.transpose()?;
        let extra = self.tree.append(None, None, Kind::Object, None, Some(offset));
        self.inside.push(object.place(found));
        self.content(tag, is_empty, Object::new(extra, self.definitions.type_at(found.type_ref.id)))?;
        let has_extra = self.tree.node(extra).children().next().is_some();
        if value.is_none() && !has_extra {
            let what = format!("{} has neither a value nor an extension", found.type_ref.json_name);
            self.find(&rules::EMPTY, (extra, None), offset, Severity::Error, what);
        }
        self.inside.pop();
        let value = value.as_deref().map(|text| Text { kind: primitive.json_kind(), text, offset });
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

/// The value of an attribute with its entities resolved; nothing when they are unknown, or when a `<` stands in it, which
/// XML allows nowhere but in tags.
fn well_formed<'a>(attribute: &Attribute<'a>) -> Option<Cow<'a, str>> {
    if attribute.value.contains('<') {
        return None;
    }
    attribute.normalized_value(XmlVersion::Explicit1_0).ok()
}

fn is_schema_hint(name: &str) -> bool {
    name.starts_with("xmlns:") || name == "xsi:schemaLocation"
}
