//! Which elements stay, which go with their content, and how those that stay fit into each other.
//! Source: HTML, "Optional tags" and "The rules for parsing tokens in HTML content", as far as these elements go.

/// An element that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub name: &'static str,
    pub kind: Kind,
}

/// How an element behaves among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stands within a line.
    Inline,
    /// Stands within a line and holds nothing.
    Break,
    /// Ends a paragraph and holds nothing.
    Rule,
    Paragraph,
    /// Ends a paragraph.
    Block,
    /// Ends a paragraph and another heading.
    Heading,
    List,
    Item,
    Table,
    /// The title of a table.
    Caption,
    /// A part of a table that holds rows.
    Section,
    Row,
    Cell,
}

const fn element(name: &'static str, kind: Kind) -> Element {
    Element { name, kind }
}

const KEPT: &[Element] = &[
    element("b", Kind::Inline),
    element("strong", Kind::Inline),
    element("i", Kind::Inline),
    element("em", Kind::Inline),
    element("u", Kind::Inline),
    element("span", Kind::Inline),
    element("code", Kind::Inline),
    element("sub", Kind::Inline),
    element("sup", Kind::Inline),
    element("small", Kind::Inline),
    element("br", Kind::Break),
    element("hr", Kind::Rule),
    element("p", Kind::Paragraph),
    element("div", Kind::Block),
    element("blockquote", Kind::Block),
    element("pre", Kind::Block),
    element("h1", Kind::Heading),
    element("h2", Kind::Heading),
    element("h3", Kind::Heading),
    element("h4", Kind::Heading),
    element("h5", Kind::Heading),
    element("h6", Kind::Heading),
    element("ul", Kind::List),
    element("ol", Kind::List),
    element("li", Kind::Item),
    element("table", Kind::Table),
    element("thead", Kind::Section),
    element("tbody", Kind::Section),
    element("tfoot", Kind::Section),
    element("caption", Kind::Caption),
    element("tr", Kind::Row),
    element("th", Kind::Cell),
    element("td", Kind::Cell),
];

/// The row that a cell without one gets.
pub(super) const ROW: Element = element("tr", Kind::Row);

/// Elements that go with all tags and texts up to their end tag.
pub(super) const DROPPED: [&str; 8] = ["svg", "math", "template", "object", "applet", "audio", "video", "canvas"];

/// Elements whose content is no markup up to their end tag. They go with it.
pub(super) const RAW: [&str; 9] =
    ["script", "style", "iframe", "noembed", "noframes", "noscript", "textarea", "title", "xmp"];

/// Elements that do not stay and stand within a line: nothing ends where they end.
const LEFT_OUT_INLINE: &[&str] = &[
    "a", "abbr", "acronym", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "font", "img", "ins", "kbd", "label",
    "mark", "nobr", "q", "s", "samp", "strike", "time", "tt", "var", "wbr",
];

/// Other elements of HTML that tags are known by even when they do not end.
const LEFT_OUT: &[&str] = &[
    "article",
    "base",
    "body",
    "button",
    "embed",
    "form",
    "frame",
    "frameset",
    "head",
    "header",
    "html",
    "input",
    "link",
    "meta",
    "option",
    "plaintext",
    "section",
    "select",
];

/// Whether HTML has an element of that name, as far as these lists go.
pub(super) fn is_html(name: &str) -> bool {
    let lists = [&DROPPED[..], &RAW, LEFT_OUT_INLINE, LEFT_OUT];
    kept(name).is_some() || lists.iter().any(|list| list.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// The element of that name, if it stays.
pub(super) fn kept(name: &str) -> Option<Element> {
    KEPT.iter().find(|element| name.eq_ignore_ascii_case(element.name)).copied()
}

/// Whether an element that does not stay parts the words before it from those after it.
pub(super) fn parts_words(name: &str) -> bool {
    !LEFT_OUT_INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

impl Kind {
    /// Whether the start of this one ends an open element of that kind, as it does in a page.
    pub(super) fn ends(self, open: Kind) -> bool {
        match self {
            Kind::Inline | Kind::Break => false,
            Kind::Rule | Kind::Paragraph | Kind::Block | Kind::List | Kind::Table => open == Kind::Paragraph,
            Kind::Heading => matches!(open, Kind::Paragraph | Kind::Heading),
            Kind::Item => matches!(open, Kind::Paragraph | Kind::Item),
            Kind::Caption | Kind::Section => matches!(open, Kind::Caption | Kind::Section | Kind::Row | Kind::Cell),
            Kind::Row => matches!(open, Kind::Caption | Kind::Row | Kind::Cell),
            Kind::Cell => matches!(open, Kind::Caption | Kind::Cell),
        }
    }

    /// Whether the start of this one leaves alone what is open around an element of that kind.
    pub(super) fn stops_at(self, open: Kind) -> bool {
        match self {
            Kind::Caption | Kind::Section | Kind::Row | Kind::Cell => open == Kind::Table,
            Kind::Item => open == Kind::List || open.is_table_part(),
            Kind::Inline
            | Kind::Break
            | Kind::Rule
            | Kind::Paragraph
            | Kind::Block
            | Kind::Heading
            | Kind::List
            | Kind::Table => open.is_table_part(),
        }
    }

    /// Whether the end of this one leaves alone what is open around an element of that kind.
    pub(super) fn end_stops_at(self, open: Kind) -> bool {
        match self {
            Kind::Table => false,
            Kind::Caption | Kind::Section | Kind::Row | Kind::Cell => open == Kind::Table,
            Kind::Inline
            | Kind::Break
            | Kind::Rule
            | Kind::Paragraph
            | Kind::Block
            | Kind::Heading
            | Kind::List
            | Kind::Item => open.is_table_part(),
        }
    }

    fn is_table_part(self) -> bool {
        matches!(self, Kind::Table | Kind::Caption | Kind::Section | Kind::Row | Kind::Cell)
    }
}
