//! An exchange with four referrals and all kinds of callers, and another one beside it.

use std::sync::Arc;

use baton_dialects::{netsmart, ontario};
use baton_exchange::{
    access::{Account, AccountState, Login},
    id::Home,
    resource::StoredResource,
};
use baton_store::{MemoryStore, Page, SearchQuestion};
use serde_json::json;
use tokio::runtime::Runtime;

use super::{
    cast::{PARTNERS, config},
    letter::{Letter, mark, system_of},
    may::Guide,
    who::{ALL, PEOPLE, Shows, Who},
};
use crate::{
    apps::{self, Asking, Browser},
    harness::{Answer, Ask, FORM, JSON, Server},
};

/// Types of which there are resources.
pub const TYPES: [&str; 16] = [
    "ServiceRequest",
    "Task",
    "Patient",
    "Appointment",
    "Communication",
    "DocumentReference",
    "Binary",
    "QuestionnaireResponse",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Provenance",
    "Condition",
    "Coverage",
    "Location",
    "Observation",
];

pub const BASE: &str = "https://referrals.example.org/here";

/// A resource that is there, by the number of its referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub resource_type: String,
    pub id: String,
    pub number: u32,
    /// Whether it says whom it is about.
    pub names_patient: bool,
}

pub struct World {
    pub guide: Guide,
    pub people: apps::World,
    pub records: Vec<Record>,
    tokens: Vec<Option<String>>,
    runtime: Runtime,
}

impl World {
    /// With the referrals of these numbers.
    pub fn with(guide: Guide, numbers: &[u32]) -> World {
        let people = apps::World::peopled(Arc::new(MemoryStore::default()), &config(guide), &PEOPLE);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut world = World { guide, people, records: Vec::new(), tokens: vec![None; ALL.len()], runtime };
        for who in [Who::Expired, Who::AppExpired] {
            world.let_in(who);
        }
        world.people.server.pass(901);
        numbers.iter().for_each(|number| world.refer(*number));
        world.records = world.all_records();
        if guide == Guide::Ontario {
            world.work_on(numbers);
            world.records = world.all_records();
        }
        for who in ALL.into_iter().filter(|who| !matches!(who, Who::Expired | Who::AppExpired)) {
            world.let_in(who);
        }
        world.end();
        world
    }

    pub fn new(guide: Guide) -> World {
        World::with(guide, &[1, 2, 3, 4])
    }

    fn let_in(&mut self, who: Who) {
        let token = match who.shows() {
            Shows::Nothing => None,
            Shows::Garbage => Some("garbage".to_owned()),
            Shows::System(partner, scope) => Some(system_token(&self.people.server, partner, scope)),
            // without the patient there is nobody to let it in for
            Shows::App(_, _, Some(number)) if self.patient(number).is_none() => None,
            Shows::App(login, scope, number) => {
                let base = if who == Who::AppElsewhere { "https://referrals.example.org/other" } else { BASE };
                let asking = Asking::of("viewer", scope).with("aud", Some(base));
                let patient = number.and_then(|number| self.patient(number));
                let code = Browser::new(&self.people).code(login, &asking, patient.as_deref());
                Some(self.people.redeem(&code).member("access_token"))
            }
        };
        let place = place(who);
        self.tokens[place] = token;
    }

    /// What ends what apps were given.
    fn end(&self) {
        let changes = [("dee", closed as fn(Account) -> Account), ("max", moved), ("lou", Account::with_all_ended)];
        for (login, change) in changes {
            let login = Login::read(login).expect("a login");
            let account = self.runtime.block_on(self.people.store.account(login)).expect("the store is well");
            let account = account.expect("somebody");
            let version = account.version + 1;
            self.people.put(&Account { version, ..change(account) });
        }
        let revoked = self.tokens[place(Who::AppRevoked)].clone().unwrap_or_default();
        let form = format!("client_id=viewer&token={revoked}");
        let ask = Ask::post("/oauth/revoke").header("Content-Type", FORM).body(form);
        assert_eq!(ask.send(&self.people.server).status, 200);
        // for a second what was good is trusted
        self.people.server.pass(2);
    }

    fn patient(&self, number: u32) -> Option<String> {
        let mut patients = self.records.iter().filter(|record| record.resource_type == "Patient");
        patients.find(|record| record.number == number).map(|record| record.id.clone())
    }

    /// As somebody, or as nobody where it has no token in this world.
    pub fn ask(&self, who: Who, ask: Ask) -> Answer {
        match &self.tokens[place(who)] {
            Some(token) => ask.bearer(token).send(&self.people.server),
            None => ask.send(&self.people.server),
        }
    }

    #[track_caller]
    pub fn done(&self, partner: &str, ask: Ask) -> Answer {
        let token = self.people.server.token(partner);
        let answer = ask.bearer(&token).send(&self.people.server);
        assert!(answer.status < 300, "{}", answer.text());
        answer
    }

    fn refer(&self, number: u32) {
        let (partner, message) = match self.guide {
            Guide::Netsmart => netsmart_referral(number),
            Guide::Ontario => {
                let (owner, to) =
                    [("source", "former"), ("source", "target"), ("outsider", "former"), ("source", "target")]
                        [number as usize - 1];
                let mut message = Letter::opening("0.11", number, owner, to, number).bundle();
                if number == 2 {
                    let before = json!([{"identifier": {"system": system_of(owner), "value": "R-1"}}]);
                    message["entry"][1]["resource"]["replaces"] = before;
                }
                (owner, message.to_string())
            }
        };
        self.done(partner, Ask::message("/here", &message).json());
    }

