//! Sends messages to the rules and looks at what comes back. What is remembered is kept by hand.

mod contents;
mod duplicates;
mod envelope;
mod metadata;
mod references;
mod reply;
mod samples;
mod tables;
mod updates;

use baton_exchange::{
    access::{Caller, Reach},
    decision::{Batch, Change},
    id::{MessageId, ReferralId},
    message::{Known, Receipt},
    referral::Referral,
    time::Timestamp,
};
use baton_fhir::{finding::Finding, format::Format, json};
use serde_json::Value;

use super::sample::{self, Ids};
use crate::{Accepted, Context, Dialect, Mode, Mount, NewIds, Posted, Verdict, Way, arrive, ontario, settle};

pub(super) const BOTH: [Mode; 2] = [Mode::Compat, Mode::Strict];
const BASE: &str = "https://referrals.example.org/v4";
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

pub(super) fn mount(mode: Mode) -> Mount {
    Mount {
        exchange: "netsmart".into(),
        dialect: Dialect::Netsmart,
        mode,
        base: BASE.to_owned(),
        reliable_cache_secs: 60 * 60,
        bundle_entries_max: 20,
        directory: ontario::Directory::default(),
        blind: [0; 32],
    }
}

fn ids(bundle: &'static str) -> Ids<'static> {
    Ids { base: BASE, bundle, header: bundle, request: "sr-1", patient: "pat-1", mrn: "mrn-1" }
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("samples are JSON")
}

/// The sample that opens referral `sr-1`, with that Bundle.id and MessageHeader.id.
fn submission(bundle: &'static str) -> Value {
    value(&sample::submit(&ids(bundle)))
}

/// The sample that updates it.
fn update(bundle: &'static str) -> Value {
    value(&sample::update(&ids(bundle)))
}

/// A submission after a change.
pub(super) fn edited(edit: impl Fn(&mut Value)) -> Value {
    let mut message = submission("b-1");
    edit(&mut message);
    message
}

/// The resource of an entry of the samples.
fn resource<'m>(message: &'m mut Value, resource_type: &str) -> &'m mut Value {
    let entries = message["entry"].as_array_mut().expect("samples have entries");
    let found = entries.iter_mut().find(|entry| entry["resource"]["resourceType"] == resource_type);
    &mut found.expect("samples have one of each type")["resource"]
}

fn remove(node: &mut Value, member: &str) {
    node.as_object_mut().expect("it is an object").remove(member).expect("it has that member");
}

/// What is remembered, and by whom messages are sent.
struct World {
    mount: Mount,
    sender: &'static str,
    now: Timestamp,
    receipts: Vec<Receipt>,
    referrals: Vec<Referral>,
    sent: u8,
}

impl World {
    fn new(mode: Mode) -> World {
        World { mount: mount(mode), sender: "clinic-a", now: NOW, receipts: Vec::new(), referrals: Vec::new(), sent: 0 }
    }

    /// Sends a body and writes what is to be written.
    fn post(&mut self, body: &[u8], format: Format) -> Verdict {
        let sender = self.sender.into();
        let arrived = arrive(
            &self.mount,
            &sender,
            Posted { body: body.to_vec(), format, as_form: false, way: Way::Operation, referral_info: None },
        );
        let Some(question) = arrived.question(self.now) else {
            return Verdict::Refused(arrived.refused().expect("what cannot be known again is refused"));
        };
        let receipt = |fits: &dyn Fn(&Receipt) -> bool| {
            self.receipts.iter().find(|receipt| receipt.expires > self.now && fits(receipt)).cloned()
        };
        let is_named =
            |it: &&Referral| it.home == question.home && Some(&it.request_id) == question.request_id.as_ref();
        let known = Known {
            by_envelope: receipt(&|receipt| receipt.identity.envelope == question.envelope),
            by_message: receipt(&|it| question.message.is_some() && it.identity.message == question.message),
            referral: self.referrals.iter().find(is_named).cloned(),
            ..Known::default()
        };
        self.sent += 1;
        let fresh = |kind: u8| format!("{kind:08x}-0000-4000-8000-0000000000{:02x}", self.sent);
        let ids = NewIds {
            message: MessageId([self.sent; 16]),
            referral: ReferralId([self.sent; 16]),
            answer_bundle: fresh(1),
            answer_header: fresh(2),
            answer_outcome: fresh(3),
        };
        let caller = Caller::system(sender, Vec::new());
        let cx = Context { caller: &caller, reach: &Reach::All, now: self.now, ids: &ids, request_id: "r-1" };
        let verdict = settle(&self.mount, &arrived, &known, &cx);
        if let Verdict::Accept(accepted) = &verdict {
            self.write(&accepted.batch);
        }
        verdict
    }

