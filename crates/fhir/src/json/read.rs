//! Reads JSON into a tree, in one pass and without recursion.

use std::collections::HashSet;

use super::{
    rules,
    scan::{Scan, Stop, tree_over},
};
use crate::{
    finding::{Finding, Severity},
    reading::{Read, ReadLimits, Reading},
    tree::{Kind, NodeId, Position, Span, Tree},
};

/// Up to this many names an object is searched for a name one by one; above, a set is kept.
const NAMES_SEARCHED: usize = 16;

/// Reads one resource in FHIR JSON.
///
/// A byte order mark is skipped. In [`Reading::Repair`] comments and trailing commas are left out with a warning each.
///
/// # Errors
/// One fatal finding where reading stopped: no UTF-8, no JSON, a name twice in one object, nested too deeply, too many
/// values, no object at the root, no `resourceType`.
///
/// ```
/// use baton_fhir::{json, reading::{ReadLimits, Reading}};
/// let read = json::read(br#"{"resourceType":"Patient","active":true}"#, Reading::Strict, &ReadLimits::default()).unwrap();
/// assert_eq!(read.tree.root().resource_type(), Some("Patient"));
/// ```
pub fn read(bytes: &[u8], reading: Reading, limits: &ReadLimits) -> Result<Read, Box<Finding>> {
    let Read { tree, findings } = read_text(bytes, reading, limits)?;
    let root = tree.root();
    if root.kind() != Kind::Object {
        return Err(Box::new(at_root(&rules::ROOT, &tree, "a JSON object was expected")));
    }
    if root.resource_type().is_none() {
        return Err(Box::new(at_root(&rules::RESOURCE_TYPE, &tree, "resourceType is missing or no string")));
    }
    Ok(Read { findings, tree })
}

/// Reads any JSON value, such as a JSON Patch. Faults that partners are known to make are refused.
///
/// # Errors
/// One fatal finding where reading stopped, as in [`read`]; any kind of value may be the root.
///
/// ```
/// use baton_fhir::{json, reading::ReadLimits};
/// let tree = json::read_value(b"[1, 2.50]", &ReadLimits::default()).unwrap();
/// assert_eq!(tree.root().children().last().and_then(|item| item.text()), Some("2.50"));
/// ```
pub fn read_value(bytes: &[u8], limits: &ReadLimits) -> Result<Tree, Box<Finding>> {
    read_text(bytes, Reading::Strict, limits).map(|read| read.tree)
}

fn read_text(bytes: &[u8], reading: Reading, limits: &ReadLimits) -> Result<Read, Stop> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let mut reader = Reader { scan: Scan::new(text, reading), tree: tree_over(text), limits, open: Vec::new() };
    reader.document()?;
    Ok(Read { findings: reader.scan.findings, tree: reader.tree })
}

fn not_utf8(bytes: &[u8], valid: usize) -> Box<Finding> {
    let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let finding = Finding::new(&rules::ENCODING, "a byte that is not UTF-8").with(Severity::Fatal);
    Box::new(Finding { position: Some(Position::of(before, valid)), ..finding })
}

fn at_root(rule: &'static crate::finding::Rule, tree: &Tree, diagnostics: &'static str) -> Finding {
    Finding { position: tree.root().position(), ..Finding::new(rule, diagnostics).with(Severity::Fatal) }
}

/// An object or array that is not closed yet.
struct Open {
    id: NodeId,
    is_object: bool,
    names: usize,
    /// The names so far, once there are too many to search one by one.
    set: Option<HashSet<String>>,
}

