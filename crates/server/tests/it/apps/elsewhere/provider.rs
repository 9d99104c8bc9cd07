//! A small OpenID provider on this machine, which says what a test wants it to say.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use baton_testkit::signer::{EC, Signer};
use serde_json::{Value, json};

use crate::harness::BEGIN_MICROS;

pub const NOW: i64 = BEGIN_MICROS / 1_000_000;

/// What it says.
pub struct Play {
    pub document: (u16, Value),
    pub keys: (u16, Value),
    pub token: (u16, Value),
    /// What it heard at its token endpoint: head and form.
    pub heard: Vec<(String, String)>,
    /// How often it was asked for its document and its keys.
    pub looks: usize,
}

pub struct Provider {
    pub issuer: String,
    pub play: Arc<Mutex<Play>>,
}

impl Provider {
    pub fn new() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("it listens"));
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth?kind=a"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
        });
        let play = Arc::new(Mutex::new(Play {
            document: (200, document),
            keys: (200, json!({"keys": [EC.jwk()]})),
            token: (400, json!({"error": "invalid_grant"})),
            heard: Vec::new(),
            looks: 0,
        }));
        let told = play.clone();
        // it ends with the process
        thread::spawn(move || {
            for stream in listener.incoming() {
                // a caller that hangs up early has its reasons
                let _ = answer(stream.expect("a connection"), &told);
            }
        });
        Provider { issuer, play }
    }

    pub fn change(&self, change: impl FnOnce(&mut Play)) {
        change(&mut self.play.lock().expect("nobody panics"));
    }

    pub fn heard(&self) -> Vec<(String, String)> {
        self.play.lock().expect("nobody panics").heard.clone()
    }

    pub fn looks(&self) -> usize {
        self.play.lock().expect("nobody panics").looks
    }

    /// Has the token endpoint give an ID token from now on: a good one for this nonce, but for what is changed.
    pub fn gives(&self, nonce: &str, signer: &Signer, change: impl Fn(&mut Value, &mut Value)) {
        let mut header = json!({"alg": format!("{:?}", signer.algorithm), "kid": signer.kid});
        let mut claims = json!({
            "iss": self.issuer, "sub": "248289", "aud": "baton", "nonce": nonce, "iat": NOW, "exp": NOW + 300,
        });
        change(&mut header, &mut claims);
        let token = signer.sign(&header.to_string(), &claims.to_string());
        let given = json!({"access_token": "a", "token_type": "Bearer", "id_token": token});
        self.change(|play| play.token = (200, given));
    }
}

fn answer(stream: TcpStream, play: &Mutex<Play>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body)?;
    let mut play = play.lock().expect("nobody panics");
    let (status, value) = match head.split(' ').nth(1) {
        Some("/token") => {
            play.heard.push((head, String::from_utf8(body).expect("a form")));
            play.token.clone()
        }
        Some("/jwks") => {
            play.looks += 1;
            play.keys.clone()
        }
        Some("/.well-known/openid-configuration") => {
            play.looks += 1;
            play.document.clone()
        }
        _ => (404, Value::Null),
    };
    let text = value.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nLocation: /elsewhere\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        text.len()
    );
    reader.get_mut().write_all((head + &text).as_bytes())
}
