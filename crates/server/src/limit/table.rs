//! The page of limits says what the code does: each row is made of the constants and defaults themselves.

use std::{path::Path, time::Duration};

use baton_fhir::{
    finding::FINDINGS_MAX,
    patch::{DEPTH_MAX as PATCH_DEPTH_MAX, OPERATIONS_MAX},
    path::LENGTH_MAX,
    reading::ReadLimits,
    search_shape::SHAPE_BYTES_MAX,
};
use baton_oauth::{
    authorize::{HANDLE_BYTES_MAX, STATE_BYTES_MAX},
    scope::LIMIT_VALUES_MAX,
};

use super::{
    addresses::ADDRESSES_MAX,
    refused::{OF_ADDRESS, OF_ALL, OF_SITE},
};
use crate::{
    account::password::{CHECKS_MAX, WAITING_MAX},
    app::{
        AUDIT_READS_MAX, AUDIT_READS_OF_PARTNER_MAX, COMMITS_MAX, COMMITS_OF_PARTNER_MAX, FETCHES_MAX,
        FETCHES_OF_PARTNER_MAX, PAGES_MAX, PARTNER_KIB_MAX, TRIALS_MAX, TRIALS_OF_PARTNER_MAX, WORK_KIB_MAX, WORK_TIME,
    },
    authorize::{
        guard,
        throttle::{COUNTS_MAX, OF_ACCOUNT_MAX, OF_ADDRESS_MAX, OF_SITE_MAX, WINDOW_SECS},
    },
    config::Limits,
    endpoint,
    http::{
        body::{BYTES_PER_SEC_MIN, GRACE, LEFTOVER_BYTES_MAX, LEFTOVER_TIME},
        listen::{DRAIN_TIME, HEAD_BYTES_MAX, HEAD_TIME, HEADERS_MAX, WRITE_TIME},
        patience, trace,
    },
    log::LINES_MAX,
    query::QUERY_BYTES_MAX,
    rest,
    tls::HANDSHAKE_TIME,
};

/// A limit, its value, and the key under `[limits]` that changes it, if one does.
type Row = (&'static str, String, &'static str);

fn clients(limits: &Limits) -> Vec<Row> {
    vec![
        ("requests of a partner per second", limits.requests_per_second.0.to_string(), "requests_per_second"),
        ("requests of a partner after a rest", limits.requests_burst.0.to_string(), "requests_burst"),
        ("requests of a partner at the same time", limits.requests_at_once.0.to_string(), "requests_at_once"),
        ("wait for a turn among them", secs(limits.requests_wait.0), "requests_wait"),
        ("bodies of a partner in work", mib(PARTNER_KIB_MAX as usize * 1024), ""),
        ("reads of the audit by a partner at the same time", AUDIT_READS_OF_PARTNER_MAX.to_string(), ""),
        ("test calls of a partner at the same time", TRIALS_OF_PARTNER_MAX.to_string(), ""),
        ("papers being fetched for a partner at the same time", FETCHES_OF_PARTNER_MAX.to_string(), ""),
        (
            "requests from an address per second",
            limits.address_requests_per_second.0.to_string(),
            "address_requests_per_second",
        ),
        (
            "requests from an address after a rest",
            limits.address_requests_burst.0.to_string(),
            "address_requests_burst",
        ),
        ("refusals of who proved nothing per second", OF_ADDRESS.per_sec.to_string(), ""),
        ("refusals of who proved nothing after a rest", OF_ADDRESS.burst.to_string(), ""),
        ("refusals of a site with IPv6 that proved nothing per second", OF_SITE.per_sec.to_string(), ""),
        ("refusals of a site with IPv6 that proved nothing after a rest", OF_SITE.burst.to_string(), ""),
        ("refusals of all who proved nothing per second", OF_ALL.per_sec.to_string(), ""),
        ("refusals of all who proved nothing after a rest", OF_ALL.burst.to_string(), ""),
        ("addresses that are remembered", ADDRESSES_MAX.to_string(), ""),
        ("connections from an address", limits.address_connections_max.0.to_string(), "address_connections_max"),
    ]
}

fn server(limits: &Limits) -> Vec<Row> {
    vec![
        ("connections", limits.connections_max.0.to_string(), "connections_max"),
        ("bodies in work", mib(WORK_KIB_MAX * 1024), ""),
        ("work on one request", secs(WORK_TIME), ""),
        ("test calls at the same time", TRIALS_MAX.to_string(), ""),
        ("papers being fetched at the same time", FETCHES_MAX.to_string(), ""),
        ("lines of the log that wait to be taken", LINES_MAX.to_string(), ""),
        ("steps of requests at the same time", "one for each processor".to_owned(), ""),
        ("commits at the same time", COMMITS_MAX.to_string(), ""),
        ("commits of one partner while others work", COMMITS_OF_PARTNER_MAX.to_string(), ""),
        ("long steps at the same time", "one for each processor".to_owned(), ""),
        ("pages being made at the same time", PAGES_MAX.to_string(), ""),
        ("reads of the audit at the same time", AUDIT_READS_MAX.to_string(), ""),
        ("end of requests under way at a stop", secs(DRAIN_TIME), ""),
    ]
}

