//! Another system that is told things: it answers in turn with what it was given, the last answer for ever, and tells the test what
//! it heard.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

/// Far away: what is expected comes before.
const LONG: Duration = Duration::from_secs(30);

/// A partner's system.
pub struct Partner {
    port: u16,
    heard: mpsc::Receiver<serde_json::Value>,
}

impl Partner {
    /// Answers with these bodies; an empty one is 204.
    pub fn answering(bodies: &[&str]) -> Partner {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (tell, heard) = mpsc::channel();
        let answers: VecDeque<String> = bodies.iter().map(|body| (*body).to_owned()).collect();
        let answers = Arc::new(Mutex::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, answers) = (tell.clone(), answers.clone());
                std::thread::spawn(move || while speak(&stream, &tell, &answers).is_some() {});
            }
        });
        Partner { port, heard }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// The next message that it hears.
    #[track_caller]
    pub fn next(&self) -> serde_json::Value {
        self.heard.recv_timeout(LONG).expect("a notice arrives")
    }

    /// The next message, while something is done again and again.
    pub fn next_while(&self, mut again: impl FnMut()) -> serde_json::Value {
        for _ in 0..300 {
            again();
            if let Ok(heard) = self.heard.recv_timeout(Duration::from_millis(100)) {
                return heard;
            }
        }
        panic!("a notice arrives");
    }

    /// The next message, which is of that event.
    #[track_caller]
    pub fn hears(&self, event: &str) -> serde_json::Value {
        let heard = self.next();
        assert_eq!(heard.pointer("/entry/0/resource/eventCoding/code"), Some(&event.into()), "{heard}");
        heard
    }

    /// Whether it heard nothing else so far.
    pub fn is_quiet(&self) -> bool {
        self.heard.try_recv().is_err()
    }
}

fn speak(stream: &TcpStream, tell: &mpsc::Sender<serde_json::Value>, answers: &Mutex<VecDeque<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lengths = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; lengths.next()?.1.trim().parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let answer = {
        let mut answers = answers.lock().ok()?;
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }.unwrap_or_default()
    };
    let status = if answer.is_empty() { "204 No Content" } else { "200 OK" };
    let length = answer.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/fhir+json\r\nContent-Length: {length}\r\n\r\n");
    // who hangs up on a long answer has been heard all the same
    tell.send(serde_json::from_slice(&body).ok()?).ok()?;
    let mut writer = stream;
    writer.write_all(head.as_bytes()).ok()?;
    writer.write_all(answer.as_bytes()).ok()
}

/// The resource of a type in a message.
#[track_caller]
pub fn resource<'m>(message: &'m serde_json::Value, resource_type: &str) -> &'m serde_json::Value {
    let entries = message["entry"].as_array().expect("entries");
    let mut resources = entries.iter().map(|entry| &entry["resource"]);
    resources
        .find(|it| it["resourceType"] == resource_type)
        .unwrap_or_else(|| panic!("no {resource_type} in {message}"))
}
