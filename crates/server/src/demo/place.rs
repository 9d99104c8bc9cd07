//! Where the demo lives: its folder, its configuration, its messages.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use baton_dialects::{
    netsmart::sample::{self, Ids},
    nrl::sample as pointer,
};
use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
};

use super::DemoError;
use crate::config::Config;

/// The partner of the demo; invented, like all its data.
pub const CLIENT: &str = "clinic-a";
/// Its secret. The server listens on this machine only and holds sample data only.
pub const SECRET: &str = "demo-secret";
/// Where the demo's exchange is mounted.
pub const PATH: &str = "/netsmart/v4";

const CONFIG: &str = r#"# Written by `baton demo`.
[server]
listen = "127.0.0.1:PORT"
[store]
url = "sqlite:FOLDER/baton.db"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
mode = "compat"
[[exchange]]
id = "strict"
dialect = "netsmart"
path = "/strict/v4"
mode = "strict"
[[partner]]
id = "clinic-a"
name = "Clinic A"
exchanges = ["netsmart", "strict"]
client_secret = "demo-secret"
scopes = ["system/Messaging.write", "system/*.read"]
# -- a record locator; its audit tokens are unsigned and may be old, because this is a demo
[[exchange]]
id = "nrl"
dialect = "nrl"
path = "/nrl"
jwt = "unsigned"
jwt_times = "ignored"
spine_asid = "999999999999"
[[partner]]
id = "trust-b"
name = "Trust B"
exchanges = ["nrl"]
roles = ["provider"]
asid = "200000000118"
ods = "RR8"
[[partner]]
id = "ambulance-c"
name = "Ambulance service C"
exchanges = ["nrl"]
roles = ["consumer"]
asid = "200000000115"
ods = "AMS01"
# -- referrals that two partners work on, each in its own version of the guide
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "practice-d"
name = "Practice D"
exchanges = ["ontario"]
client_secret = "demo-secret"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
version = "0.10"
[[partner]]
id = "centre-e"
name = "Hip Centre E"
exchanges = ["ontario"]
client_secret = "demo-secret"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
version = "0.11"
"#;

/// Where the demo's referrals between two versions are mounted.
pub const ONTARIO: &str = "/ontario";

/// Where the demo's record locator is mounted.
pub const LOCATOR: &str = "/nrl";
/// The patient of the demo's pointer: a number of the guide's own examples.
pub const NUMBER: &str = "9876543210";

/// The demo's folder with all that it wrote there.
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// The id of the story's referral.
    pub request: String,
    /// Bundle.id of the message that submits it.
    pub submitted: String,
    /// The messages: submit, update, refused.
    pub messages: [String; 3],
    /// The pointer, in XML.
    pub pointer: String,
    /// Its masterIdentifier's value.
    pub master: String,
    port: u16,
}

impl Place {
    /// Makes the folder and writes configuration and messages. Each run has ids of its own, so that a folder can be used
    /// again.
    pub fn prepare(folder: Option<&Path>, port: Option<u16>) -> Result<Place, DemoError> {
        let outside = |what| move |source| DemoError::Outside { what, source };
        let run = crate::clock::random_id();
        let short = run.split('-').next().unwrap_or(&run).to_owned();
        let folder = folder.map_or_else(|| std::env::temp_dir().join(format!("baton-demo-{short}")), Path::to_owned);
        fs::create_dir_all(&folder).map_err(outside("could not make the folder"))?;
        let folder = folder.canonicalize().map_err(outside("could not find the folder again"))?;
        let port = port.unwrap_or_else(usual_port);
        let base = format!("http://127.0.0.1:{port}{PATH}");
        let request = format!("request-{short}");
        let submitted = crate::clock::random_id();
        let patient = format!("patient-{short}");
        let fill = |make: fn(&Ids<'_>) -> String, bundle: &str, request: &str| {
            let header = crate::clock::random_id();
            pretty(&make(&Ids { base: &base, bundle, header: &header, request, patient: &patient, mrn: "MRN-DEMO" }))
        };
        let messages = [
            fill(sample::submit, &submitted, &request),
            fill(sample::update, &crate::clock::random_id(), &request),
            fill(sample::refused, &crate::clock::random_id(), &format!("refused-{short}")),
        ];
        let master = format!("urn:uuid:{}", crate::clock::random_id());
        let ids = pointer::Ids { number: NUMBER, master: &master, ods: "RR8", record: &short };
        let pointer = pointer::pointer(&ids);
        let files = ["submit.json", "update.json", "refused.json", "pointer.xml", "withdraw.xml"];
        let [submit, update, refused] = &messages;
        let texts = [submit, update, refused, &pointer, pointer::withdrawal()];
        for (name, text) in files.iter().zip(texts) {
            fs::write(folder.join(name), text).map_err(outside("could not write a sample"))?;
        }
        let place = Place { folder, request, submitted, messages, pointer, master, port };
        fs::write(place.folder.join("baton.toml"), place.config_text())
            .map_err(outside("could not write the configuration"))?;
        Ok(place)
    }

    /// The configuration, read as any other.
    pub fn config(&self) -> Result<Config, DemoError> {
        Ok(Config::load(&self.folder.join("baton.toml"))?)
    }

    fn config_text(&self) -> String {
        // a folder's name may hold what TOML strings treat specially
        let folder = self.folder.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        CONFIG.replace("PORT", &self.port.to_string()).replace("FOLDER", &folder)
    }
}

/// 8080 if nobody has it, else one that nobody has just now.
fn usual_port() -> u16 {
    let free = |port| TcpListener::bind(("127.0.0.1", port)).and_then(|listener| listener.local_addr());
    free(8080).or_else(|_| free(0)).map_or(8080, |address| address.port())
}

/// With line breaks, so that positions in findings mean something to a reader.
fn pretty(message: &str) -> String {
    match json::read(message.as_bytes(), Reading::Strict, &ReadLimits::default()) {
        Ok(read) => {
            let mut text = Vec::new();
            json::write_pretty(read.tree.root(), &mut text);
            String::from_utf8(text).unwrap_or_else(|_| message.to_owned())
        }
        Err(_) => message.to_owned(),
    }
}
