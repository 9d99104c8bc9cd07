//! Partners that fail, hang and come back, and servers that are killed: everything arrives, in order for each referral, and what
//! arrives twice has the same id.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use baton_exchange::{
    decision::{Batch, Change},
    id::{Home, NoticeId, ReferralId},
    notice::Notice,
};
use baton_server::clock::Clock;
use baton_store::Store;
use tokio::runtime::Runtime;

use crate::{
    delivery::{HANGS, Heard, LONG, Server, Sink, config, status},
    endpoint::until,
};

const REFERRALS: u32 = 20;
const NOTICES_EACH: u32 = 6;

/// A notice whose id says its referral and its place in the line.
fn notice(referral: u32, place: u32, partner: &str) -> Notice {
    let now = Clock::of_machine().now();
    let mut id = [0; 16];
    id[0] = partner.as_bytes()[0];
    id[8..12].copy_from_slice(&referral.to_be_bytes());
    id[12..].copy_from_slice(&place.to_be_bytes());
    let mut about = [0; 16];
    about[12..].copy_from_slice(&referral.to_be_bytes());
    Notice {
        id: NoticeId(id),
        home: Home(1),
        exchange: "n".into(),
        partner: partner.into(),
        referral: ReferralId(about),
        event: "notify".into(),
        body: format!("{referral} {place}").into_bytes(),
        created: now,
        due: now,
    }
}

/// All notices to a partner, those about one referral in their order.
fn notices(partner: &str) -> Vec<Notice> {
    (0..NOTICES_EACH).flat_map(|place| (0..REFERRALS).map(move |referral| notice(referral, place, partner))).collect()
}

/// Referral and place of what was heard.
fn read(heard: &Heard) -> (u32, u32) {
    let (referral, place) = heard.body.split_once(' ').expect("two numbers");
    (referral.parse().expect("a number"), place.parse().expect("a number"))
}

/// All of it was heard, each the first time after what comes before it, and always with the id of the first time.
#[track_caller]
fn check_heard(heard: &[Heard]) {
    let mut next: HashMap<u32, u32> = HashMap::new();
    let mut ids: HashMap<(u32, u32), String> = HashMap::new();
    for heard in heard {
        let (referral, place) = read(heard);
        let next = next.entry(referral).or_default();
        assert!(place <= *next, "notice {place} about {referral} came before {next}");
        *next = (*next).max(place + 1);
        let id = heard.header("webhook-id").expect("each has an id").to_owned();
        assert_eq!(*ids.entry((referral, place)).or_insert_with(|| id.clone()), id);
    }
    assert_eq!(ids.len(), (REFERRALS * NOTICES_EACH) as usize);
    assert_eq!(ids.values().collect::<HashSet<_>>().len(), ids.len());
}

/// Threat: T101
#[test]
fn one_that_fails_for_a_while_and_hangs_gets_all_in_order_and_the_other_does_not_wait() {
    let (no, later) = (status("500 No"), status("503 Later"));
    let mut answers: Vec<&str> = vec![&no; 12];
    answers.extend([HANGS, &later, &no]);
    let (bad, good) = (Sink::answering(&answers), Sink::answering(&[]));
    let server = Server::telling(&[&bad, &good]);
    server.put(notices("a"));
    server.put(notices("b"));
    server.until_all_is_told();
    check_heard(&bad.heard.try_iter().collect::<Vec<_>>());
    let heard: Vec<Heard> = good.heard.try_iter().collect();
    assert_eq!(heard.len(), (REFERRALS * NOTICES_EACH) as usize, "nothing is sent twice without a reason");
    check_heard(&heard);
}

/// The program itself, as its own process, so that it can be killed.
struct Process(Child);

impl Process {
    fn start(folder: &Path) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["serve", "--config", "baton.toml"]).current_dir(folder);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = quiet.spawn().expect("the binary was built for this test");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a ready line");
        Process(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing_and_repeats_carry_the_same_id() {
    const KILLS: usize = 4;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let sink = Sink::answering(&[HANGS]);
    let text = format!("[store]\nurl = \"{url}\"\n{}", config(&[sink.url()], ""));
    std::fs::write(folder.path().join("baton.toml"), text).expect("the folder is ours");
    let runtime = Runtime::new().expect("a runtime");
    let store: Arc<dyn Store> = runtime.block_on(baton_store::open(&url)).expect("a new file");
    let changes = notices("a").into_iter().map(Change::PutNotice).collect();
    runtime.block_on(store.commit(Batch { asserts: Vec::new(), changes })).expect("the store is well");
    drop(store);

    let mut heard = Vec::new();
    for _ in 0..KILLS {
        let process = Process::start(folder.path());
        for _ in 0..10 {
            heard.push(sink.heard.recv_timeout(LONG).expect("a notice arrives"));
        }
        drop(process);
    }
    let process = Process::start(folder.path());
    let store = runtime.block_on(baton_store::open(&url)).expect("it is there");
    until(|| runtime.block_on(store.backlogs()).expect("the store is well").is_empty());
    drop(process);
    heard.extend(sink.heard.try_iter());
    check_heard(&heard);
}
