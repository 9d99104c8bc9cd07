//! Takes Rust text apart into code, literals and comments, so that a rule about code does not trip over words.

/// A literal or a comment: where it stands and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Byte offset of its first character in the file, a quote or a slash.
    pub offset: usize,
    /// What stands inside, escapes as they are written.
    pub text: String,
}

/// A text that was taken apart.
#[derive(Debug, Default)]
pub struct Lexed {
    /// As long as the text, line by line, with spaces in place of comments and of what stands between quotes.
    pub code: String,
    /// String literals, raw ones and byte strings too.
    pub literals: Vec<Piece>,
    /// Comments, documentation too.
    pub comments: Vec<Piece>,
}

/// Takes a text apart. Text that is no Rust gives something, and never a panic.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, lexed: Lexed::default() };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.lexed
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    lexed: Lexed,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            self.comment(end);
        } else if rest.starts_with("/*") {
            self.comment(block_comment_len(rest));
        } else if let Some(inside) = rest.strip_prefix('"') {
            self.literal(0, string_len(inside));
        } else if rest.starts_with('\'') {
            self.character(rest);
        } else if rest.starts_with(is_word_start) {
            self.word(rest);
        } else {
            self.keep(rest.chars().next().map_or(1, char::len_utf8));
        }
    }

    fn word(&mut self, rest: &str) {
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(len);
        let hashes = after.len() - after.trim_start_matches('#').len();
        match word {
            "r" | "br" | "cr" if after[hashes..].starts_with('"') => {
                self.keep(len);
                self.literal(hashes, raw_string_len(&after[hashes + 1..], hashes));
            }
            _ => self.keep(len),
        }
    }

    /// A character in quotes, or the tick of a lifetime.
    fn character(&mut self, rest: &str) {
        let mut inside = rest[1..].chars();
        let first = inside.next();
        if first == Some('\\') {
            let close = rest[1..].char_indices().skip(2).find(|(_, c)| *c == '\'');
            self.blank(close.map_or(rest.len(), |(at, _)| at + 2));
        } else if let Some(first) = first.filter(|_| inside.next() == Some('\'')) {
            self.blank(first.len_utf8() + 2);
        } else {
            self.keep(1);
        }
    }

    fn comment(&mut self, len: usize) {
        let text = self.text[self.at..self.at + len].to_owned();
        self.lexed.comments.push(Piece { offset: self.at, text });
        self.blank(len);
    }

    /// A literal whose quotes have `hashes` before and after them; `inside` is how long it is between them.
    fn literal(&mut self, hashes: usize, inside: usize) {
        let offset = self.at + hashes;
        self.keep(hashes + 1);
        let text = self.text[self.at..self.at + inside].to_owned();
        self.lexed.literals.push(Piece { offset, text });
        self.blank(inside);
        self.keep((hashes + 1).min(self.text.len() - self.at));
    }

    fn keep(&mut self, len: usize) {
        let kept = &self.text[self.at..self.at + len];
        self.lexed.code.push_str(kept);
        self.at += len;
    }

    fn blank(&mut self, len: usize) {
        for byte in &self.text.as_bytes()[self.at..self.at + len] {
            self.lexed.code.push(if *byte == b'\n' { '\n' } else { ' ' });
        }
        self.at += len;
    }
}

fn string_len(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    inside.len()
}

fn raw_string_len(inside: &str, hashes: usize) -> usize {
    let close = format!("\"{}", "#".repeat(hashes));
    inside.find(&close).unwrap_or(inside.len())
}

fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The names and keywords in code, with their offsets.
pub fn words(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(is_word).map(|start| at + start) {
        let len = code[start..].find(|c| !is_word(c)).unwrap_or(code.len() - start);
        found.push((start, &code[start..start + len]));
        at = start + len;
    }
    found
}

/// Where the brace closes that opens at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: &str, literals: &[&str], comments: &[&str]) {
        let lexed = lex(text);
        let inside = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.clone()).collect::<Vec<_>>();
        assert_eq!(lexed.code, code);
        assert_eq!(inside(&lexed.literals), literals);
        assert_eq!(inside(&lexed.comments), comments);
    }

    #[test]
    fn what_stands_in_quotes_is_no_code() {
        check(r#"f("a{b", 1)"#, r#"f("   ", 1)"#, &["a{b"], &[]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        check(r#""a\"b" c"#, r#""    " c"#, &[r#"a\"b"#], &[]);
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        check(r###"r#"a"b"# c"###, r###"r#"   "# c"###, &[r#"a"b"#], &[]);
    }

    #[test]
    fn comments_nest_and_keep_their_lines() {
        check("a /* b /* c */\n */ d // e\nf", "a             \n    d     \nf", &[], &["/* b /* c */\n */", "// e"]);
    }

    #[test]
    fn a_character_may_be_a_quote_or_a_brace() {
        check(r#"'"' '{' '\'' b'}'"#, &format!("{:13}b{:3}", "", ""), &[], &[]);
    }

    #[test]
    fn a_lifetime_is_no_character() {
        check("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)", &[], &[]);
    }

    #[test]
    fn unfinished_text_is_no_panic() {
        for text in ["\"", "\"\\", "r#\"", "r\"", "/*", "'", "'\\", "'\\'", "b\"", "\"ä", "'ä"] {
            assert_eq!(lex(text).code.len(), text.len(), "{text}");
        }
    }

    #[test]
    fn a_brace_closes_where_its_depth_ends() {
        assert_eq!(closing("a { b { c } d } e }", 2), 14);
    }
}
