use baton_exchange::{id::Home, refusal::Refusal, resource::IndexKey};

use super::{Parameters, Search, search};

const BASE: &str = "https://a.example/v4";

fn read(query: &str) -> Result<Search, Refusal> {
    search(Home(1), "ServiceRequest", &Parameters::parse(query.as_bytes()), BASE, false)
}

fn check_invalid(query: &str, name: &str) {
    match read(query) {
        Err(Refusal::ParameterInvalid { name: named, .. }) => assert_eq!(named, name, "{query}"),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn an_unknown_parameter_is_refused_by_name() {
    for query in ["status=active", "_sort=-_lastUpdated", "_include=*", "identifier:exact=1", "_summary=true"] {
        let name = query.split('=').next().unwrap_or_default().to_owned();
        assert_eq!(read(query).err(), Some(Refusal::ParameterUnsupported { name }), "{query}");
    }
}

#[test]
fn an_unknown_parameter_is_passed_over_on_demand() {
    let parameters = Parameters::parse(b"status=active&_count=3");
    let lenient = search(Home(1), "ServiceRequest", &parameters, BASE, true).expect("it is lenient");
    assert_eq!(lenient.count, 3);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for value in ["-1", "x", "", "1.5"] {
        check_invalid(&format!("_count={value}"), "_count");
    }
    for value in ["", "a%7C", "a%7Cb%7Cc", ","] {
        check_invalid(&format!("identifier={value}"), "identifier");
    }
    check_invalid("subject=Group/1", "subject");
    check_invalid("patient=https://b.example/Patient/1", "patient");
    check_invalid("_cursor=AAAA", "_cursor");
}

#[test]
fn a_search_compares_with_200_values_at_most() {
    let values = vec!["1"; 200].join(",");
    assert!(read(&format!("identifier={values}")).is_ok());
    check_invalid(&format!("identifier={values}&_id=1"), "identifier");
}

#[test]
fn a_page_has_500_entries_at_most() {
    assert_eq!(read("").unwrap().count, 100);
    assert_eq!(read("_count=500").unwrap().count, 500);
    assert_eq!(read("_count=501").unwrap().count, 500);
    assert_eq!(read("_count=99999999999999999999").unwrap().count, 500);
    assert_eq!(read("_count=0").unwrap().count, 0);
    assert_eq!(read("_summary=count").unwrap().count, 0);
}

#[test]
fn a_comma_is_or_and_a_repeated_parameter_is_and() {
    let keys = read("identifier=urn:a%7C1,2&identifier=%7C3&patient=Patient/p").unwrap().question.keys;
    let expected = vec![
        vec![IndexKey::identifier("urn:a", "1"), IndexKey::identifier_value("2")],
        vec![IndexKey::identifier("", "3")],
        vec![IndexKey::patient("p")],
    ];
    assert_eq!(keys, expected);
    let ids = read("_id=a,b,c&_id=c,a,x").unwrap().question.ids;
    assert_eq!(ids, Some(vec!["a".to_owned(), "c".to_owned()]));
}

#[test]
fn what_could_be_personal_is_not_echoed() {
    let search = read("identifier=1&subject=p&_id=a&_count=7").unwrap();
    assert_eq!(search.echo, [("_id", "a".to_owned()), ("_count", "7".to_owned())]);
}
