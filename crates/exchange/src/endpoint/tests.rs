use super::{EVENTS_MAX, Flow, Given, Grant, Hidden, Settings, TEXT_CHARS_MAX, Wanted, check_texts};
use crate::refusal::Refusal;

fn wanted() -> Wanted {
    Wanted {
        url: "https://lakeside.example.org/in".to_owned(),
        events: vec!["*".to_owned(), "PUT Bundle".to_owned()],
        token: Given::Kept,
        grant: Given::Kept,
    }
}

fn grant(scope: &str) -> Grant {
    Grant {
        token_url: "https://lakeside.example.org/token".to_owned(),
        client_id: "baton".to_owned(),
        client_secret: hidden("s"),
        scope: Some(scope.to_owned()),
    }
}

fn hidden(text: &str) -> Hidden {
    Hidden(text.to_owned())
}

fn made() -> Settings {
    Settings::put(None, wanted(), hidden("first"))
}

#[track_caller]
fn check_refused(wanted: &Wanted, part: &str) {
    match check_texts(wanted) {
        Err(Refusal::ParameterInvalid { name, .. }) => assert_eq!(name, part),
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_that_cannot_stand_in_a_header_or_a_row_are_refused() {
    check_refused(&Wanted { url: String::new(), ..wanted() }, "url");
    check_refused(&Wanted { url: "a".repeat(TEXT_CHARS_MAX + 1), ..wanted() }, "url");
    check_refused(&Wanted { events: vec![String::new()], ..wanted() }, "events");
    check_refused(&Wanted { events: vec!["a\nb".to_owned()], ..wanted() }, "events");
    check_refused(&Wanted { events: vec!["a".to_owned(); EVENTS_MAX + 1], ..wanted() }, "events");
    check_refused(&Wanted { token: Given::Set(hidden("a b")), ..wanted() }, "token");
    check_refused(&Wanted { grant: Given::Set(grant("a  b")), ..wanted() }, "oauth.scope");
}

#[test]
fn texts_at_the_limit_are_taken() {
    let events = vec!["a".to_owned(); EVENTS_MAX];
    let token = Given::Set(hidden(&"t".repeat(TEXT_CHARS_MAX)));
    assert_eq!(check_texts(&Wanted { events, token, grant: Given::Set(grant("a b")), ..wanted() }), Ok(()));
    assert_eq!(check_texts(&Wanted { events: Vec::new(), ..wanted() }), Ok(()));
}

#[test]
fn a_change_of_the_address_keeps_secrets_and_the_pause() {
    let token = Given::Set(hidden("token"));
    let known = Settings::put(None, Wanted { token, ..wanted() }, hidden("first")).with_flow(Flow::Paused);
    let changed = Wanted { url: "https://other.example.org".to_owned(), ..wanted() };
    let after = Settings::put(Some(known.clone()), changed, hidden("unused"));
    assert_eq!(after, Settings { url: "https://other.example.org".to_owned(), ..known });
}

#[test]
fn a_token_can_be_taken_away() {
    let known = made().with_token(hidden("token"));
    let after = Settings::put(Some(known), Wanted { token: Given::Removed, ..wanted() }, hidden("unused"));
    assert_eq!(after.token, None);
}

#[test]
fn the_old_secret_signs_until_it_is_dropped() {
    let rotated = made().with_secret(hidden("second"));
    assert_eq!((rotated.secret.show(), rotated.old_secret.as_ref().map(Hidden::show)), ("second", Some("first")));
    assert_eq!(rotated.without_old_secret().old_secret, None);
}

#[test]
fn nothing_of_a_secret_is_printed() {
    let printed = format!("{:?}", made().with_token(hidden("hidden")));
    assert!(!printed.contains("hidden") && !printed.contains("first"), "{printed}");
}
