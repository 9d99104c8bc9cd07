//! Checks the XHTML of a narrative: what it may hold, so that it can be shown without fear.
//! Source: FHIR R4 narrative, txt-1 and txt-2; HTML 4.0 chapters 7 to 11 and 15.

mod allowed;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{resolve_html5_entity, unescape};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use allowed::{is_attribute, is_element, is_safe_image, is_safe_link, is_safe_style};

const XHTML: &str = "http://www.w3.org/1999/xhtml";
const ATTRIBUTES_MAX: usize = 64;

/// What is wrong with a narrative, in words without its content.
pub(super) type Fault = Cow<'static, str>;

/// Reads a `div` to its end.
///
/// # Errors
/// The first thing that does not belong there. Whatever XML and HTML readers see differently is refused too, because
/// a page may read as HTML what was checked as XML.
pub(super) fn check(div: &str) -> Result<(), Fault> {
    let mut reader = Reader::from_str(div);
    reader.config_mut().check_comments = true;
    let mut state = State { prefix: None, depth: 0, closed: false, has_content: false };
    loop {
        match reader.read_event().map_err(|_| MALFORMED)? {
            Event::Eof => break,
            Event::Start(tag) => {
                state.open(&tag)?;
                state.depth += 1;
            }
            Event::Empty(tag) => {
                state.open(&tag)?;
                state.closed = state.depth == 0;
            }
            Event::End(_) => {
                state.depth = state.depth.saturating_sub(1);
                state.closed = state.depth == 0;
            }
            Event::Text(text) => state.text(&text)?,
            Event::GeneralRef(reference) => state.reference(&reference)?,
            Event::Comment(comment) => check_comment(&comment)?,
            Event::CData(text) if !text.contains(['<', '>']) => state.text(&text)?,
            Event::CData(_) => return Err("CDATA with markup in it".into()),
            Event::PI(_) | Event::Decl(_) => return Err("a processing instruction".into()),
            Event::DocType(_) => return Err("a document type".into()),
        }
    }
    match state {
        State { closed: false, .. } => Err(MALFORMED),
        State { has_content: false, .. } => Err("txt-2: there is neither text nor an image".into()),
        _ => Ok(()),
    }
}

const MALFORMED: Fault = Cow::Borrowed("it is not well formed");

struct State {
    prefix: Option<String>,
    depth: usize,
    closed: bool,
    has_content: bool,
}

impl State {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        if self.closed {
            return Err(MALFORMED);
        }
        let (name, is_root) = (tag.name(), self.depth == 0);
        let (local, prefix) = name.decompose();
        let prefix = prefix.map(|prefix| prefix.into_inner());
        if is_root {
            self.prefix = prefix.map(str::to_owned);
        }
        let element = local.into_inner();
        if prefix != self.prefix.as_deref() || !is_element(element) {
            return Err(named("the element", element));
        }
        if is_root && element != "div" {
            return Err(named("the outermost element is", element));
        }
        self.has_content |= element == "img";
        self.check_attributes(tag, element, is_root)
    }

    fn check_attributes(&self, tag: &BytesStart<'_>, element: &str, is_root: bool) -> Result<(), Fault> {
        let mut has_namespace = false;
        for (count, attribute) in tag.attributes().enumerate() {
            let attribute = attribute.map_err(|_| MALFORMED)?;
            let name = attribute.key.into_inner();
            if count >= ATTRIBUTES_MAX || attribute.value.contains('<') {
                return Err(MALFORMED);
            }
            if let Some(prefix) = name.strip_prefix("xmlns") {
                let own = prefix.strip_prefix(':') == self.prefix.as_deref();
                if !own || attribute.value != XHTML {
                    return Err("a namespace that is not XHTML's".into());
                }
                has_namespace = true;
            } else {
                check_attribute(element, name, &attribute)?;
            }
        }
        if is_root && !has_namespace { Err("the div is not in the namespace of XHTML".into()) } else { Ok(()) }
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        let has_content = !text.trim().is_empty();
        if has_content && self.depth == 0 {
            return Err(MALFORMED);
        }
        self.has_content |= has_content;
        Ok(())
    }

    fn reference(&mut self, name: &str) -> Result<(), Fault> {
        let means = unescape(&format!("&{name};")).map(Cow::into_owned);
        match means {
            Ok(text) => self.has_content |= !text.trim().is_empty(),
            // HTML has names for many characters; all but those for spaces can be seen
            Err(_) => match resolve_html5_entity(name) {
                // HTML's second names for what XML has names for would not survive as XML
                Some(text) if text.contains(['<', '>', '&', '"', '\'']) => return Err(MALFORMED),
                Some(text) => {
                    let is_unseen = |character: char| {
                        character.is_whitespace() || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}')
                    };
                    self.has_content |= !text.chars().all(is_unseen);
                }
                None => return Err(MALFORMED),
            },
        }
        if self.depth == 0 { Err(MALFORMED) } else { Ok(()) }
    }
}

/// HTML ends comments at places where XML does not.
fn check_comment(comment: &str) -> Result<(), Fault> {
    let ends_early = comment.starts_with('>') || comment.starts_with("->") || comment.contains("--");
    if ends_early || comment.ends_with('-') { Err(MALFORMED) } else { Ok(()) }
}

fn check_attribute(element: &str, name: &str, attribute: &Attribute<'_>) -> Result<(), Fault> {
    if !is_attribute(element, name) {
        return Err(named("the attribute", name));
    }
    let is_safe: fn(&str) -> bool = match name {
        "href" | "cite" | "longdesc" | "usemap" => is_safe_link,
        "src" => is_safe_image,
        "style" => is_safe_style,
        _ => return Ok(()),
    };
    match unescape(&attribute.value) {
        Ok(value) if is_safe(&value) => Ok(()),
        _ => Err(named("the content of the attribute", name)),
    }
}

fn named(what: &str, name: &str) -> Fault {
    let harmless = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = if harmless { name } else { "…" };
    Cow::Owned(format!("{what} {name}"))
}

#[cfg(test)]
mod tests;
