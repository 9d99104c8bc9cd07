//! What comes back from a provider with a person's browser. Source: OpenID Connect Core 1.0, sections 3.1.2.5 to 3.1.2.7; RFC 9207.

/// Longer values are not looked at.
const VALUE_BYTES_MAX: usize = 4096;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came<'p> {
    /// A code, to be redeemed at once.
    Code(&'p str),
    /// The provider let nobody in, and says why in one of OAuth's words.
    Nobody(&'p str),
}

/// Why an answer is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CameRefusal {
    /// Somebody put a second value beside the first.
    #[error("a parameter of the answer stands twice")]
    Repeated,
    /// It says neither.
    #[error("the answer has neither a code nor an error")]
    Nothing,
    /// It is too long.
    #[error("a parameter of the answer is too long")]
    TooLong,
    /// It is another provider's.
    #[error("the answer says that it comes from another issuer")]
    Issuer,
    /// It does not say whose it is, and its provider always does.
    #[error("the answer does not say from which issuer it comes, as this provider's answers do")]
    NoIssuer,
}

/// Reads an answer to a question that was asked of this issuer; its `state` was looked up before.
///
/// # Errors
/// [`CameRefusal`]
pub fn came<'p>(parameters: &'p [(String, String)], issuer: &str, names_itself: bool) -> Result<Came<'p>, CameRefusal> {
    for name in ["code", "error", "iss", "state"] {
        if parameters.iter().filter(|(one, _)| one == name).count() > 1 {
            return Err(CameRefusal::Repeated);
        }
    }
    let value = |name: &str| parameters.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    match value("iss") {
        Some(other) if other != issuer => return Err(CameRefusal::Issuer),
        None if names_itself => return Err(CameRefusal::NoIssuer),
        Some(_) | None => {}
    }
    let said = match (value("error"), value("code")) {
        (Some(error), _) => Came::Nobody(word(error)),
        (None, Some(code)) if code.len() > VALUE_BYTES_MAX => return Err(CameRefusal::TooLong),
        (None, Some(code)) if !code.is_empty() => Came::Code(code),
        (None, _) => return Err(CameRefusal::Nothing),
    };
    Ok(said)
}

/// The error as one of the words that OAuth and OpenID have, so that nothing else comes into a log.
fn word(error: &str) -> &'static str {
    const WORDS: [&str; 12] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unmet_authentication_requirements",
        "unsupported_response_type",
    ];
    WORDS.into_iter().find(|word| *word == error).unwrap_or("another error")
}

#[cfg(test)]
mod tests {
    use super::{Came, CameRefusal, came};

    const ISSUER: &str = "https://id.example";

    #[track_caller]
    fn check(query: &[(&str, &str)], names_itself: bool, expected: Result<Came<'_>, CameRefusal>) {
        let pairs: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(came(&pairs, ISSUER, names_itself), expected, "{query:?}");
    }

    #[test]
    fn an_answer_of_another_issuer_is_not_looked_at() {
        check(&[("code", "1"), ("iss", "https://other.example")], false, Err(CameRefusal::Issuer));
        check(&[("error", "access_denied"), ("iss", "https://id.example/")], false, Err(CameRefusal::Issuer));
        check(&[("code", "1")], true, Err(CameRefusal::NoIssuer));
        check(&[("code", "1"), ("iss", ISSUER)], true, Ok(Came::Code("1")));
        check(&[("code", "1")], false, Ok(Came::Code("1")));
    }

    #[test]
    fn an_answer_says_one_thing() {
        check(&[("code", "1"), ("code", "2")], false, Err(CameRefusal::Repeated));
        check(&[("iss", ISSUER), ("iss", "x"), ("code", "1")], false, Err(CameRefusal::Repeated));
        check(&[("state", "a")], false, Err(CameRefusal::Nothing));
        check(&[("code", "")], false, Err(CameRefusal::Nothing));
        check(&[("code", &"1".repeat(4097))], false, Err(CameRefusal::TooLong));
    }

    #[test]
    fn an_error_is_one_of_the_words_that_there_are() {
        check(&[("error", "access_denied"), ("code", "1")], false, Ok(Came::Nobody("access_denied")));
        check(&[("error", "Ada was here")], false, Ok(Came::Nobody("another error")));
    }
}
