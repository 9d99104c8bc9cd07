//! Checks the XHTML of a narrative: what it may hold, so that it can be shown without fear.
//! Source: FHIR R4 narrative, txt-1 and txt-2; HTML 4.0 chapters 7 to 11 and 15.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

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
    let mut state = State {
        prefix: None,
        depth: 0,
        closed: false,
        has_content: false,
    };
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
        if is_root && !has_namespace {
            Err("the div is not in the namespace of XHTML".into())
        } else {
            Ok(())
        }
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
            Err(_) if name.len() <= 8 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                self.has_content |= !matches!(name, "nbsp" | "ensp" | "emsp" | "thinsp" | "zwj" | "zwnj" | "shy");
            }
            Err(_) => return Err(MALFORMED),
        }
        if self.depth == 0 { Err(MALFORMED) } else { Ok(()) }
    }
}

/// HTML ends comments at places where XML does not.
fn check_comment(comment: &str) -> Result<(), Fault> {
    let ends_early = comment.starts_with('>') || comment.starts_with("->") || comment.contains("--");
    if ends_early || comment.ends_with('-') {
        Err(MALFORMED)
    } else {
        Ok(())
    }
}

fn check_attribute(element: &str, name: &str, attribute: &Attribute<'_>) -> Result<(), Fault> {
    let allowed = match name {
        "href" => matches!(element, "a" | "area"),
        "src" => element == "img",
        "cite" => matches!(element, "blockquote" | "q"),
        _ => is_attribute(name),
    };
    if !allowed {
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

fn is_element(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "address"
            | "area"
            | "b"
            | "bdo"
            | "big"
            | "blockquote"
            | "br"
            | "caption"
            | "cite"
            | "code"
            | "col"
            | "colgroup"
            | "dd"
            | "dfn"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "i"
            | "img"
            | "kbd"
            | "li"
            | "map"
            | "ol"
            | "p"
            | "pre"
            | "q"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "tt"
            | "ul"
            | "var"
    )
}

/// Attributes that change how something looks or reads, on whatever element they stand.
fn is_attribute(name: &str) -> bool {
    matches!(
        name,
        "abbr"
            | "accesskey"
            | "align"
            | "alt"
            | "axis"
            | "bgcolor"
            | "border"
            | "cellpadding"
            | "cellspacing"
            | "char"
            | "charoff"
            | "charset"
            | "class"
            | "clear"
            | "colspan"
            | "compact"
            | "coords"
            | "dir"
            | "frame"
            | "headers"
            | "height"
            | "hreflang"
            | "hspace"
            | "id"
            | "ismap"
            | "lang"
            | "longdesc"
            | "name"
            | "nohref"
            | "noshade"
            | "nowrap"
            | "rel"
            | "rev"
            | "rowspan"
            | "rules"
            | "scope"
            | "shape"
            | "size"
            | "span"
            | "start"
            | "style"
            | "summary"
            | "tabindex"
            | "title"
            | "type"
            | "usemap"
            | "valign"
            | "value"
            | "vspace"
            | "width"
            | "xml:lang"
    )
}

/// The scheme of an address as browsers see it, who skip blanks and control characters in it.
fn scheme_of(address: &str) -> Option<String> {
    let seen = address
        .chars()
        .filter(|char| !char.is_whitespace() && !char.is_control());
    let mut scheme = String::new();
    for char in seen {
        match char {
            ':' => return Some(scheme),
            '/' | '?' | '#' => return None,
            other => scheme.push(other.to_ascii_lowercase()),
        }
    }
    None
}

fn is_safe_link(address: &str) -> bool {
    let known = |scheme: String| matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel" | "ftp" | "urn");
    scheme_of(address).is_none_or(known)
}

fn is_safe_image(address: &str) -> bool {
    match scheme_of(address).as_deref() {
        Some("data") => address.trim_start().to_ascii_lowercase().starts_with("data:image/"),
        Some(scheme) => matches!(scheme, "http" | "https" | "urn"),
        None => true,
    }
}

fn is_safe_style(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    let active = [
        "url(",
        "expression",
        "script:",
        "@import",
        "behavior",
        "-moz-binding",
        "\\",
        "/*",
    ];
    !active.iter().any(|word| style.contains(word))
}

#[cfg(test)]
mod tests {
    use super::check;

    fn check_refused(inside: &str, why: &str) {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">text {inside}</div>");
        let fault = check(&div).expect_err(inside);
        assert!(fault.contains(why), "{inside}: {fault}");
    }

    fn check_accepted(inside: &str) {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div>");
        assert_eq!(check(&div), Ok(()), "{inside}");
    }

    #[test]
    fn what_is_active_is_refused() {
        let elements = [
            "script", "style", "iframe", "object", "form", "input", "link", "svg", "video", "body",
        ];
        for element in elements {
            check_refused(&format!("<{element}>x</{element}>"), &format!("element {element}"));
        }
        for attribute in ["onclick", "onerror", "formaction", "target"] {
            check_refused(
                &format!("<p {attribute}=\"x\">x</p>"),
                &format!("attribute {attribute}"),
            );
        }
    }

    #[test]
    fn links_to_scripts_are_refused_however_they_are_written() {
        for href in [
            "javascript:x",
            "JavaScript:x",
            " java\tscript:x",
            "java&#115;cript:x",
            "data:text/html,x",
            "vbscript:x",
        ] {
            check_refused(&format!("<a href=\"{href}\">x</a>"), "attribute href");
        }
        check_refused("<a href=\"javascript&colon;x\">x</a>", "attribute href");
        check_refused("<img src=\"data:text/html,x\"/>", "attribute src");
        check_refused(
            "<p style=\"background: url(https://example.org/x)\">x</p>",
            "attribute style",
        );
    }

    #[test]
    fn what_html_reads_otherwise_than_xml_is_refused() {
        check_refused("<!--><script>x</script>-->", "well formed");
        check_refused("<![CDATA[><script>x</script>]]>", "CDATA");
        check_refused("<?x ><script>x</script>?>", "processing instruction");
        check_refused("<p title=\"<script>\">x</p>", "well formed");
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for inside in ["<p>", "</p>", "<b><i></b></i>", "a & b", "<br>", "<p class=x>x</p>"] {
            check_refused(inside, "well formed");
        }
        for div in ["", "text", "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div><p/>"] {
            assert!(check(div).is_err(), "{div}");
        }
    }

    #[test]
    fn another_namespace_is_refused() {
        assert!(check("<div>x</div>").is_err());
        assert!(check("<div xmlns=\"http://hl7.org/fhir\">x</div>").is_err());
        check_refused("<p xmlns=\"http://www.w3.org/2000/svg\">x</p>", "namespace");
        check_refused("<svg:a xmlns:svg=\"http://www.w3.org/2000/svg\">x</svg:a>", "element");
    }

    #[test]
    fn a_narrative_without_text_or_image_is_refused() {
        for inside in ["", " \n ", "<p> </p>", "<!-- x -->", "&#160;", "&nbsp;"] {
            let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div>");
            assert!(check(&div).expect_err(inside).contains("txt-2"), "{inside}");
        }
        check_accepted("<img src=\"#picture\" alt=\"\"/>");
    }

    #[test]
    fn basic_formatting_is_accepted() {
        check_accepted("<p class=\"a\" style=\"color: red\"><b>x</b><br/> &lt; &eacute; &#8211;</p><hr/>");
        check_accepted("<table border=\"1\"><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>");
        check_accepted("<a href=\"https://example.org/a?b=1&amp;c=2\">x</a><a name=\"here\">y</a><!-- fine -->");
        check_accepted("<img src=\"data:image/png;base64,AAAA\" alt=\"x\"/>");
        let prefixed = "<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:p>x</h:p></h:div>";
        assert_eq!(check(prefixed), Ok(()));
    }
}
