//! HTML as a row of tags and texts, the way in which a page is read. Attributes, comments and the like are gone.
//! Source: HTML, "Tokenization".

use super::elements::{RAW, is_html};

/// One tag or stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// Text as it is written, with its references.
    Text(&'t str),
    Start {
        name: &'t str,
        /// Whether it says that it ends at once, which only counts in elements that are none of HTML's.
        is_closed: bool,
    },
    End {
        name: &'t str,
    },
}

/// Reads the tokens of a text, each letter once.
pub(super) struct Tokens<'t> {
    rest: &'t str,
    /// Whether the rest is known to hold no end of a CDATA section, so that it is looked for only once.
    without_cdata_end: bool,
    /// Whether the rest is text, whatever it looks like: a tag began in it that does not end.
    is_text: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(html: &'t str) -> Tokens<'t> {
        Tokens { rest: html, without_cdata_end: false, is_text: false }
    }

    fn text(&mut self, length: usize) -> Token<'t> {
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        Token::Text(text)
    }

    /// Goes behind the next place where that is written. What has none is text.
    fn skip_behind(&mut self, what: &str) {
        match self.rest.find(what) {
            Some(at) => self.rest = &self.rest[at + what.len()..],
            None => self.is_text = true,
        }
    }

    /// Goes behind a comment. It may be empty in a way of its own, and may end with `--!>`.
    fn skip_comment(&mut self) {
        let inside = &self.rest["<!--".len()..];
        if let Some(rest) = inside.strip_prefix('>').or_else(|| inside.strip_prefix("->")) {
            self.rest = rest;
            return;
        }
        let mut from = 0;
        self.rest = loop {
            let Some(at) = inside[from..].find("--").map(|at| from + at + "--".len()) else {
                break "";
            };
            let after = &inside[at..];
            if let Some(rest) = after.strip_prefix('>').or_else(|| after.strip_prefix("!>")) {
                break rest;
            }
            // the second dash may be the first of the two that end it
            from = at - 1;
        };
    }

    fn skip_cdata(&mut self) {
        const END: &str = "]]>";
        let end = if self.without_cdata_end { None } else { self.rest.find(END) };
        match end {
            Some(at) => self.rest = &self.rest[at + END.len()..],
            None => {
                self.without_cdata_end = true;
                self.skip_behind(">");
            }
        }
    }

    /// Reads a tag whose name begins at that place. Nothing when it does not end. Then a page shows nothing of it and of
    /// what follows; here that is so for HTML's own names only, because `CRP <five` is no tag to whoever wrote it.
    fn tag(&mut self, start: usize) -> Option<(&'t str, bool)> {
        let inside = &self.rest[start..];
        let ends = |char: char| char.is_ascii_whitespace() || matches!(char, '/' | '>');
        let (name, attributes) = inside.split_at(inside.find(ends).unwrap_or(inside.len()));
        let Some((length, is_closed)) = attributes_length(attributes) else {
            if is_html(name) {
                self.rest = "";
            } else {
                self.is_text = true;
            }
            return None;
        };
        self.rest = &attributes[length..];
        Some((name, is_closed))
    }

    /// Goes behind the end tag of an element whose content is no markup.
    fn skip_raw(&mut self, name: &str) {
        let mut from = 0;
        self.rest = loop {
            let Some(at) = self.rest[from..].find("</").map(|at| from + at) else {
                break "";
            };
            let after = &self.rest[at + "</".len()..];
            let is_end = after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
            let ends = |char: char| char.is_ascii_whitespace() || matches!(char, '/' | '>');
            if is_end && after[name.len()..].starts_with(ends) {
                let attributes = &after[name.len()..];
                break attributes_length(attributes).map_or("", |(length, _)| &attributes[length..]);
            }
            from = at + "</".len();
        };
    }

    fn start(&mut self) -> Option<Token<'t>> {
        let (name, is_closed) = self.tag("<".len())?;
        if name.eq_ignore_ascii_case("plaintext") {
            self.rest = "";
        }
        if let Some(raw) = RAW.iter().find(|raw| name.eq_ignore_ascii_case(raw)) {
            self.skip_raw(raw);
        }
        Some(Token::Start { name, is_closed })
    }

    fn end(&mut self) -> Option<Token<'t>> {
        self.tag("</".len()).map(|(name, _)| Token::End { name })
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        while !self.rest.is_empty() {
            let length = if self.is_text { None } else { self.rest.find('<') };
            let length = length.unwrap_or(self.rest.len());
            if length > 0 {
                return Some(self.text(length));
            }
            let bytes = self.rest.as_bytes();
            let token = match (bytes.get(1), bytes.get(2)) {
                (Some(letter), _) if letter.is_ascii_alphabetic() => self.start(),
                (Some(b'/'), Some(letter)) if letter.is_ascii_alphabetic() => self.end(),
                (Some(b'!'), _) if self.rest.starts_with("<!--") => {
                    self.skip_comment();
                    None
                }
                (Some(b'!'), _) if self.rest.starts_with("<![CDATA[") => {
                    self.skip_cdata();
                    None
                }
                (Some(b'!' | b'?'), _) | (Some(b'/'), Some(_)) => {
                    self.skip_behind(">");
                    None
                }
                (Some(_), _) | (None, _) => Some(self.text(1)),
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }
}

