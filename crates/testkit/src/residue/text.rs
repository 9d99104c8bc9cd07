//! How a text may be spelled and escaped.

use super::form::Form;

/// The text in small, capital and mixed letters, and a number in the groups in which people write it.
pub(super) fn spellings(text: &str) -> Vec<String> {
    let mut spellings = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase(), title(text)];
    if text.len() > 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        for groups in [&[3, 3][..], &[4, 3], &[3, 3, 3], &[4, 4], &[2, 2, 2, 2]] {
            for between in [" ", "-"] {
                spellings.push(grouped(text, groups, between));
            }
        }
        spellings.push(grouped(text, &vec![1; text.len() - 1], " "));
    }
    spellings.sort();
    spellings.dedup();
    spellings
}

/// The text with every character escaped, as JSON, URLs and HTML do it.
pub(super) fn escapes(text: &str) -> Vec<Form> {
    let all = |escape: &dyn Fn(u16) -> String| text.encode_utf16().map(escape).collect::<String>().into_bytes();
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        ("JSON escapes", all(&|unit| format!("\\u{unit:04x}"))),
        ("JSON escapes", all(&|unit| format!("\\u{unit:04X}"))),
        ("percent", percent.to_lowercase().into_bytes()),
        ("percent", percent.into_bytes()),
        ("HTML entities", all(&|unit| format!("&#{unit};"))),
        ("HTML entities", all(&|unit| format!("&#x{unit:x};"))),
        ("HTML entities", all(&|unit| format!("&#x{unit:X};"))),
    ]
}

fn title(text: &str) -> String {
    let mut is_first = true;
    let each = |letter: char| {
        let cased: String = if is_first { letter.to_uppercase().collect() } else { letter.to_lowercase().collect() };
        is_first = !letter.is_alphanumeric();
        cased
    };
    text.chars().map(each).collect::<Vec<_>>().concat()
}

/// The first digits in groups of these sizes, and all others in the last one.
fn grouped(digits: &str, sizes: &[usize], between: &str) -> String {
    let (mut groups, mut rest) = (Vec::new(), digits);
    for size in sizes {
        let (group, behind) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = behind;
    }
    groups.push(rest);
    groups.retain(|group| !group.is_empty());
    groups.join(between)
}