fn connections() -> Vec<Row> {
    vec![
        ("TLS handshake", secs(HANDSHAKE_TIME), ""),
        ("time for a head", secs(HEAD_TIME), ""),
        ("time between requests", secs(HEAD_TIME), ""),
        ("bytes of a head", kib(HEAD_BYTES_MAX), ""),
        ("headers", HEADERS_MAX.to_string(), ""),
        ("pace of a body", format!("{} s, then {BYTES_PER_SEC_MIN} bytes/s", GRACE.as_secs()), ""),
        ("client takes nothing of an answer", secs(WRITE_TIME), ""),
        (
            "pace of taking an answer",
            format!("{} s, then {} bytes/s", WRITE_TIME.as_secs(), patience::BYTES_PER_SEC_MIN),
            "",
        ),
        (
            "rest of a refused body",
            format!("{}, {}", mib(usize::try_from(LEFTOVER_BYTES_MAX).expect("it fits")), secs(LEFTOVER_TIME)),
            "",
        ),
        ("characters of X-Request-ID", trace::ID_CHARS_MAX.to_string(), ""),
    ]
}

fn contents(limits: &Limits) -> Vec<Row> {
    let read = ReadLimits::default();
    vec![
        ("body", limits.body_bytes_max.0.to_string(), "body_bytes_max"),
        ("packed body, and what it holds", limits.body_bytes_max.0.to_string(), "body_bytes_max"),
        ("entries of a Bundle", limits.bundle_entries_max.0.to_string(), "bundle_entries_max"),
        ("levels of JSON and XML", read.depth_max.to_string(), ""),
        ("values in a body", read.nodes_max.to_string(), ""),
        ("findings in an answer", FINDINGS_MAX.to_string(), ""),
        // the token endpoint has its own, which its test holds to this
        ("body of a token request", kib(16 * 1024), ""),
        ("body of a search by form", kib(rest::FORM_BYTES_MAX), ""),
        ("body of an endpoint", kib(endpoint::BODY_BYTES_MAX), ""),
        ("entries of a page", rest::parameters::COUNT_MAX.to_string(), ""),
        ("bodies of a page", mib(baton_store::PAGE_BYTES_MAX), ""),
        ("values in a search", rest::parameters::VALUES_MAX.to_string(), ""),
        ("bytes of the shape of a search in the audit", SHAPE_BYTES_MAX.to_string(), ""),
        ("a search that is sealed in the audit", kib(QUERY_BYTES_MAX), ""),
        ("values in the queries of a client's scopes", LIMIT_VALUES_MAX.to_string(), ""),
        ("operations of a patch", OPERATIONS_MAX.to_string(), ""),
        ("levels that a patch may build", PATCH_DEPTH_MAX.to_string(), ""),
        ("characters of a path in a patch", LENGTH_MAX.to_string(), ""),
    ]
}

fn people(limits: &Limits) -> Vec<Row> {
    vec![
        (
            "logins and questions begun from an address per second",
            limits.address_logins_per_second.0.to_string(),
            "address_logins_per_second",
        ),
        (
            "logins and questions begun from an address after a rest",
            limits.address_logins_burst.0.to_string(),
            "address_logins_burst",
        ),
        ("bytes of an app's state", STATE_BYTES_MAX.to_string(), ""),
        ("bytes of an app's launch and nonce", HANDLE_BYTES_MAX.to_string(), ""),
        ("wrong passwords for an account from an address", format!("{OF_ACCOUNT_MAX} in {WINDOW_SECS} s"), ""),
        ("wrong passwords for all accounts from an address", format!("{OF_ADDRESS_MAX} in {WINDOW_SECS} s"), ""),
        ("wrong passwords for all accounts from a site with IPv6", format!("{OF_SITE_MAX} in {WINDOW_SECS} s"), ""),
        ("counts of wrong passwords", COUNTS_MAX.to_string(), ""),
        ("passwords being checked at the same time", CHECKS_MAX.to_string(), ""),
        ("passwords that wait for it", WAITING_MAX.to_string(), ""),
        ("body of a form of a page", kib(guard::FORM_BYTES_MAX), ""),
    ]
}

fn secs(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes / 1024)
}

fn mib(bytes: usize) -> String {
    format!("{} MiB", bytes / 1024 / 1024)
}

/// The cells of each row of the page: name, value, key, what happens over it, and the test.
fn written() -> Vec<[String; 5]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/limits.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| limit");
    let cells = |line: &str| {
        let mut cells = line.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
        [0; 5].map(|_| cells.next().unwrap_or_default())
    };
    page.lines().filter(is_row).map(cells).collect()
}

#[test]
fn the_page_of_limits_is_true() {
    let limits = Limits::default();
    let rows = [clients(&limits), server(&limits), connections(), contents(&limits), people(&limits)].concat();
    let said: Vec<[String; 3]> = rows.into_iter().map(|(name, value, key)| [name.into(), value, key.into()]).collect();
    let first_three = |[name, value, key, ..]: [String; 5]| [name, value, key];
    assert_eq!(written().into_iter().map(first_three).collect::<Vec<_>>(), said);
}

/// That the tests are there is looked up by `cargo xtask threats`.
#[test]
fn every_limit_of_the_page_says_what_happens_over_it_and_names_a_test() {
    for [name, _, _, over, test] in written() {
        assert!(!over.is_empty() && test.contains(".rs::"), "{name}: {over:?}, {test:?}");
    }
}