    /// The target books a visit of each of its patients and is written to.
    fn work_on(&self, numbers: &[u32]) {
        for number in numbers.iter().copied().filter(|number| matches!(number, 2 | 4)) {
            let visit =
                ontario::sample::visit(self.id("ServiceRequest", number)).replace("first assessment", &mark(number));
            self.done("target", Ask::post("/here/Appointment").header("Content-Type", JSON).json().body(visit));
            let parts = vec!["request", "patient", "requester", "doctor", "clinic", "performer", "document", "paper"];
            let letter = Letter::opening("0.11", number, "source", "target", 20 + number);
            let parts = [parts, vec!["answers", "*communication"]].concat();
            let letter = Letter { event: "send-communication", secs: 30, parts, ..letter };
            self.done("source", Ask::message("/here", &letter.bundle().to_string()).json());
        }
    }

    pub fn id(&self, resource_type: &str, number: u32) -> &str {
        let fits = |record: &&Record| record.resource_type == resource_type && record.number == number;
        let found = self.records.iter().find(fits);
        &found.unwrap_or_else(|| panic!("no {resource_type} of {number}")).id
    }

    /// The homes in which the referrals live.
    fn homes(&self) -> Vec<Home> {
        match self.guide {
            Guide::Ontario => vec![Home::shared(&"here".into())],
            Guide::Netsmart => {
                PARTNERS.iter().map(|(partner, ..)| Home::of(&"here".into(), &(*partner).into())).collect()
            }
        }
    }

    /// What the store has of a type, whoever may see it.
    fn stored(&self, resource_type: &str) -> Vec<StoredResource> {
        let all = |home| {
            let question = SearchQuestion {
                home,
                resource_type: resource_type.to_owned(),
                ids: None,
                keys: vec![],
                seen_by: None,
                within: Vec::new(),
            };
            let found = self.people.store.search(question, Page { size: 500, after: None });
            self.runtime.block_on(found).expect("the store is well").0
        };
        self.homes().into_iter().flat_map(all).collect()
    }

    fn all_records(&self) -> Vec<Record> {
        let requests: Vec<(StoredResource, u32)> = self.stored("ServiceRequest").into_iter().map(numbered).collect();
        let record = |stored: StoredResource| {
            let of = requests.iter().find(|(request, _)| request.referral == stored.referral);
            let number = of.map(|(_, number)| *number).expect("each is of a referral");
            let names_patient = String::from_utf8_lossy(&stored.body).contains("\"Patient/");
            Record { resource_type: stored.resource_type, id: stored.id, number, names_patient }
        };
        TYPES.iter().flat_map(|resource_type| self.stored(resource_type)).map(record).collect()
    }

    /// All that there is, by version, and what waits to be told.
    pub fn whole(&self) -> String {
        let all = TYPES.iter().flat_map(|resource_type| self.stored(resource_type));
        let mut whole: Vec<String> = all
            .map(|it| format!("{}/{} {} {}", it.resource_type, it.id, it.version, String::from_utf8_lossy(&it.body)))
            .collect();
        whole.sort();
        let backlogs = self.runtime.block_on(self.people.store.backlogs()).expect("the store is well");
        format!("{}\n{:?}", whole.join("\n"), backlogs.iter().map(|it| (it.waiting, it.parked)).collect::<Vec<_>>())
    }
}

/// A token of a partner's system.
pub fn system_token(server: &Server, partner: &str, scope: &str) -> String {
    let scope = scope.replace(' ', "+");
    let form =
        format!("grant_type=client_credentials&client_id={partner}&client_secret=secret-of-{partner}&scope={scope}");
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(server).member("access_token")
}

pub fn place(who: Who) -> usize {
    ALL.iter().position(|other| *other == who).expect("it is one of all")
}

fn closed(account: Account) -> Account {
    Account { state: AccountState::Disabled, ..account }
}

fn moved(account: Account) -> Account {
    Account { partner: "outsider".into(), ..account }
}

/// A ServiceRequest with the number of its referral, which its first identifier says.
fn numbered(stored: StoredResource) -> (StoredResource, u32) {
    let body: serde_json::Value = serde_json::from_slice(&stored.body).expect("it is JSON");
    let value = body["identifier"][0]["value"].as_str().unwrap_or_default();
    let number = value.strip_prefix("R-").and_then(|number| number.parse().ok());
    (stored, number.unwrap_or_else(|| panic!("no number in {body}")))
}

fn netsmart_referral(number: u32) -> (&'static str, String) {
    let partner = ["source", "target", "outsider", "target"][number as usize - 1];
    let text = netsmart::sample::submit(&netsmart::sample::Ids {
        base: BASE,
        bundle: &format!("bundle-{number}"),
        header: &format!("header-{number}"),
        request: &format!("R-{number}"),
        patient: &format!("P-{number}"),
        mrn: &format!("mrn-{number}"),
    });
    let words = ["cond-1", "cov-1", "loc-1", "obs-1", "org-1", "prac-1", "role-1", "qr-1"];
    let text = words.iter().fold(text, |text, word| text.replace(word, &format!("{word}-of-{number}")));
    let text = text.replace("Relapse after six months of remission", &mark(number)).replace("Sample Q.", &mark(number));
    (partner, text)
}
