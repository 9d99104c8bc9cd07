//! Pages for people, made here: no script, nothing from elsewhere, never in somebody's frame.
//! Source: OWASP ASVS 5.0, 3.4; spec of security, T16 and T17; WCAG 2.2 (labels, order, words instead of colours).

use hyper::{
    StatusCode,
    header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS},
};

use super::flow::Flow;
use crate::http::reply::Reply;

/// A text that means nothing to HTML, inside of elements and of quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page of a title and HTML that is already escaped. `leads_to` is where its forms may lead besides here: browsers hold
/// redirects behind a form against that, too.
pub(super) fn page(status: StatusCode, title: &str, inner: &str, leads_to: &[String]) -> Reply {
    let title = escaped(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} - Baton</title>\n\
         <link rel=\"stylesheet\" href=\"/oauth/page.css\">\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{inner}</main>\n\
         </body>\n</html>\n"
    );
    let leads_to = leads_to.iter().map(|origin| format!(" {origin}")).collect::<String>();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'{leads_to}; frame-ancestors 'none'; base-uri 'none'"
    );
    Reply::with_body(status, "text/html; charset=utf-8", html)
        .header(CONTENT_SECURITY_POLICY, policy)
        .header(X_FRAME_OPTIONS, "DENY")
        // with no-referrer browsers would hide from us, too, from where a form comes; other origins learn nothing either way
        .header(REFERRER_POLICY, "same-origin")
        .header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin")
}

/// A page that says why there is no other one.
pub(super) fn sorry(status: StatusCode, words: &str) -> Reply {
    page(status, "This does not work", &format!("<p role=\"alert\">{}</p>\n", escaped(words)), &[])
}

/// The button that shows more of a list, in the form in which one of it is chosen.
pub(super) fn more_of(after: i64, words: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"after\" value=\"{after}\">\n\
         <button name=\"decision\" value=\"more\" class=\"plain\" formnovalidate>{}</button>\n",
        escaped(words)
    )
}

/// The form with which somebody logs out.
pub(super) fn log_out(flow: &Flow, words: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/oauth/logout\">\n<input type=\"hidden\" name=\"flow\" value=\"{}\">\n\
         <button class=\"plain\">{}</button>\n</form>\n",
        flow.text,
        escaped(words)
    )
}

/// Where a form may lead so that a browser follows a redirect to an address: its origin, or the scheme of a native app.
pub(super) fn origin_of(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    match url.origin() {
        origin if origin.is_tuple() => Some(origin.ascii_serialization()),
        _ => Some(format!("{}:", url.scheme())),
    }
}

/// The looks of the pages.
pub(super) fn style() -> Reply {
    const CSS: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;background:#f3f5f7;color:#1b1f24}\
main{max-width:34rem;margin:2rem auto;padding:1rem 2rem;background:#fff;border:1px solid #c5ccd3;border-radius:.4rem}\
h1{font-size:1.4rem}label{display:block;margin:.6rem 0}input[type=text],input[type=password],select{font:inherit;\
width:100%;box-sizing:border-box;padding:.4rem;border:1px solid #57606a;border-radius:.2rem}fieldset{margin:1rem 0;\
border:1px solid #c5ccd3}button{font:inherit;padding:.5rem 1.2rem;margin:.6rem .6rem .6rem 0;border:1px solid #0b5394;\
border-radius:.2rem;background:#0b5394;color:#fff}button.plain{background:#fff;color:#0b5394}\
:focus-visible{outline:3px solid #b35900;outline-offset:2px}[role=alert]{border-left:.3rem solid #b00020;\
padding-left:.8rem}\n";
    Reply::with_body(StatusCode::OK, "text/css; charset=utf-8", CSS).public()
}

#[cfg(test)]
mod tests {
    use super::{escaped, origin_of};

    #[test]
    fn what_people_are_called_ends_no_element_and_no_attribute() {
        assert_eq!(escaped("<b a=\"x\" c='y'>&"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;");
    }

    #[test]
    fn a_form_may_lead_to_the_origin_of_an_address_or_to_a_native_app() {
        assert_eq!(origin_of("https://app.example/cb?x=1").as_deref(), Some("https://app.example"));
        assert_eq!(origin_of("http://127.0.0.1:8000/cb").as_deref(), Some("http://127.0.0.1:8000"));
        assert_eq!(origin_of("org.example.app:/cb").as_deref(), Some("org.example.app:"));
    }
}
