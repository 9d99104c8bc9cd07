//! What a text is: plain, XML of some kind, or something that a browser or a machine would run.
//! Source: XML 1.0, "Prolog and Document Type Declaration"; WHATWG MIME Sniffing, "Identifying a resource with an unknown
//! MIME type".

use super::content::Content;

/// Elements that a browser takes a text for HTML by, when one of them comes first. Those that browsers are known to look
/// for, and those that can run something.
const HTML: &[&str] = &[
    "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
    "img", "object", "embed", "form", "frameset", "link", "meta", "base", "video", "audio", "input", "button",
    "template", "span", "center", "ul", "ol", "math",
];

/// Tells what a text is by its first element.
pub(super) fn content(text: &str) -> Content {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    if is_script(rest) {
        return Content::Script;
    }
    let mut is_xml = false;
    // what may stand in front of the first element
    loop {
        if let Some(comment) = rest.strip_prefix("<!--") {
            // browsers take one that does not end for HTML
            let Some((_, after)) = comment.split_once("-->") else {
                return Content::Html;
            };
            rest = after.trim_start();
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            let Some((inside, after)) = instruction.split_once("?>") else {
                return Content::Text;
            };
            is_xml |= inside.starts_with("xml");
            rest = after.trim_start();
        } else if let Some(declared) = strip_doctype(rest) {
            return of_name(name(declared.trim_start()), true);
        } else {
            break;
        }
    }
    match rest.strip_prefix('<').map(name) {
        Some(first) if !first.is_empty() => of_name(first, is_xml),
        _ if is_xml => Content::Xml,
        _ => Content::Text,
    }
}

fn is_script(text: &str) -> bool {
    let interpreter = text.strip_prefix("#!").is_some_and(|after| after.trim_start().starts_with('/'));
    interpreter || text.starts_with("<?php") || text.starts_with("<?=") || text.starts_with("<%")
}

fn strip_doctype(text: &str) -> Option<&str> {
    const DOCTYPE: &str = "<!doctype";
    let (start, after) = text.split_at_checked(DOCTYPE.len())?;
    start.eq_ignore_ascii_case(DOCTYPE).then_some(after)
}

/// The name that a text begins with, without its prefix.
fn name(text: &str) -> &str {
    let is_end = |char: char| !(char.is_alphanumeric() || matches!(char, ':' | '_' | '-' | '.'));
    let name = &text[..text.find(is_end).unwrap_or(text.len())];
    if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return "";
    }
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn of_name(name: &str, is_xml: bool) -> Content {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match name {
        "ClinicalDocument" => Content::Cda,
        _ if is("svg") => Content::Svg,
        // XML may use these names for something else, but not these two
        _ if is("html") || is("script") => Content::Html,
        _ if !is_xml && HTML.iter().any(|element| is(element)) => Content::Html,
        _ => Content::Xml,
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, content};

    fn check(texts: &[&str], expected: Content) {
        for text in texts {
            assert_eq!(content(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_browser_takes_for_html_is_html() {
        check(
            &[
                "<!DOCTYPE html><p>x",
                "  \n<HTML>",
                "\u{feff}<script>alert(1)</script>",
                "<!-- a note --><script src=x>",
                "<!-- without end",
                "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
                "<h:html xmlns:h=\"http://www.w3.org/1999/xhtml\"/>",
                "<iframe src=x>",
                "<img src=x onerror=alert(1)>",
            ],
            Content::Html,
        );
    }

    #[test]
    fn drawings_are_known_however_they_begin() {
        let doctype = "<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\"><svg/>";
        check(&["<svg onload=alert(1)>", doctype, "<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>"], Content::Svg);
    }

    #[test]
    fn texts_that_machines_run_are_known() {
        check(&["#!/bin/sh\nrm x", "#! /usr/bin/env python3", "<?php echo 1;", "<% x %>"], Content::Script);
    }

    #[test]
    fn documents_in_xml_are_known() {
        check(
            &["<?xml version=\"1.0\"?>\n<?xml-stylesheet href='x'?><ClinicalDocument/>", "<cda:ClinicalDocument/>"],
            Content::Cda,
        );
        check(
            &["<Bundle xmlns=\"http://hl7.org/fhir\"/>", "<?xml version=\"1.0\"?><table/>", "<?xml version=\"1.0\"?>"],
            Content::Xml,
        );
    }

    #[test]
    fn plain_text_is_plain() {
        check(&["blood pressure < 120", "<3", "#!", "#1 of 2", "", "<", "<!", "< b>", "<?"], Content::Text);
    }
}