/// How long the attributes of a tag are, the `>` included, and whether the tag says that it ends at once. A `>` between
/// quotes does not end a tag, and quotes count behind an equals sign only. Nothing when there is no end.
fn attributes_length(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let (mut at, mut is_closed, mut has_name) = (0, false, false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'>' => return Some((at, is_closed)),
            b'=' if has_name => {
                at = value_end(bytes, at)?;
                (is_closed, has_name) = (false, false);
            }
            b'/' => (is_closed, has_name) = (true, false),
            // the name may be in front of the equals sign still
            _ if byte.is_ascii_whitespace() => is_closed = false,
            _ => (is_closed, has_name) = (false, true),
        }
    }
}

/// Where the value of an attribute ends that begins behind this place.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    while bytes.get(at)?.is_ascii_whitespace() {
        at += 1;
    }
    let quote = bytes[at];
    if matches!(quote, b'"' | b'\'') {
        let length = bytes[at + 1..].iter().position(|byte| *byte == quote)?;
        return Some(at + length + 2);
    }
    let length = bytes[at..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>')?;
    Some(at + length)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{Token, Tokens};

    fn check(html: &str, expected: Expect) {
        let line = |token: Token<'_>| match token {
            Token::Text(text) => format!("'{text}'"),
            Token::Start { name, is_closed } => format!("{name}{}", if is_closed { "/" } else { "" }),
            Token::End { name } => format!("-{name}"),
        };
        expected.assert_eq(&Tokens::of(html).map(line).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn tags_and_texts_follow_each_other() {
        check("a<b>c</b >d<br/>e< f<3 g<", expect!["'a' b 'c' -b 'd' br/ 'e' '<' ' f' '<' '3 g' '<'"]);
    }

    #[test]
    fn attributes_are_skipped_however_they_are_written() {
        check("<a href=x>1</a>", expect!["a '1' -a"]);
        check("<a href='>' title = \">\">2", expect!["a '2'"]);
        check("<a \">3", expect!["a '3'"]);
        check("<a =\">\">4", expect![[r#"a '">4'"#]]);
        check("<a b=c/>5<svg b='' />6", expect!["a '5' svg/ '6'"]);
    }

    #[test]
    fn comments_and_declarations_are_skipped() {
        check("1<!-- > -- -->2<!-->3<!--->4<!-- --!>5", expect!["'1' '2' '3' '4' '5'"]);
        check(
            "<!DOCTYPE html>1<?xml version='1.0'?>2<![CDATA[<b>]]>3<![CDATA[x>4</ x>5</>6",
            expect!["'1' '2' '3' '4' '5' '6'"],
        );
        check("<!-- a ---><b>", expect!["b"]);
    }

    #[test]
    fn content_that_is_no_markup_is_skipped_to_its_end() {
        check("<script>if (a</b>) '</scripts>' </SCRIPT x>1", expect!["script '1'"]);
        check("<style><!--</style>2", expect!["style '2'"]);
        check("<title>x", expect!["title"]);
    }

    #[test]
    fn of_a_tag_that_does_not_end_a_page_shows_nothing() {
        check("1<b", expect!["'1'"]);
        check("1<IMG src=x onerror=alert(1) ", expect!["'1'"]);
        check("1<b title='>", expect!["'1'"]);
        check("1</b", expect!["'1'"]);
        check("1<!-- 2", expect!["'1'"]);
    }

    #[test]
    fn what_only_looks_like_the_start_of_a_tag_is_text() {
        check("CRP <five, ESR <b>x</b> 'normal", expect!["'CRP ' five, 'x' -b ' 'normal'"]);
        check("CRP <five, ESR normal", expect!["'CRP ' '<five, ESR normal'"]);
        check("dose <?unsure", expect!["'dose ' '<?unsure'"]);
        check("a</ b", expect!["'a' '</ b'"]);
    }
}
