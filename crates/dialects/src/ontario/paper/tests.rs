use base64::{Engine, prelude::BASE64_STANDARD};
use baton_fhir::{
    bundle::Bundle,
    finding::{Finding, Severity},
    json,
    reading::{ReadLimits, Reading},
    reference::Index,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{PaperLimits, check, decoded_size};

fn findings(entries: &[String]) -> Vec<Finding> {
    let text = format!(r#"{{"resourceType": "Bundle", "type": "message", "entry": [{}]}}"#, entries.join(","));
    let tree = json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("the test wrote JSON").tree;
    let index = Index::new(&Bundle::of(tree.root()).expect("it is one"));
    let mut findings = Vec::new();
    check(&index, &PaperLimits::default(), &mut findings);
    findings
}

fn printed(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let place = finding.expression.as_deref().unwrap_or("-");
        format!("{} {} {place}: {}", finding.severity.as_str(), finding.rule.id, finding.diagnostics)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn binary(content_type: &str, bytes: &[u8]) -> String {
    let data = BASE64_STANDARD.encode(bytes);
    format!(
        r#"{{"fullUrl": "urn:uuid:b", "resource": {{"resourceType": "Binary", "contentType": "{content_type}", "data": "{data}"}}}}"#
    )
}

fn attachment(inside: &str) -> String {
    format!(r#"{{"resource": {{"resourceType": "DocumentReference", "content": [{{"attachment": {{{inside}}}}}]}}}}"#)
}

fn check_binary(content_type: &str, bytes: &[u8], expected: Expect) {
    expected.assert_eq(&printed(&findings(&[binary(content_type, bytes)])));
}

fn check_attachment(inside: &str, expected: Expect) {
    expected.assert_eq(&printed(&findings(&[attachment(inside)])));
}

#[test]
fn a_paper_at_the_limit_is_taken_and_one_byte_more_is_not() {
    check_binary("text/plain", &vec![b'A'; 100 * 1024], expect![[""]]);
    check_binary(
        "text/plain",
        &vec![b'A'; 100 * 1024 + 1],
        expect![
            "error paper-inline-max Bundle.entry[0].resource.data: 102401 bytes inside the message; over 102400 bytes it has to be a reference (attachment.url)"
        ],
    );
}

#[test]
fn a_large_paper_is_refused_wherever_it_is() {
    let data = BASE64_STANDARD.encode(vec![b'A'; 150_000]);
    check_attachment(
        &format!(r#""contentType": "text/plain", "data": "{data}""#),
        expect![
            "error paper-inline-max Bundle.entry[0].resource.content[0].attachment.data: 150000 bytes inside the message; over 102400 bytes it has to be a reference (attachment.url)"
        ],
    );
    let message = format!(
        r#"{{"resource": {{"resourceType": "Communication", "contained": [{{"resourceType": "Binary", "contentType": "text/plain", "data": "{data}"}}]}}}}"#
    );
    expect!["error paper-inline-max Bundle.entry[0].resource.contained[0].data: 150000 bytes inside the message; over 102400 bytes it has to be a reference (attachment.url)"].assert_eq(&printed(&findings(&[message])));
}

#[test]
fn a_program_that_says_it_is_a_pdf_is_refused() {
    check_binary(
        "application/pdf",
        b"MZ\x90\0\x03\0\0\0",
        expect!["error paper-program Bundle.entry[0].resource: it says application/pdf and looks like Program"],
    );
    check_binary(
        "application/x-msdownload",
        b"MZ\x90\0\x03\0\0\0",
        expect![[r#"
        warning paper-type Bundle.entry[0].resource: contentType is application/x-msdownload
        error paper-program Bundle.entry[0].resource: it says application/x-msdownload and looks like Program"#]],
    );
    check_binary(
        "text/plain",
        b"#!/bin/sh\n",
        expect!["error paper-program Bundle.entry[0].resource: it says text/plain and looks like Script"],
    );
}

#[test]
fn what_a_browser_would_run_is_not_called_otherwise() {
    check_binary(
        "image/png",
        b"<svg onload=alert(1)>",
        expect!["error paper-disguised Bundle.entry[0].resource: it says image/png and looks like Svg"],
    );
    check_binary(
        "text/plain",
        b"<script>alert(1)</script>",
        expect!["error paper-disguised Bundle.entry[0].resource: it says text/plain and looks like Html"],
    );
    check_binary(
        "application/xml",
        b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        expect!["error paper-disguised Bundle.entry[0].resource: it says application/xml and looks like Html"],
    );
    check_binary(
        "text/html",
        b"<html></html>",
        expect!["warning paper-type Bundle.entry[0].resource: contentType is text/html"],
    );
}

#[test]
fn another_content_than_the_label_says_is_only_warned_of() {
    check_binary(
        "application/pdf",
        b"\x89PNG\r\n\x1a\n\0",
        expect!["warning paper-mismatch Bundle.entry[0].resource: it says application/pdf and looks like Png"],
    );
    check_binary(
        "text/plain",
        b"\x01\x02",
        expect!["warning paper-mismatch Bundle.entry[0].resource: it says text/plain and looks like Unknown"],
    );
}

#[test]
fn what_is_what_it_says_is_taken() {
    for (content_type, bytes) in [
        ("application/pdf", b"%PDF-1.4".as_slice()),
        ("Image/JPEG", b"\xff\xd8\xff\xe0"),
        ("text/plain; charset=utf-8", "déjà vu".as_bytes()),
        ("application/xml", b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>"),
        ("text/plain", b""),
    ] {
        assert_eq!(printed(&findings(&[binary(content_type, bytes)])), "", "{content_type}");
    }
}

#[test]
fn types_that_not_every_partner_reads_are_warned_of() {
    check_attachment(
        r#""contentType": "application/vnd.oasis.opendocument.text", "url": "https://example.org/1""#,
        expect![
            "warning paper-type Bundle.entry[0].resource.content[0].attachment: contentType is application/vnd.oasis.opendocument.text"
        ],
    );
    check_attachment(
        r#""data": "QUJD""#,
        expect!["warning paper-type Bundle.entry[0].resource.content[0].attachment: contentType is missing"],
    );
    check_attachment(r#""contentType": "application/pdf", "url": "https://example.org/1""#, expect![[""]]);
}

#[test]
fn what_is_no_base64_is_refused() {
    for data in ["QUJ", "QUJD!", "QU-_", "=", "QUJDQ"] {
        let found = findings(&[attachment(&format!(r#""contentType": "text/plain", "data": "{data}""#))]);
        let is_refused = found.iter().any(|finding| finding.rule.id == "paper-base64" && finding.severity.refuses());
        // padding may be left out
        assert_eq!(is_refused, data != "QUJ", "{data}");
    }
    check_attachment(
        r#""contentType": "text/plain", "data": "Q*JD""#,
        expect!["error paper-base64 Bundle.entry[0].resource.content[0].attachment.data: the value cannot be decoded"],
    );
}

#[test]
fn spaces_between_the_letters_are_no_fault() {
    check_attachment("\"contentType\": \"application/pdf\", \"data\": \"JVBE\\r\\n Ri0x LjQ=\"", expect![[""]]);
}

#[test]
fn papers_by_reference_have_sizes_that_partners_take() {
    let of = |size: u64| {
        attachment(&format!(r#""contentType": "application/pdf", "url": "https://example.org/1", "size": {size}"#))
    };
    let mega = 1024 * 1024;
    assert_eq!(printed(&findings(&vec![of(10 * mega); 5])), "");
    expect!["warning paper-size-max Bundle.entry[0].resource.content[0].attachment: size is 10485761 bytes; partners take 10485760"].assert_eq(&printed(&findings(&[of(10 * mega + 1)])));
    expect!["warning paper-total-max -: 62914560 bytes together; partners take 52428800"]
        .assert_eq(&printed(&findings(&vec![of(10 * mega); 6])));
}

#[test]
fn an_attachment_and_its_binary_say_the_same() {
    let paper = attachment(r#""contentType": "application/pdf", "url": "urn:uuid:b""#);
    expect!["warning paper-mismatch Bundle.entry[0].resource.content[0].attachment: it says application/pdf and its Binary says text/plain"].assert_eq(&printed(&findings(&[paper, binary("text/plain", b"ABC")])));
}

#[test]
fn measured_values_are_no_papers() {
    let data = r#"{"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "2 3 4 E"}"#;
    let observation = format!(r#"{{"resource": {{"resourceType": "Observation", "valueSampledData": {data}}}}}"#);
    assert_eq!(printed(&findings(&[observation])), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_size_is_known_without_decoding(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..200) {
        let mut text = BASE64_STANDARD.encode(&bytes);
        text.insert_str(at.min(text.len()), " \r\n");
        prop_assert_eq!(decoded_size(&text), bytes.len() as u64);
        prop_assert_eq!(decoded_size(text.trim_end_matches('=')), bytes.len() as u64);
    }

    #[test]
    fn a_program_is_refused_under_every_label(label in "[a-z]{1,12}/[a-z.+-]{1,20}", rest in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = b"\x7fELF".to_vec();
        bytes.extend(rest);
        let found = findings(&[binary(&label, &bytes)]);
        prop_assert!(found.iter().any(|finding| finding.severity == Severity::Error), "{}", label);
    }

    #[test]
    fn any_data_is_judged(data in "[A-Za-z0-9+/= -]{0,80}", label in "(application/pdf|text/plain|image/png|)") {
        findings(&[attachment(&format!(r#""contentType": "{label}", "data": "{data}""#))]);
    }
}
