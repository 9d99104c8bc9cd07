//! Apps that people let act for them, from the app's request to what it may read. Source: SMART App Launch 2.2.

mod accounts;
mod audit;
mod code;
mod elsewhere;
mod launch;
mod limited;
mod pages;
mod proof;
mod reach;
mod refresh;
mod reload;

use std::{cell::RefCell, sync::Arc};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_dialects::ontario::sample::{Ids, submit};
use baton_exchange::{
    access::{AccessChange, Account, AccountState, Login, PasswordHash},
    decision::{Batch, Change},
};
use baton_store::{MemoryStore, Store};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    endpoint::as_partner,
    harness::{Answer, Ask, FORM, Server},
};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[store]
keys = "KEYS"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "other"
dialect = "ontario"
path = "/other"
[[partner]]
id = "practice-d"
name = "Practice D"
exchanges = ["ontario", "other"]
client_secret = "secret-of-practice-d"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
version = "0.10"
[[partner]]
id = "centre-e"
name = "Centre E"
exchanges = ["ontario", "other"]
client_secret = "secret-of-centre-e"
scopes = ["system/*.read", "system/*.write"]
roles = ["target"]
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["ontario"]
client_secret = "secret-of-stranger"
roles = ["source"]
[[app]]
id = "viewer"
name = "Viewer <b>&"
exchanges = ["ontario", "other"]
redirect_uris = ["https://viewer.example/cb", "https://viewer.example/other"]
scopes = ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "online_access", "patient/*.cruds", "user/*.cruds", "system/*.*"]
public = true
origins = ["https://viewer.example"]
[[app]]
id = "forms"
name = "Forms of Centre E"
partner = "centre-e"
exchanges = ["ontario"]
redirect_uris = ["https://forms.example/cb"]
launch_url = "https://forms.example/launch"
scopes = ["launch", "openid", "fhirUser", "patient/*.rs"]
client_secret = "secret-of-forms"
"#;

const ORIGIN: &str = "https://referrals.example.org";
const BASE: &str = "https://referrals.example.org/ontario";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const PASSWORD: &str = "correct horse battery";
/// A server with people and apps.
pub struct World {
    pub server: Server,
    pub store: Arc<dyn Store>,
    config: String,
    folder: TempDir,
}

impl World {
    fn new() -> World {
        World::with("")
    }

    /// With more in its configuration.
    fn with(more: &str) -> World {
        World::of(Arc::new(MemoryStore::default()), more)
    }

    fn on(store: Arc<dyn Store>) -> World {
        World::of(store, "")
    }

    /// Where a proxy is named.
    fn behind(proxy: &str) -> World {
        let named = CONFIG.replace("[store]", &format!("proxies = [\"{proxy}\"]\n[store]"));
        World::configured(Arc::new(MemoryStore::default()), &named)
    }

    /// With other tables in the configuration, too.
    fn of(store: Arc<dyn Store>, more: &str) -> World {
        World::configured(store, &format!("{CONFIG}{more}"))
    }

    fn configured(store: Arc<dyn Store>, config: &str) -> World {
        World::peopled(store, config, &[("ada", "practice-d"), ("eve", "stranger"), ("tom", "centre-e")])
    }

    /// With a configuration of the test's own, which names the file of keys `KEYS`, and with people of these partners.
    pub fn peopled(store: Arc<dyn Store>, config: &str, people: &[(&str, &str)]) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keys = folder.path().join("baton.keys");
        let config = config.replace("KEYS", &keys.display().to_string());
        let world = World { server: Server::with(&config, store.clone()), store, config, folder };
        people.iter().for_each(|(login, partner)| world.put(&account(login, partner)));
        world
    }

    pub fn put(&self, account: &Account) {
        let changes = vec![Change::Access(AccessChange::PutAccount(account.clone()))];
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(self.store.commit(Batch { asserts: Vec::new(), changes })).expect("the store is well");
    }

    /// Sends a referral of practice D to centre E and says the id of its Patient here.
    fn refer(&self, number: u32) -> String {
        self.send(number, "add-service-request");
        self.patients("practice-d").pop().expect("a patient")
    }

    fn send(&self, number: u32, event: &str) -> Answer {
        self.send_changed(number, |message| message.replace("\"add-service-request\"", &format!("\"{event}\"")))
    }

    fn send_changed(&self, number: u32, change: impl Fn(String) -> String) -> Answer {
        let id = |part: u32| format!("00000000-0000-4000-8000-{number:06}{part:06}");
        let (bundle, header, request) = (id(0), id(1), format!("R-{number}"));
        let hcn = format!("12345678{number:02}");
        let ids = Ids {
            base: BASE,
            bundle: &bundle,
            header: &header,
            request: &request,
            hcn: &hcn,
            now: "2026-01-15T14:30:00Z",
        };
        let message = change(submit(&ids));
        let answer = as_partner(&self.server, "practice-d", Ask::message("/ontario", &message));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    fn patients(&self, partner: &str) -> Vec<String> {
        self.ids(partner, "Patient")
    }

    /// The ids of all that a partner sees of a type.
    fn ids(&self, partner: &str, resource_type: &str) -> Vec<String> {
        let found = as_partner(&self.server, partner, Ask::get(&format!("/ontario/{resource_type}")).json());
        let entries = found.value()["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["resource"]["id"].as_str().expect("an id").to_owned()).collect()
    }

    fn read(&self, token: &str, path: &str) -> Answer {
        Ask::get(&format!("/ontario/{path}")).bearer(token).json().send(&self.server)
    }

    /// Asks for tokens with a form.
    fn token(&self, form: &[(&str, &str)]) -> Answer {
        Ask::post("/oauth/token").header("Content-Type", FORM).body(encoded(form)).send(&self.server)
    }

    /// The tokens of the app that is all in the browser, for a person.
    fn granted(&self, login: &str, scope: &str, patient: Option<&str>) -> Answer {
        let code = Browser::new(self).code(login, &Asking::of("viewer", scope), patient);
        self.redeem(&code)
    }

    pub fn redeem(&self, code: &str) -> Answer {
        self.token(&redemption(code))
    }
}

fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "viewer"),
        ("redirect_uri", "https://viewer.example/cb"),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}

