//! Partners who were away read what they missed, and say that they have it.

use std::sync::{Arc, atomic::Ordering};

use baton_exchange::id::Home;
use baton_store::{Page, Store};
use serde_json::Value;

use crate::{
    delivery::{Sink, status},
    endpoint::{as_partner, own, refer, register, server, store, take_back, until},
    faults::{Faulty, READ_ONLY, WELL},
    harness::{Answer, Server},
};

fn read(server: &Server, query: &str) -> Answer {
    as_partner(server, "centre-e", own("GET", &format!("$catch-up{query}")))
}

/// Ids of the messages on a page, and the cursor that it leads to.
fn page(server: &Server, query: &str) -> (Vec<String>, String) {
    let answer = read(server, query);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.value();
    assert_eq!((&page["resourceType"], &page["type"]), (&Value::from("Bundle"), &Value::from("collection")));
    let entries = page["entry"].as_array().cloned().unwrap_or_default();
    let id = |entry: &Value| {
        let id = entry["resource"]["id"].as_str().expect("a message has an id").to_owned();
        assert_eq!(entry["fullUrl"], format!("urn:uuid:{id}"));
        id
    };
    let links = page["link"].as_array().expect("there are links");
    let next = links.iter().find(|link| link["relation"] == "next").expect("a page leads on");
    let (_, after) = next["url"].as_str().and_then(|url| url.split_once("after=")).expect("by a cursor");
    (entries.iter().map(id).collect(), after.split('&').next().expect("a cursor").to_owned())
}

#[test]
fn what_was_told_and_what_waits_is_read_in_order_with_its_ids() {
    let sink = Sink::answering(&[&status("204 No Content"), &status("400 No")]);
    let server = server("", &store());
    register(&server, &sink);
    assert_eq!(page(&server, ""), (Vec::new(), "0".to_owned()));
    let mut told = Vec::new();
    for number in 1..=2 {
        refer(&server, number);
        told.extend(sink.next().header("webhook-id").map(str::to_owned));
    }
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/pause")).status, 200);
    refer(&server, 3);
    let (first, after) = page(&server, "?_count=2");
    assert_eq!(first, told);
    let (rest, after) = page(&server, &format!("?after={after}"));
    assert_eq!((rest.len(), after.as_str()), (1, "3"));
    assert_eq!(page(&server, "?after=3"), (Vec::new(), "3".to_owned()));
    refer(&server, 4);
    assert_eq!(page(&server, "?after=3").0.len(), 1);
}

#[test]
fn what_a_partner_has_is_not_sent_to_it_any_more() {
    let sink = Sink::answering(&[&status("400 No")]);
    let server = server("", &store());
    register(&server, &sink);
    refer(&server, 1);
    sink.next();
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/pause")).status, 200);
    refer(&server, 2);
    refer(&server, 3);
    let (_, after) = page(&server, "?_count=2");
    let settle = |through: &str| as_partner(&server, "centre-e", own("POST", &format!("$catch-up?through={through}")));
    assert_eq!(settle(&after).member("settled"), "2");
    assert_eq!(settle(&after).member("settled"), "0");
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/resume")).status, 200);
    assert!(sink.next().body.contains("R-3"));
    let last = page(&server, &format!("?after={after}")).1;
    until(|| settle(&last).member("settled") == "0");
    assert_eq!(sink.so_far(), 0);
}

#[test]
fn of_what_was_erased_nothing_is_left_but_that_it_is_gone() {
    let sink = Sink::answering(&[]);
    let server = server("", &store());
    register(&server, &sink);
    refer(&server, 1);
    sink.next();
    assert_eq!(page(&server, "").0.len(), 1);
    take_back(&server, 1);
    let gone = sink.next().header("webhook-id").map(str::to_owned);
    let (left, after) = page(&server, "");
    assert_eq!((left.first().cloned(), left.len(), after.as_str()), (gone, 1, "2"));
}

#[test]
fn who_reads_that_a_referral_is_withdrawn_has_acknowledged_it() {
    let (store, sink) = (store(), Sink::answering(&[]));
    let server = server("", &store);
    register(&server, &sink);
    refer(&server, 1);
    sink.next();
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/pause")).status, 200);
    take_back(&server, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let certificate = || {
        let all = store.erasures(Home::shared(&"ontario".into()), None, Page { size: 9, after: None });
        runtime.block_on(all).expect("the store is well").0.remove(0)
    };
    assert_eq!((certificate().untold.len(), certificate().acknowledged.len()), (1, 0));
    let last = page(&server, "").1;
    let settled = as_partner(&server, "centre-e", own("POST", &format!("$catch-up?through={last}")));
    assert_eq!(settled.member("settled"), "1");
    let acknowledged: Vec<_> = certificate().acknowledged.into_iter().map(|(partner, _)| partner).collect();
    assert_eq!((certificate().untold, acknowledged), (Vec::new(), vec!["centre-e".into()]));
}

#[test]
fn what_a_partner_knows_is_not_done_before_its_acknowledgement_is_stored() {
    let (faulty, sink) = (Arc::new(Faulty::default()), Sink::answering(&[]));
    let store: Arc<dyn Store> = faulty.clone();
    let server = server("", &store);
    register(&server, &sink);
    refer(&server, 1);
    sink.next();
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/pause")).status, 200);
    take_back(&server, 1);
    let (last, token) = (page(&server, "").1, server.token("centre-e"));
    let settle = || own("POST", &format!("$catch-up?through={last}")).bearer(&token).send(&server);
    faulty.fault.store(READ_ONLY, Ordering::SeqCst);
    assert_eq!(settle().status, 503);
    faulty.fault.store(WELL, Ordering::SeqCst);
    assert_eq!(settle().member("settled"), "1");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let all = store.erasures(Home::shared(&"ontario".into()), None, Page { size: 9, after: None });
    let certificate = runtime.block_on(all).expect("the store is well").0.remove(0);
    assert_eq!((certificate.untold.len(), certificate.acknowledged.len()), (0, 1));
}

/// Threat: T100
#[test]
fn each_partner_reads_what_it_was_told_itself() {
    let server = server("", &store());
    register(&server, &Sink::answering(&[]));
    refer(&server, 1);
    assert_eq!(page(&server, "").0.len(), 1);
    let other = as_partner(&server, "practice-d", own("GET", "$catch-up"));
    assert!(other.status == 200 && other.value()["entry"].is_null(), "{}", other.text());
}

#[test]
fn a_page_comes_in_xml_too() {
    let server = server("", &store());
    register(&server, &Sink::answering(&[]));
    refer(&server, 1);
    let answer = read(&server, "?_format=xml");
    assert_eq!(answer.header("content-type"), Some("application/fhir+xml;charset=utf-8"));
    assert!(answer.text().contains("<type value=\"collection\"/>"));
}

#[test]
fn cursors_and_counts_that_make_no_sense_are_refused() {
    let server = server("", &store());
    for query in ["?after=x", "?after=-1", "?after=7", "?_count=0", "?_count=x"] {
        read(&server, query).check_refusal(400, "value");
    }
    read(&server, "?since=1").check_refusal(400, "not-supported");
    for path in ["$catch-up", "$catch-up?through=", "$catch-up?through=1"] {
        as_partner(&server, "centre-e", own("POST", path)).check_refusal(400, "value");
    }
}
