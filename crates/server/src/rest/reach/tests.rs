//! What a limit lets through is what a search with the same parameters finds, on the model and on SQLite, in both dialects: of random
//! resources and random queries of all parameters there are.

use std::{collections::BTreeSet, sync::Arc};

use baton_dialects::Mount;
use baton_exchange::{
    access::{Caller, Looking, Reach, may_read},
    decision::{Batch, Change},
    id::ReferralId,
    resource::{NewResource, StoredResource},
    search::{Parameter, References},
    time::Timestamp,
};
use baton_fhir::{format::Format, search::parameters};
use baton_store::{MemoryStore, Page, SearchQuestion, Store};
use serde_json::{Value, json};

use super::{Reader, tree};
use crate::{
    app::App,
    clock::Clock,
    config::Config,
    egress::{Egress, EgressRules},
    http::query::Parameters,
    rest::{Sight, parameters::search},
};

const TYPES: [&str; 5] = ["ServiceRequest", "Task", "Observation", "AllergyIntolerance", "Patient"];

/// Numbers that are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("it is small")
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

fn referral(number: usize) -> ReferralId {
    ReferralId([u8::try_from(number).expect("it is small"); 16])
}

fn resource(draw: &mut Draw, number: usize) -> Value {
    let resource_type = draw.of(&TYPES);
    let mut resource = json!({"resourceType": resource_type, "id": format!("r-{number}")});
    let coding = |draw: &mut Draw| match draw.below(3) {
        0 => json!({"code": draw.of(&["a", "b", "A"])}),
        _ => json!({"system": draw.of(&["urn:s", "urn:t"]), "code": draw.of(&["a", "b", "|"])}),
    };
    if draw.below(4) > 0 {
        resource["status"] = json!(draw.of(&["a", "b", "A", "a,b"]));
    }
    let categories: Vec<Value> = (0..draw.below(3))
        .map(|_| match resource_type {
            "AllergyIntolerance" => json!(draw.of(&["a", "b"])),
            _ => json!({"coding": (0..draw.below(3)).map(|_| coding(draw)).collect::<Vec<_>>()}),
        })
        .collect();
    resource["category"] = json!(categories);
    let identifiers: Vec<Value> = (0..draw.below(3))
        .map(|_| match draw.below(3) {
            0 => json!({"value": draw.of(&["a", "b"])}),
            _ => json!({"system": draw.of(&["urn:s", "urn:t"]), "value": draw.of(&["a", "b", "a,b"])}),
        })
        .collect();
    resource["identifier"] = json!(identifiers);
    let element = if resource_type == "Task" { "for" } else { "subject" };
    if draw.below(3) > 0 {
        resource[element] = json!({"reference": format!("Patient/p-{}", draw.below(3))});
    }
    resource
}

fn query(draw: &mut Draw) -> String {
    let parameter = |draw: &mut Draw| {
        let name = draw.of(&["_id", "identifier", "status", "category", "patient", "subject", "based-on"]);
        let value = |draw: &mut Draw| match name {
            "_id" => format!("r-{}", draw.below(40)),
            "patient" | "subject" => format!("{}p-{}", draw.of(&["", "Patient/"]), draw.below(3)),
            "based-on" => format!("ServiceRequest/{}", referral(draw.below(3))),
            "status" => draw.of(&["a", "b", "A", "c", "%61", "a%5C,b"]).to_owned(),
            _ => {
                let system = draw.of(&["", "%7C", "urn:s|", "urn:t%7C", "urn:u|"]);
                format!("{system}{}", draw.of(&["a", "b", "A", "c", "%5C|", "a%5C,b"]))
            }
        };
        let values: Vec<String> = (0..=draw.below(3)).map(|_| value(draw)).collect();
        format!("{name}={}", values.join(","))
    };
    (0..=draw.below(3)).map(|_| parameter(draw)).collect::<Vec<_>>().join("&")
}

