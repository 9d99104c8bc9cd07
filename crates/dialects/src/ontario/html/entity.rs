//! Names and numbers of letters.
//! Source: HTML, "Named character references" and "Numeric character reference end state".

use std::borrow::Cow;

use baton_fhir::entity::named;

/// Numbers that mean a letter of Windows, from 128 on; the others of the row mean nothing.
const WINDOWS: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

/// The longest name of a letter, and more than enough for a number.
const NAME_BYTES_MAX: usize = 40;

/// What a reference at the start of the text means, and how long it is. Nothing when it is none: then the `&` is a text.
pub(super) fn reference(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(NAME_BYTES_MAX).position(|byte| byte == b';')?;
    let name = &inside[..end];
    let means = match name.strip_prefix('#') {
        Some(number) => Cow::Owned(numbered(number)?.to_string()),
        None => Cow::Borrowed(named(name)?),
    };
    Some((means, end + 2))
}

fn numbered(number: &str) -> Option<char> {
    let digits = number.strip_prefix(['x', 'X']);
    let (digits, radix) = digits.map_or((number, 10), |digits| (digits, 16));
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    let windows = || WINDOWS.chars().nth((code - 128) as usize).filter(|char| *char != '\0');
    if (128..160).contains(&code) { windows() } else { char::from_u32(code) }
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn letters_have_names_and_numbers() {
        for (text, means) in [
            ("&amp;x", "&"),
            ("&lt;", "<"),
            ("&apos;", "'"),
            ("&nbsp;", "\u{a0}"),
            ("&eacute;", "é"),
            ("&#233;", "é"),
            ("&#xE9;", "é"),
            ("&#146;", "’"),
            ("&#128;", "€"),
        ] {
            let (found, length) = reference(text).expect(text);
            assert_eq!((found.as_ref(), length), (means, text.find(';').expect("it has one") + 1), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_no_reference() {
        for text in
            ["&", "& ", "&;", "&#;", "&#x;", "&nothing;", "&#xD800;", "&#99999999999;", "&#+1;", "&#129;", "&amp", "x"]
        {
            assert_eq!(reference(text), None, "{text}");
        }
    }
}
