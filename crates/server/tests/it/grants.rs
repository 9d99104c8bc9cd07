//! Partners that want to see a token of their own: it is fetched, kept while it is good, and fetched anew.

use crate::{
    delivery::{Sink, status},
    endpoint::{as_partner, own, put, refer, server, store},
    harness::Server,
};

/// An answer of a token endpoint.
fn granted(token: &str, secs: u32) -> String {
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{secs}}}"#);
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn register_with_oauth(server: &Server, sink: &Sink, tokens: &Sink) {
    let (url, token_url) = (sink.url(), tokens.url());
    let oauth = format!(r#"{{"token_url":"{token_url}","client_id":"b:t","client_secret":"s&t","scope":"x y"}}"#);
    let made = put(server, "centre-e", &format!(r#"{{"url":"{url}","oauth":{oauth}}}"#));
    assert_eq!((made.status, made.member("oauth/client_id")), (201, "b:t".to_owned()));
    assert!(!made.text().contains("s&t"));
}

#[test]
fn a_token_is_fetched_once_and_again_when_it_expired_or_was_refused() {
    let tokens = Sink::answering(&[&granted("first", 300), &granted("second", 300), &granted("third", 300)]);
    let sink = Sink::answering(&[&status("204 No Content"), &status("204 No Content"), &status("401 No")]);
    let server = server("", &store());
    register_with_oauth(&server, &sink, &tokens);
    let shown = |sink: &Sink| sink.next().header("authorization").map(str::to_owned);
    for number in [1, 2] {
        refer(&server, number);
        assert_eq!(shown(&sink).as_deref(), Some("Bearer first"));
    }
    let asked = tokens.next();
    // b%3At:s%26t
    assert_eq!(asked.header("authorization"), Some("Basic YiUzQXQ6cyUyNnQ="));
    assert_eq!(asked.body, "grant_type=client_credentials&scope=x+y");
    assert_eq!(tokens.so_far(), 0);
    refer(&server, 3);
    let both = [shown(&sink), shown(&sink)];
    assert_eq!(both.map(Option::unwrap_or_default), ["Bearer first", "Bearer second"]);
    server.pass(290);
    refer(&server, 4);
    assert_eq!(shown(&sink).as_deref(), Some("Bearer third"));
}

#[test]
fn without_a_token_an_attempt_has_failed() {
    let (tokens, sink) = (Sink::answering(&[&status("401 No"), &status("200 OK")]), Sink::answering(&[]));
    let server = server("", &store());
    register_with_oauth(&server, &sink, &tokens);
    let outcome = || as_partner(&server, "centre-e", own("POST", "$endpoint/test")).member("outcome");
    assert_eq!([outcome(), outcome()], ["gives no token", "gives no token"]);
    assert_eq!(sink.so_far(), 0);
}
