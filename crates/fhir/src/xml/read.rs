//! Reads FHIR XML into a tree of the shape that FHIR JSON has.

use std::borrow::Cow;

use quick_xml::{Reader as Events, events::Event};

use super::rules;
use crate::{
    definitions::Definitions,
    finding::{Finding, Rule, Severity},
    reading::{Read, ReadLimits, Reading},
    tree::{NodeId, Position, Tree},
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
        stopped(before, &rules::ENCODING, error.valid_up_to(), "a byte that is not UTF-8")
    })?;
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut events = Events::from_str(&text[skipped..]);
    events.config_mut().check_comments = true;
    let mut reader = Reader {
        events,
        text,
        skipped,
        start: skipped,
        tree: Tree::over(text.to_owned()),
        findings: Vec::new(),
        definitions,
        reading,
        limits,
        depth: 0,
        inside: Vec::new(),
    };
    reader.document()?;
    Ok(Read { tree: reader.tree, findings: reader.findings })
}

pub(super) type Stop = Box<Finding>;

pub(super) fn stopped(
    text: &str,
    rule: &'static Rule,
    offset: usize,
    diagnostics: impl Into<Cow<'static, str>>,
) -> Stop {
    let finding = Finding::new(rule, diagnostics).with(Severity::Fatal);
    Box::new(Finding { position: Some(Position::of(text, offset)), ..finding })
}

pub(super) struct Reader<'x> {
    pub(super) events: Events<&'x [u8]>,
    pub(super) text: &'x str,
    /// Length of the byte order mark, which the events do not count.
    pub(super) skipped: usize,
    /// Where the newest event begins.
    pub(super) start: usize,
    pub(super) tree: Tree,
    pub(super) findings: Vec<Finding>,
    pub(super) definitions: &'x Definitions,
    pub(super) reading: Reading,
    pub(super) limits: &'x ReadLimits,
    pub(super) depth: usize,
    /// The primitives that are being read, outermost first: what they hold has no parent until their end tag.
    pub(super) inside: Vec<Inside>,
}

/// A primitive element: the object that it is in, its name there, and its index where it repeats.
pub(super) type Inside = (NodeId, &'static str, Option<usize>);

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
            return Err(self.stop(&rules::NAMESPACE, "the root element has no xmlns=\"http://hl7.org/fhir\""));
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

    pub(super) fn next(&mut self) -> Result<Event<'x>, Stop> {
        self.start = self.at();
        // the error's text may quote the document, so only its place is passed on
        self.events.read_event().map_err(|_| {
            let offset = usize::try_from(self.events.error_position()).unwrap_or(usize::MAX) + self.skipped;
            stopped(self.text, &rules::SYNTAX, offset, "the XML is not well formed here")
        })
    }

    pub(super) fn at(&self) -> usize {
        usize::try_from(self.events.buffer_position()).unwrap_or(usize::MAX) + self.skipped
    }

    pub(super) fn stop(&self, rule: &'static Rule, diagnostics: impl Into<Cow<'static, str>>) -> Stop {
        stopped(self.text, rule, self.start, diagnostics)
    }

    /// The FHIRPath to an object, also inside of a primitive.
    pub(super) fn path_of(&self, object: NodeId) -> String {
        self.path_within(object, self.inside.len())
    }

    fn path_within(&self, object: NodeId, primitives: usize) -> String {
        let path = self.tree.node(object).path();
        let (Some(rest), Some(outer)) = (path.strip_prefix("$this"), primitives.checked_sub(1)) else {
            return path;
        };
        let (parent, name, index) = self.inside[outer];
        let index = index.map_or_else(String::new, |index| format!("[{index}]"));
        format!("{}.{name}{index}{rest}", self.path_within(parent, outer))
    }

    /// What may stand between elements: white space, comments, the declaration.
    pub(super) fn between(&self, event: &Event<'_>) -> Result<(), Stop> {
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
}
