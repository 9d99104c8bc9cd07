//! Scopes as text: which a client may ask for, and which of them it gets. What a scope allows is said elsewhere.

/// Whether a text can be a scope at all. Source: RFC 6749, section 3.3 (`scope-token`).
#[must_use]
pub fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// The scopes that a client gets: those it asks for among those it is registered for, all of them when it asks for none.
/// Nothing when nothing is left. Scopes are compared as text: letter case counts.
/// Source: RFC 6749, section 3.3 (partly ignoring a request is allowed, and the answer says what was granted).
#[must_use]
pub fn granted(registered: &[String], asked: Option<&str>) -> Option<Vec<String>> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let granted: Vec<String> = match asked {
        None => registered.to_vec(),
        Some(asked) => {
            let wanted = |scope: &&String| asked.split(' ').any(|one| one == scope.as_str());
            registered.iter().filter(wanted).cloned().collect()
        }
    };
    (!granted.is_empty()).then_some(granted)
}

#[cfg(test)]
mod tests {
    use super::{granted, is_scope};

    fn check_granted(asked: Option<&str>, expected: Option<&[&str]>) {
        let registered = ["system/Messaging.write".to_owned(), "system/*.read".to_owned()];
        let got = granted(&registered, asked);
        let expected = expected.map(|scopes| scopes.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(got, expected, "asked for {asked:?}");
    }

    #[test]
    fn nothing_is_granted_that_is_not_registered() {
        check_granted(Some("system/Patient.write"), None);
        check_granted(Some("system/messaging.write"), None);
        check_granted(Some("system/*.*"), None);
    }

    #[test]
    fn a_client_without_registered_scopes_gets_none() {
        assert_eq!(granted(&[], None), None);
    }

    #[test]
    fn what_is_not_registered_is_left_out() {
        check_granted(Some("system/Patient.write system/*.read"), Some(&["system/*.read"]));
    }

    #[test]
    fn without_a_wish_all_registered_scopes_are_granted() {
        check_granted(None, Some(&["system/Messaging.write", "system/*.read"]));
        check_granted(Some(" "), Some(&["system/Messaging.write", "system/*.read"]));
    }

    #[test]
    fn a_scope_has_no_spaces_quotes_or_letters_beyond_ascii() {
        assert!(is_scope("system/*.read?category=a|b"));
        for text in ["", "a b", "a\"b", "a\\b", "é"] {
            assert!(!is_scope(text), "{text}");
        }
    }
}
