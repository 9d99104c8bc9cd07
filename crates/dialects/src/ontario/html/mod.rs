//! HTML that senders put into the summary of a referral and into notes, made harmless before it is kept.
//! Source: seeds/000 "Update Referral" (`additional_referral_info`, "formatted as HTML"); Ocean's notes; which elements stay
//! is decided in docs/dialects/ontario.md, "HTML".
//!
//! The result is safe by the way in which it is made, not by what is looked for in it: it holds text, in which every `<`,
//! `>` and `&` is escaped, and tags from a closed list without any attribute, every one of them closed. How well the input
//! is understood only decides how well it looks. No library does this: ammonia brings crates under MPL, which this project
//! does not take, and both it and html5ever need a time that grows with the square of the attributes in one tag.

mod elements;
mod entity;
mod token;
mod writer;

use elements::DROPPED;
use token::{Token, Tokens};
use writer::Writer;

/// How much of the input is looked at, in bytes. The rest is left out.
pub(crate) const INPUT_BYTES_MAX: usize = 256 * 1024;

/// How long the result may be, in bytes. The rest is left out.
pub(crate) const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// What is left of HTML when everything that could do harm is gone: formatted text that ends well in every page.
///
/// Elements for formatting stay, without their attributes; of others their text stays; what runs, or is no text, goes with
/// all that it holds; comments, declarations and instructions go. Text that does not fit ends with an ellipsis, see
/// [`INPUT_BYTES_MAX`] and [`OUTPUT_BYTES_MAX`]. The result of a result is that result.
pub(crate) fn harmless(html: &str) -> String {
    let seen = cut(html);
    let tokens: Vec<Token<'_>> = Tokens::of(seen).collect();
    let mut writer = Writer::new();
    let mut depth: i64 = 0;
    for (token, change) in tokens.iter().zip(dropped(&tokens)) {
        depth += change;
        // an end tag that ends what is dropped lowers the depth only behind it, see `dropped`
        if depth > 0 {
            continue;
        }
        match token {
            Token::Text(text) => writer.text(text),
            Token::Start { name, .. } => writer.start(name),
            Token::End { name } => writer.end(name),
        }
    }
    if seen.len() < html.len() {
        writer.cut();
    }
    writer.finish()
}

/// The part that is looked at: no letter and no name of a letter is cut in two.
fn cut(html: &str) -> &str {
    const NAME_MAX: usize = 40;
    if html.len() <= INPUT_BYTES_MAX {
        return html;
    }
    let seen = &html[..html.floor_char_boundary(INPUT_BYTES_MAX)];
    match seen.rfind('&') {
        Some(at) if seen.len() - at < NAME_MAX && !seen[at..].contains(';') => &seen[..at],
        _ => seen,
    }
}

/// For each token, how many more elements are open from there on whose content is dropped. Elements that are not closed
/// count for nothing: what follows them is more likely the sender's text than their content.
fn dropped(tokens: &[Token<'_>]) -> Vec<i64> {
    let mut changes = vec![0; tokens.len()];
    let mut open: [Vec<usize>; DROPPED.len()] = Default::default();
    let which = |name: &str| DROPPED.iter().position(|dropped| name.eq_ignore_ascii_case(dropped));
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Start { name, is_closed: false } => {
                if let Some(which) = which(name) {
                    open[which].push(at);
                }
            }
            Token::End { name } => {
                if let Some(start) = which(name).and_then(|which| open[which].pop()) {
                    changes[start] += 1;
                    // the end tag itself writes nothing, so it may count as outside
                    changes[at] -= 1;
                }
            }
            Token::Start { is_closed: true, .. } | Token::Text(_) => {}
        }
    }
    changes
}

#[cfg(test)]
mod tests;