async fn fill(store: &dyn Store, sight: &Sight<'_>, draw: &mut Draw) -> Vec<StoredResource> {
    let (mut stored, mut changes) = (Vec::new(), Vec::new());
    for number in 0..3 {
        let mut resources = Vec::new();
        for _ in 0..20 {
            let body = resource(draw, stored.len());
            let (resource_type, id) = (text(&body["resourceType"]), text(&body["id"]));
            let one = StoredResource {
                home: sight.home,
                referral: referral(number),
                resource_type: resource_type.clone(),
                id: id.clone(),
                version: 1,
                updated: Timestamp(0),
                body: body.to_string().into_bytes(),
            };
            let keys = sight.mount.keys_of(one.referral, tree(&one).expect("JSON").root());
            let mut keys: Vec<_> = keys.into_iter().map(|key| sight.mount.blinded(key)).collect();
            keys.sort_unstable();
            keys.dedup();
            resources.push(NewResource { resource_type, id, body: one.body.clone(), keys });
            stored.push(one);
        }
        let (home, referral, at) = (sight.home, referral(number), Timestamp(0));
        changes.push(Change::ReplaceResources { home, referral, at, resources });
    }
    store.commit(Batch { asserts: Vec::new(), changes }).await.expect("the store is well");
    stored
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn found(app: &App, question: SearchQuestion) -> BTreeSet<String> {
    let count = app.store.count(question.clone()).await.expect("the store is well");
    let (found, next) = app.store.search(question, Page { size: 100, after: None }).await.expect("the store is well");
    assert_eq!((count, next), (found.len() as u64, None));
    found.into_iter().map(|stored| stored.id).collect()
}

/// Whether a query makes sense for a type here at all, in the words of the search.
fn is_searched(mount: &Mount, resource_type: &str, query: &str) -> bool {
    let is_known = |(name, value): &(String, String)| {
        let parameter = Parameter::of(resource_type, name);
        parameter.is_some_and(|one| {
            let is_said =
                mount.references() == References::Ours || !matches!(one, Parameter::Patient | Parameter::BasedOn);
            is_said && (one == Parameter::Id || one.keys(value, None).is_some())
        })
    };
    parameters(query).expect("a query").iter().all(is_known)
}

async fn check(store: Arc<dyn Store>, dialect: &str) {
    let config = format!("[[exchange]]\nid = \"e\"\ndialect = \"{dialect}\"\npath = \"/e\"\n");
    let config = Config::parse(&config, "test.toml").expect("a small configuration");
    let egress = Egress::new(EgressRules::default());
    let app = App::new(&config, "http://localhost", store, Clock::of_machine(), egress, &[7; 32]);
    let exchange = app.exchanges[0].now();
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let sight =
        |reach| Sight { seen_by: None, ..Sight::of(&exchange.mount, &Caller::system("a".into(), Vec::new()), reach) };
    let stored = fill(&*app.store, &sight(Reach::All), &mut draw).await;
    let (mut some, mut undecided) = (0, 0);
    for _ in 0..400 {
        let (resource_type, queries) = (draw.of(&TYPES), [query(&mut draw), query(&mut draw)]);
        let scopes: Vec<String> = queries.iter().map(|query| format!("system/{resource_type}.rs?{query}")).collect();
        let is_searched = |query: &&String| is_searched(&exchange.mount, resource_type, query);
        let decided: Vec<&String> = queries.iter().filter(is_searched).collect();
        let caller = Caller::system("a".into(), scopes.clone());
        let Ok(reach) = may_read(&caller, resource_type, Looking::Search, exchange.mount.references()) else {
            assert_eq!(decided.len(), 0, "{scopes:?}");
            undecided += 1;
            continue;
        };
        let partner = "a".into();
        let reader =
            Reader { app: &app, exchange: &exchange, partner: &partner, sight: sight(reach), format: Format::Json };
        let asked =
            |query: &str| search(&sight(Reach::All), resource_type, &Parameters::parse(query.as_bytes()), false);
        let mut expected = BTreeSet::new();
        for query in &decided {
            expected.extend(found(&app, asked(query).expect("a search").question).await);
        }
        let limited = reader.limited(asked("").expect("a search").question);
        assert_eq!(found(&app, limited).await, expected, "found with {scopes:?}");
        let mut read = BTreeSet::new();
        for one in stored.iter().filter(|one| one.resource_type == resource_type) {
            if reader.is_within(one, tree(one).expect("JSON").root()).await.expect("the store is well") {
                read.insert(one.id.clone());
            }
        }
        assert_eq!(read, expected, "read with {scopes:?}");
        some += usize::from(!expected.is_empty());
    }
    assert!(some > 40 && undecided > 10, "{some} {undecided}");
}

/// Threat: T33
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_limit_lets_through_is_what_a_search_with_its_parameters_finds() {
    for dialect in ["netsmart", "ontario"] {
        check(Arc::new(MemoryStore::default()), dialect).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let keys = folder.path().join("keys");
        let store =
            baton_store::open_with_keys(&format!("sqlite:{}", path("store.sqlite")), &keys).await.expect("a store");
        check(store, dialect).await;
    }
}
