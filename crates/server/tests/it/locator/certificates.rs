//! Mutual TLS: a system is believed to be itself when its connection shows its own certificate.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use baton_server::tls::CertificateFingerprint;
use baton_store::MemoryStore;

use super::{AMS01, CONFIG, PATIENT, RR8, reading};
use crate::{
    certificates::Certified,
    harness::{Ask, Server},
    tls::{Files, connect},
};

/// A locator whose consumer and provider are bound to a certificate each.
fn bound(files: &Files, consumer: &Certified, provider: &Certified) -> Server {
    let print = |certified: &Certified| CertificateFingerprint::of(&certified.der());
    let config = CONFIG
        .replacen("ods = \"AMS01\"\n", &format!("ods = \"AMS01\"\ncertificates = [\"{}\"]\n", print(consumer)), 1)
        .replacen("ods = \"RR8\"\n", &format!("ods = \"RR8\"\ncertificates = [\"{}\"]\n", print(provider)), 1);
    Server::with(&format!("{config}{}", files.mutual()), Arc::new(MemoryStore::default()))
}

/// Asks over a connection with a certificate; gives status and body.
fn ask(server: &Server, files: &Files, shows: &Certified, ask: &Ask) -> (u16, String) {
    let mut tls = connect(&server.address, files.authority.trusting(Some(shows)));
    tls.write_all(&ask.clone().header("Connection", "close").head(None)).expect("the server listens");
    let mut answer = String::new();
    // some servers end a connection without saying so in TLS
    let _ = tls.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, answer)
}

/// Threat: T37
#[test]
fn a_certificate_is_good_for_its_own_system_only() {
    let files = Files::new();
    let (consumer, provider) = (files.clients.client("AMS01"), files.clients.client("RR8"));
    let server = bound(&files, &consumer, &provider);
    let search = reading(AMS01, &format!("/DocumentReference?subject={PATIENT}"));
    // a patient whom nobody knows: the caller was let pass
    assert_eq!(ask(&server, &files, &consumer, &search).0, 404);
    let (status, body) = ask(&server, &files, &provider, &search);
    assert_eq!(status, 401, "{body}");
    assert!(body.contains("ASID_CHECK_FAILED"), "{body}");
    let another = files.clients.client("AMS01");
    assert_eq!(ask(&server, &files, &another, &search).0, 401);
    let trail = reading(RR8, "/AuditEvent");
    assert_eq!((ask(&server, &files, &provider, &trail).0, ask(&server, &files, &consumer, &trail).0), (200, 401));
}
