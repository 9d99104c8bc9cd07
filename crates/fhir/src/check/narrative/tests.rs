use super::check;

fn check_refused(inside: &str, why: &str) {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">text {inside}</div>");
    let fault = check(&div).expect_err(inside);
    assert!(fault.contains(why), "{inside}: {fault}");
}

fn check_accepted(inside: &str) {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div>");
    assert_eq!(check(&div), Ok(()), "{inside}");
}

/// Threat: T63
#[test]
fn what_is_active_is_refused() {
    let elements = ["script", "style", "iframe", "object", "form", "input", "link", "svg", "video", "body"];
    for element in elements {
        check_refused(&format!("<{element}>x</{element}>"), &format!("element {element}"));
    }
    for attribute in ["onclick", "onerror", "formaction", "target"] {
        check_refused(&format!("<p {attribute}=\"x\">x</p>"), &format!("attribute {attribute}"));
    }
}

/// Threat: T63
#[test]
fn links_to_scripts_are_refused_however_they_are_written() {
    for href in
        ["javascript:x", "JavaScript:x", " java\tscript:x", "java&#115;cript:x", "data:text/html,x", "vbscript:x"]
    {
        check_refused(&format!("<a href=\"{href}\">x</a>"), "attribute href");
    }
    check_refused("<a href=\"javascript&colon;x\">x</a>", "attribute href");
    check_refused("<img src=\"data:text/html,x\"/>", "attribute src");
    check_refused("<p style=\"background: url(https://example.org/x)\">x</p>", "attribute style");
}

#[test]
fn what_html_reads_otherwise_than_xml_is_refused() {
    check_refused("<!--><script>x</script>-->", "well formed");
    check_refused("<![CDATA[><script>x</script>]]>", "CDATA");
    check_refused("<?x ><script>x</script>?>", "processing instruction");
    check_refused("<p title=\"<script>\">x</p>", "well formed");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for inside in ["<p>", "</p>", "<b><i></b></i>", "a & b", "<br>", "<p class=x>x</p>"] {
        check_refused(inside, "well formed");
    }
    for div in ["", "text", "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div><p/>"] {
        assert!(check(div).is_err(), "{div}");
    }
}

#[test]
fn another_namespace_is_refused() {
    assert!(check("<div>x</div>").is_err());
    assert!(check("<div xmlns=\"http://hl7.org/fhir\">x</div>").is_err());
    check_refused("<p xmlns=\"http://www.w3.org/2000/svg\">x</p>", "namespace");
    check_refused("<svg:a xmlns:svg=\"http://www.w3.org/2000/svg\">x</svg:a>", "element");
}

#[test]
fn a_narrative_without_text_or_image_is_refused() {
    for inside in ["", " \n ", "<p> </p>", "<!-- x -->", "&#160;", "&nbsp;"] {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div>");
        assert!(check(&div).expect_err(inside).contains("txt-2"), "{inside}");
    }
    check_accepted("<img src=\"#picture\" alt=\"\"/>");
}

#[test]
fn basic_formatting_is_accepted() {
    check_accepted("<p class=\"a\" style=\"color: red\"><b>x</b><br/> &lt; &eacute; &#8211;</p><hr/>");
    check_accepted("<table border=\"1\"><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>");
    check_accepted("<a href=\"https://example.org/a?b=1&amp;c=2\">x</a><a name=\"here\">y</a><!-- fine -->");
    check_accepted("<img src=\"data:image/png;base64,AAAA\" alt=\"x\"/>");
    let prefixed = "<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:p>x</h:p></h:div>";
    assert_eq!(check(prefixed), Ok(()));
}
