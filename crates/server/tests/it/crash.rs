//! Kills the server under load: what was acknowledged is there, nothing is there twice, resends get the first answer.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

const ROUNDS: usize = 4;
const SENDERS: usize = 8;
/// How many answers a round waits for before the server is killed; later rounds are killed later.
const ANSWERS_BEFORE_KILL: usize = 15;

/// The program itself, as its own process, so that it can be killed.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_baton"))
            .args(["serve", "--config"])
            .arg(folder.join("baton.toml"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary was built for this test");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("a ready line");
        let address = line.trim().strip_prefix("ready http://").expect("the ready line has the address").to_owned();
        Server { child, address }
    }

    fn kill(&mut self) {
        self.child.kill().expect("the server runs");
        self.child.wait().expect("it was ours");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own; nothing when the server went away before the answer was whole.
fn exchange(address: &str, head: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    write!(stream, "{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (answer_head, answer_body) = answer.split_once("\r\n\r\n")?;
    let announced = answer_head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    })?;
    let status = answer_head.split(' ').nth(1)?.parse().ok()?;
    (answer_body.len() == announced).then(|| (status, answer_body.to_owned()))
}

fn token(address: &str) -> String {
    let head = "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=test-secret-of-clinic-a";
    let (status, body) = exchange(address, head, form).expect("the token endpoint answers");
    assert_eq!(status, 200, "{body}");
    let (_, rest) = body.split_once("\"access_token\":\"").expect("the answer has a token");
    rest.split('"').next().expect("the token ends").to_owned()
}

fn message(number: usize) -> String {
    format!(
        r#"{{"resourceType":"Bundle","id":"crash-{number}","type":"message","entry":[
{{"fullUrl":"https://ehr.example.org/MessageHeader/mh-{number}","resource":{{"resourceType":"MessageHeader","eventCoding":{{"system":"http://ntst.com/fhir/message-events","code":"submit-service-request"}},"source":{{"endpoint":"https://ehr.example.org/fhir"}},"focus":[{{"reference":"ServiceRequest/sr-{number}"}}]}}}},
{{"fullUrl":"https://ehr.example.org/ServiceRequest/sr-{number}","resource":{{"resourceType":"ServiceRequest","id":"sr-{number}","status":"active","intent":"proposal","subject":{{"reference":"Patient/pat-{number}"}}}}}},
{{"fullUrl":"https://ehr.example.org/Patient/pat-{number}","resource":{{"resourceType":"Patient","id":"pat-{number}","name":[{{"family":"Testcase"}}]}}}}]}}"#
    )
}

fn submit(address: &str, token: &str, number: usize) -> Option<(u16, String)> {
    let head = format!(
        "POST /netsmart/v4/$process-message HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/fhir+json\r\nAccept: application/fhir+json"
    );
    exchange(address, &head, &message(number))
}

/// Sends new messages from several threads until the server is killed after a number of answers; gives the answers
/// that arrived whole and how many messages were begun.
fn load_until_killed(server: &mut Server, first: usize, answers_before_kill: usize) -> (HashMap<usize, String>, usize) {
    let token = token(&server.address);
    let (next, stop) = (Arc::new(AtomicUsize::new(first)), Arc::new(AtomicBool::new(false)));
    let answered: Arc<Mutex<HashMap<usize, String>>> = Arc::default();
    let (tell, told) = std::sync::mpsc::channel();
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (address, token, next, stop) = (server.address.clone(), token.clone(), next.clone(), stop.clone());
            let (answered, tell) = (answered.clone(), tell.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((status, body)) = submit(&address, &token, number) else {
                        return;
                    };
                    assert_eq!(status, 200, "message {number}: {body}");
                    answered.lock().expect("no sender panics").insert(number, body);
                    let _ = tell.send(());
                }
            })
        })
        .collect();
    for _ in 0..answers_before_kill {
        told.recv().expect("the senders go on until the kill");
    }
    server.kill();
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.join().expect("each answer was a good one");
    }
    let answered = answered.lock().expect("no sender panics").clone();
    (answered, next.load(Ordering::Relaxed))
}

#[test]
fn what_was_acknowledged_survives_kill_9_and_is_replayed_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(
        folder.path().join("baton.toml"),
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://referrals.example.org\"\n\
         [store]\nurl = \"sqlite:baton.db\"\n\
         [[exchange]]\nid = \"netsmart\"\ndialect = \"netsmart\"\npath = \"/netsmart/v4\"\n\
         [[partner]]\nid = \"clinic-a\"\nname = \"Clinic A\"\nexchanges = [\"netsmart\"]\n\
         client_secret = \"test-secret-of-clinic-a\"\nscopes = [\"system/Messaging.write\", \"system/*.read\"]\n",
    )
    .expect("the folder is ours");

    let mut answers: HashMap<usize, String> = HashMap::new();
    let mut begun = 0;
    for round in 0..ROUNDS {
        let mut server = Server::start(folder.path());
        let (new, end) = load_until_killed(&mut server, begun, ANSWERS_BEFORE_KILL * (round + 1));
        answers.extend(new);
        begun = end;
    }

    let server = Server::start(folder.path());
    let token = token(&server.address);
    for number in 0..begun {
        let (status, body) = submit(&server.address, &token, number).expect("the server runs");
        assert_eq!(status, 200, "message {number} cannot be completed by a resend: {body}");
        if let Some(first) = answers.get(&number) {
            assert_eq!(&body, first, "message {number} was acknowledged and its resend has another answer");
        }
    }
    let head = format!(
        "GET /netsmart/v4/ServiceRequest?_summary=count HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/fhir+json"
    );
    let (_, body) = exchange(&server.address, &head, "").expect("the server runs");
    assert!(body.contains(&format!("\"total\":{begun}")), "one referral for each of {begun} messages: {body}");
}
