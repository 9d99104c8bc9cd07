use baton_fhir::{
    check::{Options, document},
    definitions::{FhirVersion, definitions},
    reading::Reading,
    tree::Tree,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{INPUT_BYTES_MAX, OUTPUT_BYTES_MAX, harmless};

fn check(html: &str, expected: Expect) {
    expected.assert_eq(&harmless(html));
}

/// All that has to be true of any result, by other means than those that made it.
fn check_result(html: &str) {
    let result = harmless(html);
    assert!(result.len() <= OUTPUT_BYTES_MAX, "{} bytes", result.len());
    check_tags(&result);
    check_narrative(&result);
    assert!(harmless(&result) == result, "not the same again: {html:?}\n{result:?}\n{:?}", harmless(&result));
}

/// Every `<` begins a tag of the list, which has nothing but its name, and all are closed in their order.
fn check_tags(result: &str) {
    let names = "b strong i em u p ul ol li table thead tbody tfoot caption tr td th h1 h2 h3 h4 h5 h6 span div \
        blockquote pre code sub sup small";
    let mut open = Vec::new();
    for part in result.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "{part}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{result}"),
            None if tag == "br/" || tag == "hr/" => {}
            None => {
                assert!(names.split_ascii_whitespace().any(|name| name == tag), "{tag}");
                open.push(tag);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// FHIR's own rules for narratives, which another reader checks, find nothing. They know no `u`.
fn check_narrative(result: &str) {
    let inside = result.replace("<u>", "<em>").replace("</u>", "</em>");
    let mut tree = Tree::resource("Basic");
    let text = tree.add_object(tree.root_id(), "text");
    tree.add_str(text, "status", "generated");
    tree.add_str(text, "div", &format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">x{inside}</div>"));
    let code = tree.add_object(tree.root_id(), "code");
    tree.add_str(code, "text", "x");
    let findings = document(&mut tree, definitions(FhirVersion::R4), &Options::new(Reading::Strict));
    assert!(findings.is_empty(), "{result}: {findings:?}");
}

#[test]
fn formatting_stays() {
    let html = "<p><b>Lives alone</b>, third floor</p><ul><li>no lift</li></ul>";
    assert_eq!(harmless(html), html);
    check(
        "<H2 class='x'>Reason</H2><p style=\"color: red\">pain<br>since <i>May</i><hr>",
        expect!["<h2>Reason</h2><p>pain<br/>since <i>May</i></p><hr/>"],
    );
    check(
        "<b>Reason for Referral:</b>&nbsp;knee &amp; hip",
        expect!["<b>Reason for Referral:</b>&nbsp;knee &amp; hip"],
    );
    let table =
        "<table><caption>x</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>";
    assert_eq!(harmless(table), table);
}

/// Threat: T63
#[test]
fn what_runs_goes_and_the_text_around_it_stays() {
    for active in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='https://evil.example.org/'></iframe>",
        "<svg onload=alert(1)></svg>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<object data='x'><p>fallback</p></object>",
        "<SCRIPT SRC=//evil.example.org></SCRIPT >",
        "<style>p { background: url(javascript:alert(1)) }</style>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<template><b>x</b></template>",
        "<textarea></textarea>",
        "<form action=javascript:alert(1)><input onfocus=alert(1)></form>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<?xml-stylesheet href='javascript:alert(1)'?>",
        "<x onclick=alert(1)>",
    ] {
        let result = harmless(&format!("<p>needs wheelchair access</p>{active}"));
        assert!(result.starts_with("<p>needs wheelchair access</p>"), "{active}");
        for word in ["<script", "alert", "onerror", "onload", "javascript:", "<iframe", "<object", "<svg", "evil"] {
            assert!(!result.to_lowercase().contains(word) || active.starts_with("<noscript"), "{active}: {result}");
        }
        check_result(&format!("<p>needs wheelchair access</p>{active}"));
    }
}

#[test]
fn links_keep_their_words() {
    check("see <a href='javascript:alert(1)'>more</a>", expect!["see more"]);
    check("<dl><dt>Allergy</dt><dd>Penicillin</dd></dl>", expect!["Allergy Penicillin "]);
    check(
        "1 < 2 && 3 > 2 &copy; &#146; &unknown; &#0; \u{0}",
        expect!["1 &lt; 2 &amp;&amp; 3 &gt; 2 © ’ &amp;unknown;  "],
    );
}

