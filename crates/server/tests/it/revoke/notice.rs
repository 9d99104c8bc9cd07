//! R10: what partners hear after a revoke holds nothing of anybody, and what was on its way to them then ends.

use std::{fs, path::Path};

use baton_dialects::ontario::sample::revoke;

use tempfile::TempDir;

use super::{World, filled, scanner};
use crate::{
    delivery::{HANGS, HOLDS, Heard, Sink, status},
    endpoint::until,
    harness::Ask,
};

/// The partners' systems when the revoke comes: the centre has a notice in its hands and does not answer, at the registry one is
/// parked, and at the practice one waits for its next attempt. Others wait behind them.
struct Told {
    world: World,
    practice: Sink,
    centre: Sink,
    registry: Sink,
    /// What they heard before the revoke.
    before: TempDir,
}

impl Told {
    fn new(in_flight: &str, timeout: &str) -> Told {
        let practice = Sink::answering(&[&status("503 Later")]);
        let (centre, registry) = (Sink::answering(&[in_flight]), Sink::answering(&[&status("400 No")]));
        let world = World::telling([&practice.url(), &centre.url(), &registry.url()], timeout);
        let before = tempfile::tempdir().expect("a temporary folder");
        let told = Told { world, practice, centre, registry, before };
        write(told.before.path(), "in flight", &told.centre.next());
        told.until_ended("practice-d", "again", 1);
        told.until_ended("registry", "parked", 1);
        // the clock stands still, so nothing more is sent
        told.keep_heard(told.before.path());
        told
    }

    fn metrics(&self) -> String {
        Ask::get("/metrics").send(&self.world.server).text()
    }

    /// Waits until so many attempts to tell a partner have ended like this.
    #[track_caller]
    fn until_ended(&self, partner: &str, outcome: &str, number: u32) {
        let line = format!("baton_deliveries_total{{partner=\"{partner}\",outcome=\"{outcome}\"}} {number}\n");
        until(|| self.metrics().contains(&line));
    }

    /// Lets the moments of all next attempts come, and waits until nobody has anything to be told. No more time than that: what is
    /// being sent meanwhile would be taken for lost, and sent again.
    #[track_caller]
    fn until_all_is_told(&self) {
        self.world.server.pass(2);
        until(|| !self.metrics().contains("baton_notices{"));
    }

    /// Writes what each of them heard since this was last asked into files, and says how much that was.
    fn keep_heard(&self, folder: &Path) -> [usize; 3] {
        let heard = [("practice", &self.practice), ("centre", &self.centre), ("registry", &self.registry)];
        heard.map(|(name, sink)| {
            let keep = |(number, heard)| write(folder, &format!("{name}-{number}"), &heard);
            sink.heard.try_iter().enumerate().map(keep).count()
        })
    }

    fn revoke(&self) {
        let answer = self.world.send("practice-d", &filled(revoke, "2"));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Waits until everything is told, and looks whether all that was heard since the revoke says nothing of anybody.
    #[track_caller]
    fn check_heard(&self) {
        self.until_all_is_told();
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(self.keep_heard(folder.path()), [1, 1, 1], "each is told once that it is gone");
        for partner in ["centre-e", "registry"] {
            let missed = self.world.get(partner, "/ontario/$catch-up");
            assert_eq!(missed.status, 200, "{}", missed.text());
            fs::write(folder.path().join(partner), missed.body).expect("the folder is ours");
        }
        assert_eq!(scanner().scan(folder.path()).expect("it can be read"), []);
    }
}

fn write(folder: &Path, name: &str, heard: &Heard) {
    fs::write(folder.join(name), format!("{}{}", heard.head, heard.body)).expect("the folder is ours");
}

#[test]
fn what_partners_hear_before_a_revoke_is_found() {
    let told = Told::new(HOLDS, "20s");
    told.centre.release.send(status("503 Later")).expect("it waits for this");
    let missing = scanner().missing(told.before.path()).expect("it can be read").join(", ");
    assert_eq!(missing, "letter", "it waits behind the others");
}

/// What a target answers that shows what it was sent.
fn echo() -> String {
    let task = r#"{"resourceType":"Task","status":"accepted","intent":"order","statusReason":{"text":"orchestral waiting room"}}"#;
    let patient = r#"{"resourceType":"Patient","name":[{"family":"Quillfeather"}],"birthDate":"1949-07-23"}"#;
    let body = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{task}}},{{"resource":{patient}}}]}}"#
    );
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_notice_that_is_in_flight_at_a_revoke_is_not_sent_again_whatever_its_partner_answers() {
    // beside the one that says that it is gone, which is delivered
    for (answer, outcome, number) in
        [(status("503 Later"), "again", 1), (status("400 No"), "parked", 1), (echo(), "delivered", 2)]
    {
        let told = Told::new(HOLDS, "20s");
        told.revoke();
        told.centre.release.send(answer).expect("it waits for this");
        told.until_ended("centre-e", outcome, number);
        told.check_heard();
        told.world.check_files();
        let request = told.world.get("centre-e", &format!("/ontario/ServiceRequest/{}", told.world.request));
        assert_eq!(request.status, 410, "what it answers changes nothing");
    }
}

#[test]
fn a_notice_that_is_in_flight_at_a_revoke_ends_when_its_partner_never_answers() {
    let told = Told::new(HANGS, "500ms");
    told.revoke();
    told.until_ended("centre-e", "again", 1);
    told.check_heard();
}