    fn send(&mut self, message: &Value) -> Verdict {
        self.post(message.to_string().as_bytes(), Format::Json)
    }

    fn write(&mut self, batch: &Batch) {
        for change in &batch.changes {
            match change {
                Change::PutReceipt(receipt) => self.receipts.push(receipt.clone()),
                Change::PutReferral(referral) => {
                    self.referrals.retain(|known| known.id != referral.id);
                    self.referrals.push(referral.clone());
                }
                _ => {}
            }
        }
    }

    #[track_caller]
    fn accept(&mut self, message: &Value) -> Box<Accepted> {
        accepted(self.send(message))
    }

    #[track_caller]
    fn refuse(&mut self, message: &Value, status: u16, expected: &[&str]) {
        check_refusal(self.send(message), status, expected);
    }
}

fn shown(findings: &[Finding], severity_refuses: bool) -> Vec<String> {
    let of_kind = findings.iter().filter(|finding| finding.severity.refuses() == severity_refuses);
    let line = |finding: &Finding| format!("{} {}", finding.rule.id, finding.expression.as_deref().unwrap_or("-"));
    let mut lines: Vec<String> = of_kind.map(line).collect();
    // messages are edited as maps, so the order of members is not the sample's
    lines.sort();
    lines
}

#[track_caller]
fn check_refusal(verdict: Verdict, status: u16, expected: &[&str]) {
    match verdict {
        Verdict::Refused(refused) => {
            assert_eq!((refused.status, shown(&refused.findings, true)), (status, owned(expected)));
        }
        Verdict::Accept(accepted) => panic!("accepted as {:?}", accepted.action),
        Verdict::Replay { .. } => panic!("replayed"),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    lines.sort();
    lines
}

#[track_caller]
fn accepted(verdict: Verdict) -> Box<Accepted> {
    match verdict {
        Verdict::Accept(accepted) => accepted,
        Verdict::Refused(refused) => panic!("refused with {}: {:?}", refused.status, shown(&refused.findings, true)),
        Verdict::Replay { .. } => panic!("replayed"),
    }
}

/// A message that nobody knows yet is refused, with these findings as `rule expression`.
#[track_caller]
pub(super) fn check_refused(mode: Mode, message: &Value, status: u16, expected: &[&str]) {
    World::new(mode).refuse(message, status, expected);
}

/// A message that nobody knows yet is accepted, with these warnings as `rule expression`.
#[track_caller]
pub(super) fn check_accepted(mode: Mode, message: &Value, expected: &[&str]) {
    let mount = mount(mode);
    let posted = Posted {
        body: message.to_string().into_bytes(),
        format: Format::Json,
        as_form: false,
        way: Way::Operation,
        referral_info: None,
    };
    let arrived = arrive(&mount, &"clinic-a".into(), posted);
    accepted(World::new(mode).send(message));
    assert_eq!(shown(arrived.findings(), false), owned(expected));
}

fn answer_of(accepted: &Accepted) -> Value {
    let mut written = Vec::new();
    json::write(accepted.answer.as_ref().expect("there is an answer").root(), &mut written);
    assert_eq!(written, *accepted.answer_json(), "what is answered is what is remembered");
    value(std::str::from_utf8(&written).expect("JSON is text"))
}
