//! The forms in which a program may have written something.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::{digest, text};

/// A name and what to search for.
pub(super) type Form = (&'static str, Vec<u8>);

/// All forms of a text.
pub(super) fn of_text(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for text in text::spellings(text) {
        forms.push(("UTF-8", text.clone().into_bytes()));
        forms.push(("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        forms.push(("UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        forms.push(("reversed", text.chars().rev().collect::<String>().into_bytes()));
        forms.extend(text::escapes(&text));
        forms.extend(of_encoded(text.as_bytes()));
        forms.extend(digest::of(text.as_bytes()));
    }
    forms
}

/// All forms of bytes that are no text.
pub(super) fn of_bytes(bytes: &[u8]) -> Vec<Form> {
    let mut forms = of_encoded(bytes);
    forms.push(("bytes", bytes.to_vec()));
    forms
}

fn of_encoded(bytes: &[u8]) -> Vec<Form> {
    let mut forms = hex(bytes);
    for before in 0..3 {
        forms.push(("base64", base64_within(&STANDARD_NO_PAD, bytes, before)));
        forms.push(("base64url", base64_within(&URL_SAFE_NO_PAD, bytes, before)));
    }
    forms
}

/// Two digits a byte, in small and in capital letters.
pub(super) fn hex(bytes: &[u8]) -> Vec<Form> {
    let small: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![("hex", small.to_uppercase().into_bytes()), ("hex", small.into_bytes())]
}

/// The letters that are the same whatever is around, when that many bytes modulo three stand before.
fn base64_within(engine: &impl Engine, bytes: &[u8], before: usize) -> Vec<u8> {
    let mut whole = vec![0; before];
    whole.extend_from_slice(bytes);
    let encoded = engine.encode(&whole).into_bytes();
    let (first, end) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
    encoded[first..end].to_vec()
}
