//! What sample messages of all guides have in common: templates with gaps.

use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
};

/// A template without the white space by which it is laid out for people: on the wire nobody sends that.
pub(crate) fn compact(text: &str) -> String {
    let read =
        json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("a test reads each template");
    let mut written = Vec::with_capacity(text.len());
    json::write(read.tree.root(), &mut written);
    String::from_utf8(written).expect("JSON is UTF-8")
}

/// A template with its gaps filled, each as it stands in the template and what comes there.
pub(crate) fn filled(template: &str, gaps: &[(&str, &str)]) -> String {
    gaps.iter().fold(template.to_owned(), |text, (gap, value)| text.replace(gap, value))
}
