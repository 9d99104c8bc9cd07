//! Walks over the bytes of a JSON text: white space, comments, strings and numbers, each with its place.

use super::rules;
use crate::{
    finding::{Finding, Rule, Severity, add},
    reading::Reading,
    tree::{Position, Tree},
};

/// Why reading stopped.
pub(super) type Stop = Box<Finding>;

/// The text and how far it was read.
pub(super) struct Scan<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) reading: Reading,
    pub(super) findings: Vec<Finding>,
}

/// A string as it stands in the text.
pub(super) struct Quoted {
    /// First byte after the opening quote.
    pub(super) start: usize,
    /// The closing quote.
    pub(super) end: usize,
    pub(super) has_escapes: bool,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str, reading: Reading) -> Scan<'t> {
        Scan { text, at: 0, reading, findings: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What stands at the current place, in words that repeat no content beyond one structural character.
    pub(super) fn found(&self) -> String {
        match self.peek() {
            None => "the end of the text".to_owned(),
            Some(byte @ (b'{' | b'}' | b'[' | b']' | b':' | b',' | b'"')) => format!("'{}'", char::from(byte)),
            Some(b'0'..=b'9' | b'-') => "a number".to_owned(),
            Some(b'\'') => "a single quote; JSON strings stand in double quotes".to_owned(),
            Some(_) => "something else".to_owned(),
        }
    }

    pub(super) fn stop(&self, expected: &str) -> Stop {
        self.stop_at(&rules::SYNTAX, self.at, format!("{expected}, found {}", self.found()))
    }

    pub(super) fn stop_at(&self, rule: &'static Rule, offset: usize, diagnostics: String) -> Stop {
        Box::new(Finding {
            position: Some(Position::of(self.text, offset)),
            ..Finding::new(rule, diagnostics).with(Severity::Fatal)
        })
    }

    /// Notes a repair, or stops where repairs are not wanted.
    pub(super) fn repair(&mut self, rule: &'static Rule, offset: usize, what: &'static str) -> Result<(), Stop> {
        if self.reading == Reading::Strict {
            return Err(self.stop_at(&rules::SYNTAX, offset, format!("{what} is not JSON")));
        }
        let text = self.text;
        add(&mut self.findings, rule, || Finding {
            position: Some(Position::of(text, offset)),
            ..Finding::new(rule, format!("{what} was left out")).with(Severity::Warning)
        });
        Ok(())
    }

    /// Goes on to the next thing that means something.
    pub(super) fn skip_blanks(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(b'/') => self.skip_comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length = if rest.starts_with(b"//") {
            rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            match self.text[start + 2..].find("*/") {
                Some(end) => end + 4,
                None => return Err(self.stop_at(&rules::SYNTAX, start, "a comment that does not end".to_owned())),
            }
        } else {
            return Err(self.stop("a value, a name or a structural character was expected"));
        };
        self.repair(&rules::REPAIR_COMMENT, start, "a comment")?;
        self.at += length;
        Ok(())
    }

    /// Reads a string whose opening quote stands here.
    pub(super) fn quoted(&mut self) -> Result<Quoted, Stop> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        let mut has_escapes = false;
        loop {
            match bytes.get(at) {
                None => {
                    self.at = bytes.len();
                    let opened = Position::of(self.text, start - 1);
                    return Err(
                        self.stop(&format!("the string that opens at {opened} does not end: '\"' was expected"))
                    );
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    at += 2;
                }
                Some(0..=0x1F) => {
                    let what = "a control character in a string has to be escaped".to_owned();
                    return Err(self.stop_at(&rules::SYNTAX, at, what));
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(Quoted { start, end: at, has_escapes })
    }

    /// The text of a string with escapes.
    pub(super) fn unescape(&self, quoted: &Quoted) -> Result<String, Stop> {
        let raw = &self.text[quoted.start..quoted.end];
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            let offset = quoted.end - rest.len() + at;
            let escape = &rest[at + 1..];
            let (character, length) = self.escape(escape, offset)?;
            text.push(character);
            rest = &escape[length..];
        }
        text.push_str(rest);
        Ok(text)
    }

    fn escape(&self, escape: &str, offset: usize) -> Result<(char, usize), Stop> {
        let bad = |what: &str| self.stop_at(&rules::SYNTAX, offset, what.to_owned());
        let character = match escape.bytes().next() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(escape, offset),
            _ => return Err(bad("this escape does not exist in JSON")),
        };
        Ok((character, 1))
    }

    fn unicode(&self, escape: &str, offset: usize) -> Result<(char, usize), Stop> {
        let bad = |what: &str| self.stop_at(&rules::SYNTAX, offset, what.to_owned());
        let unit = |at: usize| -> Option<u32> {
            let digits = escape.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            u32::from_str_radix(digits, 16).ok()
        };
        let Some(first) = unit(1) else {
            return Err(bad("\\u wants four hexadecimal digits"));
        };
        if let Some(character) = char::from_u32(first) {
            return Ok((character, 5));
        }
        let second = if escape.get(5..7) == Some("\\u") { unit(7) } else { None };
        match second {
            Some(second @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                char::from_u32(code).map(|character| (character, 11)).ok_or_else(|| bad("no such character"))
            }
            _ => Err(bad("half of a surrogate pair stands alone")),
        }
    }

    /// Reads a number that begins here; gives its first and last place.
    pub(super) fn number(&mut self) -> Result<(usize, usize), Stop> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.stop("a digit was expected")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'a'..=b'z' | b'A'..=b'Z')) {
            return Err(self.stop_at(&rules::SYNTAX, start, "this is no JSON number".to_owned()));
        }
        Ok((start, self.at))
    }

    fn some_digits(&mut self) -> Result<(), Stop> {
        let before = self.at;
        self.digits();
        if self.at == before { Err(self.stop("a digit was expected")) } else { Ok(()) }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn word(&mut self, word: &'static str) -> bool {
        let fits = self.text[self.at..].starts_with(word);
        let after = self.text.as_bytes().get(self.at + word.len());
        if !fits || after.is_some_and(u8::is_ascii_alphanumeric) {
            return false;
        }
        self.at += word.len();
        true
    }
}

/// Makes the tree that a scan is going to fill.
pub(super) fn tree_over(text: &str) -> Tree {
    Tree::over(text.to_owned())
}
