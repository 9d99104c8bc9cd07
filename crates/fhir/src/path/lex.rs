//! Takes a path apart into words. Source: FHIRPath 2.0, "Lexical Elements".

use super::error::Stop;
use super::token::{SYMBOLS, Token, TokenKind};

/// Takes a path apart.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Stop> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\n', '\r']).len();
        let (kind, length) = word(&text[at..], at)?;
        let is_end = kind == TokenKind::End;
        tokens.push(Token { kind, at });
        if is_end {
            return Ok(tokens);
        }
        at += length;
    }
}

/// The word at the beginning of a text, and its length.
fn word(rest: &str, at: usize) -> Result<(TokenKind, usize), Stop> {
    let Some(first) = rest.chars().next() else {
        return Ok((TokenKind::End, 0));
    };
    match first {
        'A'..='Z' | 'a'..='z' | '_' => {
            let name = leading(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            Ok((TokenKind::Name(name.to_owned()), name.len()))
        }
        '0'..='9' => Ok(number(rest)),
        '\'' => quoted(rest, '\'', at).map(|(text, length)| (TokenKind::Text(text), length)),
        '`' => quoted(rest, '`', at).map(|(text, length)| (TokenKind::Quoted(text), length)),
        '$' => variable(rest, at),
        '"' => Err(Stop::syntax(at, "text stands between single quotes: 'text'")),
        '@' => Err(Stop::unsupported(at, "dates are compared as text here: write '2024-02-29' and not @2024-02-29")),
        '%' => Err(Stop::unsupported(at, "variables are not supported: begin with the type, as in Patient.name")),
        '/' if rest.starts_with("//") || rest.starts_with("/*") => {
            Err(Stop::unsupported(at, "comments are not supported: leave them out"))
        }
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => Ok((TokenKind::Symbol(symbol), symbol.len())),
            None => Err(Stop::syntax(at, "this character has no meaning here")),
        },
    }
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

fn number(rest: &str) -> (TokenKind, usize) {
    let whole = leading(rest, |c| c.is_ascii_digit());
    let fraction = rest[whole.len()..].strip_prefix('.').map(|after| leading(after, |c| c.is_ascii_digit()));
    let length = match fraction {
        Some(fraction) if !fraction.is_empty() => whole.len() + 1 + fraction.len(),
        _ => whole.len(),
    };
    (TokenKind::Number(rest[..length].to_owned()), length)
}

fn variable(rest: &str, at: usize) -> Result<(TokenKind, usize), Stop> {
    let name = leading(&rest[1..], |c| c.is_ascii_alphanumeric());
    match name {
        "this" => Ok((TokenKind::This, 1 + name.len())),
        _ => Err(Stop::unsupported(at, "of the words with $ only $this is supported")),
    }
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<(String, usize), Stop> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((offset, letter)) = letters.next() {
        if letter == quote {
            return Ok((text, offset + 1));
        }
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        let (escaped, length) = escape(&rest[offset + 1..], at + offset)?;
        text.push(escaped);
        for _ in 0..length {
            letters.next();
        }
    }
    Err(Stop::syntax(at, format!("what opens here has to end with {quote}")))
}

/// The character that an escape stands for, and how many characters follow the backslash.
fn escape(rest: &str, at: usize) -> Result<(char, usize), Stop> {
    let character = match rest.chars().next() {
        Some(same @ ('\'' | '"' | '`' | '\\' | '/')) => same,
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('f') => '\u{c}',
        Some('u') => {
            let digits = rest.get(1..5).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let wrong = || Stop::syntax(at, "\\u wants four hexadecimal digits of a character");
            return code.and_then(char::from_u32).map(|character| (character, 5)).ok_or_else(wrong);
        }
        _ => return Err(Stop::syntax(at, "this escape does not exist: \\' \\\\ \\n \\r \\t \\f and \\u0041 do")),
    };
    Ok((character, 1))
}
