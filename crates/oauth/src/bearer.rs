//! Reads what a caller shows in `Authorization`. Source: RFC 6750, section 2.1.

/// What a caller showed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'h> {
    /// No credentials at all.
    Nothing,
    /// Credentials of another scheme, or none that could be a token.
    Other,
    /// A bearer token, good or not.
    Token(&'h str),
}

impl std::fmt::Debug for Presented<'_> {
    /// Prints the kind only: tokens are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Presented::Nothing => "Nothing",
            Presented::Other => "Other",
            Presented::Token(_) => "Token(…)",
        })
    }
}

/// Longer texts are no tokens of ours and are not even hashed.
const TOKEN_CHARS_MAX: usize = 512;

/// Reads the value of an `Authorization` header. The scheme has no letter case.
///
/// ```
/// use baton_oauth::bearer::{Presented, presented};
/// assert_eq!(presented(Some("bearer abc")), Presented::Token("abc"));
/// assert_eq!(presented(Some("Basic YTpi")), Presented::Other);
/// ```
#[must_use]
pub fn presented(header: Option<&str>) -> Presented<'_> {
    let Some(header) = header else {
        return Presented::Nothing;
    };
    let Some((scheme, token)) = header.trim().split_once(' ') else {
        return Presented::Other;
    };
    let token = token.trim_start();
    if scheme.eq_ignore_ascii_case("bearer") && is_token(token) { Presented::Token(token) } else { Presented::Other }
}

/// RFC 6750's `b64token`.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && text.len() <= TOKEN_CHARS_MAX && body.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{Presented, presented};

    #[test]
    fn no_header_is_no_credentials() {
        assert_eq!(presented(None), Presented::Nothing);
    }

    #[test]
    fn what_is_no_bearer_token_is_something_else() {
        for header in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer {token}", "Bearer ="] {
            assert_eq!(presented(Some(header)), Presented::Other, "{header}");
        }
    }

    #[test]
    fn a_token_may_be_512_characters_and_no_more() {
        let header = format!("Bearer {}", "a".repeat(512));
        assert!(matches!(presented(Some(&header)), Presented::Token(_)));
        assert_eq!(presented(Some(&format!("{header}a"))), Presented::Other);
    }

    #[test]
    fn debug_output_hides_the_token() {
        assert_eq!(format!("{:?}", Presented::Token("abc")), "Token(…)");
    }
}