#[test]
fn what_is_not_closed_is_closed_where_a_page_would() {
    check("<ul><li>a<li>b</ul>c", expect!["<ul><li>a</li><li>b</li></ul>c"]);
    check("<p>a<p>b<div>c", expect!["<p>a</p><p>b</p><div>c</div>"]);
    check(
        "<table><tr><td>a<td>b<tr><td>c</table>d",
        expect!["<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d"],
    );
    check("<table><td>a</table><td>b<tr>c", expect!["<table><tr><td>a</td></tr></table>b c"]);
    check("<table><caption>a<td>b</table>", expect!["<table><caption>a</caption><tr><td>b</td></tr></table>"]);
    check("<b><i>a</b>b</i></p></br>", expect!["<b><i>a</i></b>b"]);
    check("<b><table><tr><td></b>a", expect!["<b><table><tr><td>a</td></tr></table></b>"]);
}

#[test]
fn text_that_does_not_fit_ends_with_an_ellipsis() {
    let long = harmless(&format!("<p><b>{}</b></p>", "a".repeat(OUTPUT_BYTES_MAX)));
    assert_eq!(long.len(), OUTPUT_BYTES_MAX);
    assert!(long.ends_with("a…</b></p>"));
    let longer = format!("<p>a<!--{}--></p>", "-".repeat(INPUT_BYTES_MAX));
    assert_eq!(harmless(&longer), "<p>a…</p>");
    for letters in ["a", "&", "<", "é", "&nbsp;", "<b>", "<br>", "</b>", "&#", "<p>x", "<td>", "<table><td>"] {
        check_result(&letters.repeat(300_000));
    }
}

#[test]
fn a_text_that_just_fits_is_not_cut() {
    let fits = "a".repeat(OUTPUT_BYTES_MAX - "…".len());
    assert_eq!(harmless(&fits), fits);
    check_result(&format!("{fits}a"));
}

#[test]
fn deep_and_wide_input_is_read_in_one_go() {
    let mega = 1024 * 1024;
    for part in [
        "<b>",
        "<div>",
        "<svg>",
        "<table><tr><td>",
        "</b>",
        "<b ",
        "<b a",
        "<![CDATA[>",
        "<!--",
        "<!-- -",
        "</",
        "<svg></math>",
        "<x ",
        "<? ",
        "<a b='c' ",
        "<script></",
        "<title",
        "<ul><li>",
        "&&",
        "<b x=>",
        "\u{e9}<",
    ] {
        check_result(&part.repeat(mega / part.len()));
        check_result(&format!("<b {}>text", part.repeat(mega / part.len())));
    }
    let attributes: String = (0..50_000).map(|at| format!("a{at} ")).collect();
    assert_eq!(harmless(&format!("<b {}>text</b>", &attributes[..INPUT_BYTES_MAX - 100])), "<b>text</b>");
}

/// Pieces that HTML is made of, and some that break it.
const PIECES: &[&str] = &[
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<i title='",
    "'>",
    "\">",
    "<script>",
    "</script>",
    "<svg>",
    "</svg>",
    "<svg/>",
    "<style>",
    "</style>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "</tr>",
    "<th>",
    "<caption>",
    "<tbody>",
    "<li>",
    "</li>",
    "<ul>",
    "</ul>",
    "<h1>",
    "<h2>",
    "</h1>",
    "<div>",
    "</div>",
    "<br>",
    "<hr>",
    "<pre>",
    "<u>",
    "</u>",
    "<a href=javascript:alert(1)>",
    "</a>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE html>",
    "&lt;script&gt;",
    "&",
    "&nbsp;",
    "&amp;lt;",
    "&#60;",
    "&#x3c",
    "<",
    ">",
    "/",
    "=",
    " ",
    "\n",
    "\r",
    "text",
    "é",
    "\u{0}",
    "\u{202e}",
    "'",
    "\"",
    "<template>",
    "</template>",
    "<math>",
    "</math>",
    "<section>",
    "<plaintext>",
    "<title>",
    "</title>",
    "<B ONCLICK=x",
    "\u{fffe}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Threat: T63
    #[test]
    fn any_pieces_of_html_become_harmless(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        check_result(&pieces.concat());
    }

    #[test]
    fn any_text_becomes_harmless(text in "\\PC{0,60}|[<>&/a-z'\"= !-]{0,60}") {
        check_result(&text);
    }
}
