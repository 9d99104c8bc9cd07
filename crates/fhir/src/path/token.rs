//! The words of a path, read one after the other.

use super::error::{Stop, shown};

/// A word with its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Byte offset in the path.
    pub(super) at: usize,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name; also words such as `and`, which only their place tells from names.
    Name(String),
    /// A name between backticks, which is never an operator.
    Quoted(String),
    /// Text between single quotes, its escapes resolved.
    Text(String),
    /// Digits, perhaps with a fraction.
    Number(String),
    /// `$this`.
    This,
    /// Brackets and operators.
    Symbol(&'static str),
    /// The end of the path.
    End,
}

/// Longer ones first, so that none hides behind its beginning.
pub(super) const SYMBOLS: &[&str] =
    &["!=", "!~", "<=", ">=", ".", "[", "]", "(", ")", "{", "}", ",", "|", "=", "~", "<", ">", "+", "-", "*", "/", "&"];

/// The words of a path and how far they were read. The last word is the end, and nothing is read beyond it.
pub(super) struct Words {
    tokens: Vec<Token>,
    next: usize,
}

impl Words {
    pub(super) fn new(tokens: Vec<Token>) -> Words {
        Words { tokens, next: 0 }
    }

    pub(super) fn peek(&self) -> &TokenKind {
        self.tokens.get(self.next).map_or(&TokenKind::End, |token| &token.kind)
    }

    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(0, |token| token.at)
    }

    pub(super) fn skip(&mut self) {
        if *self.peek() != TokenKind::End {
            self.next += 1;
        }
    }

    /// Whether a name with an opening parenthesis comes next.
    pub(super) fn is_call(&self) -> bool {
        let after = self.tokens.get(self.next + 1).map(|token| &token.kind);
        matches!((self.peek(), after), (TokenKind::Name(_), Some(TokenKind::Symbol("("))))
    }

    pub(super) fn take(&mut self, symbol: &'static str) -> bool {
        let is_here = *self.peek() == TokenKind::Symbol(symbol);
        if is_here {
            self.skip();
        }
        is_here
    }

    pub(super) fn expect(&mut self, symbol: &'static str) -> Result<(), Stop> {
        if self.take(symbol) { Ok(()) } else { Err(self.stop(&format!("{symbol} was expected"))) }
    }

    pub(super) fn index(&mut self) -> Result<usize, Stop> {
        let number = match self.peek() {
            TokenKind::Number(number) => number.parse().ok(),
            _ => None,
        };
        let number =
            number.ok_or_else(|| Stop::unsupported(self.at(), "between [ and ] stands a whole number from 0"))?;
        self.skip();
        Ok(number)
    }

    pub(super) fn stop(&self, expected: &str) -> Stop {
        let found = match self.peek() {
            TokenKind::Name(name) | TokenKind::Quoted(name) => shown(name),
            TokenKind::Text(_) => "a text",
            TokenKind::Number(_) => "a number",
            TokenKind::This => "$this",
            TokenKind::Symbol(symbol) => symbol,
            TokenKind::End => "the end of the path",
        };
        Stop::syntax(self.at(), format!("{expected}, found {found}"))
    }
}
