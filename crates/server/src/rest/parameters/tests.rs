use baton_dialects::{Dialect, Mode, Mount, ontario::Directory};
use baton_exchange::{
    access::{Caller, Reach},
    id::Home,
    refusal::Refusal,
    resource::IndexKey,
};

use super::{Parameters, Search, Sight, search};

fn mount(dialect: Dialect) -> Mount {
    Mount {
        exchange: "e".into(),
        dialect,
        mode: Mode::Compat,
        base: "https://a.example/v4".to_owned(),
        reliable_cache_secs: 0,
        bundle_entries_max: 1,
        directory: Directory::default(),
        blind: [7; 32],
    }
}

fn read_at(dialect: Dialect, resource_type: &str, query: &str, lenient: bool) -> Result<Search, Refusal> {
    let mount = mount(dialect);
    let caller = Caller::system("clinic-a".into(), Vec::new());
    search(&Sight::of(&mount, &caller, Reach::All), resource_type, &Parameters::parse(query.as_bytes()), lenient)
}

fn read(query: &str) -> Result<Search, Refusal> {
    read_at(Dialect::Netsmart, "ServiceRequest", query, false)
}

fn check_invalid(query: &str, name: &str) {
    match read(query) {
        Err(Refusal::ParameterInvalid { name: named, .. }) => assert_eq!(named, name, "{query}"),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn an_unknown_parameter_is_refused_by_name() {
    for query in ["priority=routine", "_sort=-_lastUpdated", "_include=*", "identifier:exact=1", "_summary=true"] {
        let name = query.split('=').next().unwrap_or_default().to_owned();
        assert_eq!(read(query).err(), Some(Refusal::ParameterUnsupported { name }), "{query}");
    }
}

#[test]
fn an_unknown_parameter_is_passed_over_on_demand() {
    let lenient =
        read_at(Dialect::Netsmart, "ServiceRequest", "priority=routine&_count=3", true).expect("it is lenient");
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

/// Threat: T85
#[test]
fn a_search_compares_with_200_values_at_most() {
    let values = vec!["1"; 200].join(",");
    assert!(read(&format!("identifier={values}")).is_ok());
    check_invalid(&format!("identifier={values}&_id=1"), "identifier");
}

/// Threat: T85
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

#[test]
fn what_is_worked_on_is_found_by_its_referral_and_status_where_there_is_such_work() {
    for (dialect, resource_type, query) in [
        (Dialect::Netsmart, "Task", "based-on=1"),
        (Dialect::Ontario, "ServiceRequest", "based-on=1"),
        (Dialect::Ontario, "Patient", "status=active"),
        (Dialect::Ontario, "Task", "category=a"),
        (Dialect::Netsmart, "Patient", "category=a"),
        (Dialect::Ontario, "Task", "status:not=accepted"),
    ] {
        let name = query.split('=').next().unwrap_or_default().to_owned();
        let read = read_at(dialect, resource_type, query, false);
        assert_eq!(read.err(), Some(Refusal::ParameterUnsupported { name }), "{resource_type}?{query}");
    }
    for (resource_type, query, name) in [
        ("Task", "based-on=", "based-on"),
        ("Task", "based-on=Task/1", "based-on"),
        ("Task", "based-on=https://b.example/ServiceRequest/1", "based-on"),
        ("Appointment", "status=", "status"),
        ("Appointment", "status=urn:a%7Cbooked", "status"),
    ] {
        match read_at(Dialect::Ontario, resource_type, query, false) {
            Err(Refusal::ParameterInvalid { name: named, .. }) => assert_eq!(named, name, "{query}"),
            other => panic!("{query}: {other:?}"),
        }
    }
    let mount = mount(Dialect::Ontario);
    let key = |key| vec![mount.blinded(key)];
    for resource_type in ["Task", "Appointment", "Communication"] {
        for value in ["sr-1", "ServiceRequest/sr-1", "https://a.example/v4/ServiceRequest/sr-1"] {
            let found = read_at(Dialect::Ontario, resource_type, &format!("based-on={value}"), false).unwrap();
            assert_eq!(found.question.keys, [key(IndexKey::based_on("sr-1"))], "{resource_type} {value}");
        }
    }
    let found = read_at(Dialect::Ontario, "Task", "status=accepted,on-hold", false).unwrap();
    let expected = [IndexKey::status("accepted"), IndexKey::status("on-hold")].map(|key| mount.blinded(key));
    assert_eq!(found.question.keys, [expected.to_vec()]);
}

#[test]
fn where_partners_share_referrals_keys_are_blinded_once_and_only_their_own_are_seen() {
    let first = read_at(Dialect::Ontario, "Task", "identifier=1&patient=p", false).unwrap().question;
    assert_eq!((first.home, first.seen_by), (Home::shared(&"e".into()), Some("clinic-a".into())));
    let mount = mount(Dialect::Ontario);
    let expected = [IndexKey::identifier_value("1"), IndexKey::patient("p")].map(|key| vec![mount.blinded(key)]);
    assert_eq!(first.keys, expected);
    let cursor = super::Cursor { count: 1, after: baton_store::PageToken(1), ids: None, keys: expected.to_vec() };
    let next = read_at(Dialect::Ontario, "Task", &format!("_cursor={}", cursor.write()), false).unwrap().question;
    assert_eq!(next.keys, expected);
}

#[test]
fn where_each_partner_has_its_own_referrals_keys_are_plain() {
    let question = read("identifier=1").unwrap().question;
    assert_eq!((question.home, question.seen_by), (Home::of(&"e".into(), &"clinic-a".into()), None));
    assert_eq!(question.keys, [vec![IndexKey::identifier_value("1")]]);
}

#[test]
fn what_a_type_is_searched_by_is_the_same_in_all_dialects() {
    for dialect in [Dialect::Netsmart, Dialect::Ontario] {
        let mount = mount(dialect);
        let keys = |query: &str| read_at(dialect, "ServiceRequest", query, false).unwrap().question.keys;
        let blinded = |key| vec![mount.blinded(key)];
        let category = IndexKey::category("urn:a", "lab");
        assert_eq!(
            keys("status=active&category=urn:a%7Clab"),
            [blinded(IndexKey::status("active")), blinded(category)]
        );
        assert_eq!(keys("category=lab"), [blinded(IndexKey::category_code("lab"))]);
        for (query, name) in [("status=urn:a%7Cactive", "status"), ("category=urn:a%7C", "category")] {
            match read_at(dialect, "ServiceRequest", query, false) {
                Err(Refusal::ParameterInvalid { name: named, .. }) => assert_eq!(named, name, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
    }
}
