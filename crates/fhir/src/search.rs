//! The syntax of search values: alternatives, escapes, tokens, references. Source: FHIR R4, "Search".

/// A value of a token parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// `value`: in any system.
    Anywhere(String),
    /// `system|value`; the system is empty in `|value`, which asks for one without a system.
    InSystem(String, String),
}

/// The alternatives of a value: what stands between commas that are not escaped. Escapes are kept.
#[must_use]
pub fn alternatives(value: &str) -> Vec<&str> {
    split_unescaped(value, ',').filter(|part| !part.is_empty()).collect()
}

/// The parameters of a query, names and values decoded as those of a form are. Nothing when one has no name or no value, an escape is
/// broken, what comes out is no UTF-8, or a fragment (`#`) follows.
///
/// ```
/// use baton_fhir::search::parameters;
/// let read = parameters("status=active&category=urn%3Aa%7C1").expect("two parameters");
/// assert_eq!(read[1], ("category".to_owned(), "urn:a|1".to_owned()));
/// ```
#[must_use]
pub fn parameters(query: &str) -> Option<Vec<(String, String)>> {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=')?;
        let pair = (decoded(name)?, decoded(value)?);
        (!pair.0.is_empty() && !pair.1.is_empty()).then_some(pair)
    };
    if query.contains('#') { None } else { query.split('&').map(pair).collect() }
}

fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (pair, after) = rest.split_at_checked(2)?;
                // `from_str_radix` would take a sign
                let digits = pair.iter().all(u8::is_ascii_hexdigit).then(|| std::str::from_utf8(pair).ok())??;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            plain => bytes.push(*plain),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Reads one alternative of a token parameter. Nothing when it names no value: all of a system cannot be asked for.
///
/// ```
/// use baton_fhir::search::{Token, token};
/// assert_eq!(token("urn:a|1\\|2"), Some(Token::InSystem("urn:a".to_owned(), "1|2".to_owned())));
/// ```
#[must_use]
pub fn token(text: &str) -> Option<Token> {
    let mut parts = split_unescaped(text, '|').map(unescaped);
    let read = match (parts.next()?, parts.next(), parts.next()) {
        (value, None, None) => Token::Anywhere(value),
        (system, Some(value), None) => Token::InSystem(system, value),
        _ => return None,
    };
    match &read {
        Token::Anywhere(value) | Token::InSystem(_, value) if value.is_empty() => None,
        _ => Some(read),
    }
}

/// Reads one alternative of a reference parameter as the id of a resource of that type on this server: the id alone,
/// `Type/id`, or an absolute address under `base`. Nothing for all else.
#[must_use]
pub fn local_id(text: &str, resource_type: &str, base: &str) -> Option<String> {
    let text = unescaped(text);
    let relative = match text.strip_prefix(base) {
        Some(rest) => rest.strip_prefix('/')?,
        None => &text,
    };
    let id = match relative.split_once('/') {
        None => relative,
        Some((named, id)) if named == resource_type => id,
        Some(_) => return None,
    };
    crate::definitions::primitive::is_id(id).then(|| id.to_owned())
}

fn split_unescaped(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |char| {
        let splits = char == at && !escaped;
        escaped = char == '\\' && !escaped;
        splits
    })
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Token, alternatives, local_id, parameters, token};

    #[test]
    fn a_query_with_a_broken_part_is_none() {
        for query in [
            "", "a", "=b", "a=", "a=b&", "&a=b", "a=b&&c=d", "a=%", "a=%4", "a=%zz", "a=%+1", "a=%FF", "%00%=1",
            "a=b#c",
        ] {
            assert_eq!(parameters(query), None, "{query}");
        }
    }

    #[test]
    fn names_and_values_are_decoded_after_they_are_parted() {
        let read = parameters("st%61tus=a%26b%3Dc+d%2B&x=y=z&x=%C3%A9").expect("three parameters");
        let expected = [("status", "a&b=c d+"), ("x", "y=z"), ("x", "é")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_comma_parts_alternatives_unless_it_is_escaped() {
        assert_eq!(alternatives(r"a,b\,c,,d\\,e"), ["a", r"b\,c", r"d\\", "e"]);
        assert!(alternatives("").is_empty());
    }

    #[test]
    fn a_token_needs_a_value() {
        for text in ["", "urn:a|", "|", "a|b|c"] {
            assert_eq!(token(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_may_name_its_system_or_say_that_there_is_none() {
        assert_eq!(token("1"), Some(Token::Anywhere("1".to_owned())));
        assert_eq!(token("|1"), Some(Token::InSystem(String::new(), "1".to_owned())));
        assert_eq!(token(r"urn:a|1\,2"), Some(Token::InSystem("urn:a".to_owned(), "1,2".to_owned())));
    }

    #[test]
    fn a_reference_is_read_in_three_forms() {
        let base = "https://a.example/v4";
        for text in ["p-1", "Patient/p-1", "https://a.example/v4/Patient/p-1"] {
            assert_eq!(local_id(text, "Patient", base).as_deref(), Some("p-1"), "{text}");
        }
        for text in
            ["Group/p-1", "https://b.example/Patient/p-1", "https://a.example/v4x/Patient/p-1", "Patient/", "a b"]
        {
            assert_eq!(local_id(text, "Patient", base), None, "{text}");
        }
    }
}
