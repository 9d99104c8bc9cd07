//! Writes formatted text that is well formed, whatever is asked for.
//! Source: docs/dialects/ontario.md, "HTML"; HTML, "Optional tags", for what ends what.

use super::{
    OUTPUT_BYTES_MAX,
    elements::{Element, Kind, ROW, kept, parts_words},
    entity::reference,
};

/// How many elements may be open. Tags of deeper ones are left out.
const DEPTH_MAX: usize = 64;

/// Stands where something does not fit any more.
const ELLIPSIS: char = '…';

/// A result that grows. At every moment there is room for an ellipsis and for the end tags of all that is open.
pub(super) struct Writer {
    out: String,
    open: Vec<Element>,
    /// How many bytes the end tags of all that is open take.
    end_bytes: usize,
    is_cut: bool,
}

impl Writer {
    pub(super) fn new() -> Writer {
        Writer { out: String::new(), open: Vec::new(), end_bytes: 0, is_cut: false }
    }

    /// Writes text as it stands in HTML.
    pub(super) fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if self.is_cut {
                return;
            }
            let length = match reference(rest) {
                Some((means, length)) => {
                    means.chars().for_each(|char| self.char(char));
                    length
                }
                // ends of lines are one letter
                None if char == '\r' => {
                    self.char('\n');
                    if rest[1..].starts_with('\n') { 2 } else { 1 }
                }
                None => {
                    self.char(char);
                    char.len_utf8()
                }
            };
            rest = &rest[length..];
        }
    }

    fn char(&mut self, char: char) {
        let mut own = [0; 4];
        let written = match char {
            '<' => "&lt;",
            '>' => "&gt;",
            '&' => "&amp;",
            '\u{a0}' => "&nbsp;",
            '\t' | '\n' => char.encode_utf8(&mut own),
            // what no text holds and XML does not know
            '\u{fffe}' | '\u{ffff}' => return,
            _ if char.is_control() => return,
            _ => char.encode_utf8(&mut own),
        };
        if self.has_room(written.len()) {
            self.out.push_str(written);
        }
    }

    /// Whether that much can be written. Nothing can any more when it cannot.
    fn has_room(&mut self, bytes: usize) -> bool {
        if !self.is_cut && self.out.len() + bytes + self.end_bytes + ELLIPSIS.len_utf8() > OUTPUT_BYTES_MAX {
            self.cut();
        }
        !self.is_cut
    }

    /// Says that something is missing from here on.
    pub(super) fn cut(&mut self) {
        if !self.is_cut {
            self.out.push(ELLIPSIS);
            self.is_cut = true;
        }
    }

    /// Starts an element, if it is one that stays and fits here.
    pub(super) fn start(&mut self, name: &str) {
        let Some(element) = kept(name) else {
            return self.part_words(name);
        };
        self.end_those_that(element.kind);
        let part_of = match element.kind {
            Kind::Cell => Kind::Row,
            Kind::Caption | Kind::Section | Kind::Row => Kind::Table,
            Kind::Inline | Kind::Paragraph | Kind::Block | Kind::Heading | Kind::List | Kind::Item | Kind::Table => {
                return self.open(element);
            }
            Kind::Break | Kind::Rule => return self.push(&["<", element.name, "/>"]),
        };
        let nearest = self.open.iter().rev().find(|open| open.kind == part_of || open.kind == Kind::Table);
        match nearest.map(|open| open.kind) {
            // a part of no table: its text stays
            None => self.part_words(name),
            Some(kind) if kind == part_of => self.open(element),
            // a cell without a row
            Some(_) => {
                self.open(ROW);
                // the row may have been one too many
                if self.open.last() == Some(&ROW) {
                    self.open(element);
                }
            }
        }
    }

    /// Ends an element, with all that is open in it. An end without a start means nothing.
    pub(super) fn end(&mut self, name: &str) {
        let Some(element) = kept(name) else {
            return self.part_words(name);
        };
        let nearest = self.open.iter().rposition(|open| *open == element || element.kind.end_stops_at(open.kind));
        if let Some(at) = nearest.filter(|at| self.open[*at] == element) {
            self.end_from(at);
        }
    }

    /// Ends what is open, and gives the result.
    pub(super) fn finish(mut self) -> String {
        // all end tags have their room, whatever is missing
        self.end_from(0);
        self.out
    }

    /// Ends what cannot be open around an element of that kind.
    fn end_those_that(&mut self, kind: Kind) {
        let inside = self.open.iter().rposition(|open| kind.stops_at(open.kind)).map_or(0, |at| at + 1);
        let first = self.open[inside..].iter().position(|open| kind.ends(open.kind));
        if let Some(first) = first {
            self.end_from(inside + first);
        }
    }

    fn open(&mut self, element: Element) {
        let end_bytes = element.name.len() + "</>".len();
        if self.open.len() < DEPTH_MAX && self.has_room(element.name.len() + "<>".len() + end_bytes) {
            self.push(&["<", element.name, ">"]);
            self.open.push(element);
            self.end_bytes += end_bytes;
        }
    }

    fn end_from(&mut self, at: usize) {
        for element in self.open.drain(at..).rev() {
            self.end_bytes -= element.name.len() + "</>".len();
            for part in ["</", element.name, ">"] {
                self.out.push_str(part);
            }
        }
    }

    fn push(&mut self, parts: &[&str]) {
        if self.has_room(parts.iter().map(|part| part.len()).sum()) {
            parts.iter().for_each(|part| self.out.push_str(part));
        }
    }

    /// Words do not run together where an element is left out that stood between them.
    fn part_words(&mut self, name: &str) {
        if parts_words(name) && self.out.ends_with(|last: char| !last.is_whitespace() && last != '>') {
            self.char(' ');
        }
    }
}