struct Reader<'t> {
    scan: Scan<'t>,
    tree: Tree,
    limits: &'t ReadLimits,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        if self.scan.text.starts_with('\u{feff}') {
            self.scan.at = '\u{feff}'.len_utf8();
            if self.scan.reading == Reading::Repair {
                self.scan.repair(&rules::REPAIR_BOM, 0, "a byte order mark")?;
            }
        }
        self.scan.skip_blanks()?;
        if self.scan.peek().is_none() {
            return Err(self.scan.stop_at(&rules::SYNTAX, self.scan.at, "the body is empty".to_owned()));
        }
        self.value(None)?;
        while !self.open.is_empty() {
            self.member_or_end()?;
        }
        self.scan.skip_blanks()?;
        match self.scan.peek() {
            None => Ok(()),
            Some(_) => Err(self.scan.stop("the end of the text was expected")),
        }
    }

    /// After a value or an opening bracket: the next member or item, or the end of the innermost object or array.
    fn member_or_end(&mut self) -> Result<(), Stop> {
        self.scan.skip_blanks()?;
        let Some(open) = self.open.last() else { return Ok(()) };
        let (is_object, is_first) = (open.is_object, self.tree.node(open.id).children().next().is_none());
        let end = if is_object { b'}' } else { b']' };
        if self.scan.peek() == Some(end) {
            self.close();
            return Ok(());
        }
        if !is_first {
            let comma = self.scan.at;
            if self.scan.peek() != Some(b',') {
                return Err(self.scan.stop(if is_object {
                    "',' or '}' was expected"
                } else {
                    "',' or ']' was expected"
                }));
            }
            self.scan.at += 1;
            self.scan.skip_blanks()?;
            if self.scan.peek() == Some(end) {
                self.scan.repair(&rules::REPAIR_COMMA, comma, "a trailing comma")?;
                self.close();
                return Ok(());
            }
        }
        if is_object { self.member() } else { self.value(None) }
    }

    fn close(&mut self) {
        self.scan.at += 1;
        self.open.pop();
    }

    fn member(&mut self) -> Result<(), Stop> {
        if self.scan.peek() != Some(b'"') {
            return Err(self.scan.stop("a property name in double quotes was expected"));
        }
        let at = self.scan.at;
        let (name, is_new) = self.name()?;
        if !is_new {
            let what = "the same name stands above in this object; which of the two counts cannot be known".to_owned();
            return Err(self.scan.stop_at(&rules::DUPLICATE_KEY, at, what));
        }
        self.scan.skip_blanks()?;
        if self.scan.peek() != Some(b':') {
            return Err(self.scan.stop("':' was expected after a property name"));
        }
        self.scan.at += 1;
        self.scan.skip_blanks()?;
        self.value(Some(name))
    }

    /// Reads a name; tells whether the object does not have it yet.
    fn name(&mut self) -> Result<(Span, bool), Stop> {
        let quoted = self.scan.quoted()?;
        if quoted.start == quoted.end {
            return Err(self.scan.stop_at(&rules::SYNTAX, quoted.start - 1, "a property name is empty".to_owned()));
        }
        let kept = if quoted.has_escapes { Some(self.scan.unescape(&quoted)?) } else { None };
        let text = kept.as_deref().unwrap_or(&self.scan.text[quoted.start..quoted.end]);
        let is_new = match self.open.last_mut() {
            Some(open) => open.add(text, &self.tree),
            None => true,
        };
        let span = match kept {
            Some(text) => self.tree.keep(&text),
            None => self.tree.span(quoted.start, quoted.end),
        };
        Ok((span, is_new))
    }

    fn value(&mut self, name: Option<Span>) -> Result<(), Stop> {
        if self.tree.len() >= self.limits.nodes_max {
            let what = format!("more than {} values", self.limits.nodes_max);
            return Err(self.scan.stop_at(&rules::NODES, self.scan.at, what));
        }
        let offset = self.scan.at;
        let (kind, text) = match self.scan.peek() {
            Some(b'{') => return self.open(name, true),
            Some(b'[') => return self.open(name, false),
            Some(b'"') => (Kind::String, Some(self.string()?)),
            Some(b'-' | b'0'..=b'9') => {
                let (start, end) = self.scan.number()?;
                (Kind::Number, Some(self.tree.span(start, end)))
            }
            Some(b't') if self.scan.word("true") => (Kind::Boolean, Some(self.tree.span(offset, offset + 4))),
            Some(b'f') if self.scan.word("false") => (Kind::Boolean, Some(self.tree.span(offset, offset + 5))),
            Some(b'n') if self.scan.word("null") => (Kind::Null, None),
            _ => return Err(self.scan.stop("a value was expected")),
        };
        self.tree.append(self.open.last().map(|open| open.id), name, kind, text, Some(offset));
        Ok(())
    }

    fn string(&mut self) -> Result<Span, Stop> {
        let quoted = self.scan.quoted()?;
        if quoted.has_escapes {
            let text = self.scan.unescape(&quoted)?;
            return Ok(self.tree.keep(&text));
        }
        Ok(self.tree.span(quoted.start, quoted.end))
    }

    fn open(&mut self, name: Option<Span>, is_object: bool) -> Result<(), Stop> {
        if self.open.len() >= self.limits.depth_max {
            let what = format!("more than {} levels", self.limits.depth_max);
            return Err(self.scan.stop_at(&rules::DEPTH, self.scan.at, what));
        }
        let kind = if is_object { Kind::Object } else { Kind::Array };
        let id = self.tree.append(self.open.last().map(|open| open.id), name, kind, None, Some(self.scan.at));
        self.scan.at += 1;
        self.open.push(Open { id, is_object, names: 0, set: None });
        Ok(())
    }
}

impl Open {
    /// Remembers a name; false when it is there already. Linear over the whole object, however many names it has.
    fn add(&mut self, name: &str, tree: &Tree) -> bool {
        self.names += 1;
        if self.names <= NAMES_SEARCHED {
            return tree.node(self.id).get(name).is_none();
        }
        let set = self.set.get_or_insert_with(|| {
            tree.node(self.id).children().filter_map(crate::tree::Node::name).map(str::to_owned).collect()
        });
        set.insert(name.to_owned())
    }
}