/// argon2id of [`PASSWORD`] with the least that it takes, so that tests are quick.
fn hash() -> PasswordHash {
    let least = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("parameters"));
    let hash: phc::PasswordHash =
        least.hash_password_with_salt(PASSWORD.as_bytes(), b"a salt of 16 by").expect("a hash");
    PasswordHash(hash.to_string())
}

pub fn account(login: &str, partner: &str) -> Account {
    Account {
        login: Login::read(login).expect("a login"),
        version: 1,
        subject: format!("subject-of-{login}"),
        partner: partner.into(),
        name: format!("<i>{login}</i>"),
        fhir_user: Some("Practitioner/p-1".to_owned()),
        password: Some(hash()),
        elsewhere: None,
        state: AccountState::Open,
        epoch: 0,
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// What an app asks with.
#[derive(Clone)]
pub struct Asking(Vec<(String, String)>);

impl Asking {
    pub fn of(app: &str, scope: &str) -> Asking {
        let redirect_uri = format!("https://{app}.example/cb");
        let pairs = [
            ("response_type", "code"),
            ("client_id", app),
            ("redirect_uri", &redirect_uri),
            ("scope", scope),
            ("state", "a state"),
            ("aud", BASE),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("nonce", "n-1"),
        ];
        Asking(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// The same with another value, or without the parameter.
    pub fn with(mut self, name: &str, value: Option<&str>) -> Asking {
        self.0.retain(|(one, _)| one != name);
        self.0.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    /// The same with a parameter more.
    fn and(mut self, name: &str, value: &str) -> Asking {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    fn path(&self) -> String {
        format!("/oauth/authorize?{}", self.query())
    }
}

/// A browser that keeps cookies and fills in forms.
pub struct Browser<'w> {
    world: &'w World,
    cookie: RefCell<Option<String>>,
}

impl Browser<'_> {
    pub fn new(world: &World) -> Browser<'_> {
        Browser { world, cookie: RefCell::new(None) }
    }

    fn send(&self, ask: Ask) -> Answer {
        let ask = match &*self.cookie.borrow() {
            Some(cookie) => ask.header("Cookie", cookie),
            None => ask,
        };
        let answer = ask.send(&self.world.server);
        if let Some(set) = answer.header("set-cookie") {
            *self.cookie.borrow_mut() = set.split(';').next().map(str::to_owned);
        }
        answer
    }

    fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(path))
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Ask::post(path).header("Content-Type", FORM).header("Origin", ORIGIN).body(encoded(form)))
    }

    /// Logs in on a page that asks for it.
    fn log_in(&self, page: &Answer, login: &str, password: &str) -> Answer {
        self.post("/oauth/login", &[("flow", &flow(page)), ("login", login), ("password", password)])
    }

    /// Agrees to all that a page asks for.
    fn agree(&self, page: &Answer, patient: Option<&str>) -> Answer {
        let (flow, scopes) = (flow(page), values(page, "scope"));
        let mut form = vec![("flow", flow.as_str()), ("decision", "allow")];
        form.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        form.extend(patient.map(|patient| ("patient", patient)));
        self.post("/oauth/consent", &form)
    }

    /// The code that an app gets in the end.
    pub fn code(&self, login: &str, asking: &Asking, patient: Option<&str>) -> String {
        let page = self.get(&asking.path());
        assert_eq!(page.status, 200, "{}", page.text());
        let page = if page.text().contains("name=\"password\"") { self.log_in(&page, login, PASSWORD) } else { page };
        assert_eq!(page.status, 200, "{}", page.text());
        came_back(&self.agree(&page, patient), "code")
    }
}

/// A value in the address that a browser is sent back to, by a redirect or by a page.
#[track_caller]
fn came_back(answer: &Answer, name: &str) -> String {
    let led_on = || {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        let address = text.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next());
        address.unwrap_or_else(|| panic!("{text}")).replace("&amp;", "&")
    };
    let location = answer.header("location").filter(|_| answer.status == 303).map_or_else(led_on, str::to_owned);
    let location = url::Url::parse(&location).expect("an address");
    let found = location.query_pairs().find(|(one, _)| one == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| panic!("no {name} in {location}"))
}

/// What a page's form is about.
#[track_caller]
fn flow(page: &Answer) -> String {
    values(page, "flow").first().unwrap_or_else(|| panic!("no form: {}", page.text())).clone()
}

/// The values of the inputs of a name, unescaped.
fn values(page: &Answer, name: &str) -> Vec<String> {
    let text = page.text();
    let start = format!("name=\"{name}\" value=\"");
    let values = text.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|value| value.replace("&amp;", "&").replace("&lt;", "<")).collect()
}
