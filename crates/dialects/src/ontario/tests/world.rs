//! Baton's loop around the rules, with a memory that is a few lists: ask, decide, write.
//! Source: design, "A message on its way"; contract, `[[partner]]`.

use std::collections::BTreeMap;

use baton_exchange::{
    access::{Caller, Reach},
    id::{MessageId, PartnerId, ReferralId, short_hash},
    message::{Orphan, Receipt},
    notice::Notice,
    referral::Referral,
    resource::{IndexKey, StoredResource},
    time::Timestamp,
};
use baton_fhir::{finding::Finding, format::Format};
use serde_json::Value;

use crate::{
    Arrived, Context, Dialect, Mode, Mount, NewIds, PatchLanguage, Posted, Verdict, Way, arrive,
    ontario::{Directory, Registered, Role, Told, Unknown, Version},
    settle,
};

/// What somebody heard.
#[derive(Clone, Debug)]
pub(in crate::ontario) struct Answer {
    pub(in crate::ontario) status: u16,
    /// The body; null without one.
    pub(in crate::ontario) body: Value,
    /// Rules that were broken, or remarked on.
    pub(in crate::ontario) rules: Vec<String>,
}

impl Answer {
    #[track_caller]
    pub(in crate::ontario) fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{:?}", self.rules);
        self
    }

    #[track_caller]
    pub(in crate::ontario) fn says(self, rule: &str) -> Answer {
        assert!(self.rules.iter().any(|said| said == rule), "{rule} is not among {:?}", self.rules);
        self
    }
}

/// One exchange with nine partners: a source, a target and a third party of each version.
pub(in crate::ontario) struct World {
    pub(in crate::ontario) mount: Mount,
    pub(in crate::ontario) now: Timestamp,
    pub(in crate::ontario) referrals: Vec<Referral>,
    pub(in crate::ontario) resources: Vec<StoredResource>,
    pub(in crate::ontario) names: Vec<(ReferralId, IndexKey)>,
    pub(in crate::ontario) receipts: Vec<Receipt>,
    pub(in crate::ontario) orphans: Vec<Orphan>,
    pub(in crate::ontario) notices: Vec<Notice>,
    pub(super) versions: BTreeMap<(String, String), u32>,
    sent: u32,
}

fn word(version: Version) -> &'static str {
    match version {
        Version::V010 => "10",
        Version::V011 => "11",
        Version::Erec => "ca",
    }
}

pub(in crate::ontario) fn source(version: Version) -> String {
    format!("source-{}", word(version))
}

pub(in crate::ontario) fn target(version: Version) -> String {
    format!("target-{}", word(version))
}

pub(in crate::ontario) fn third(version: Version) -> String {
    format!("third-{}", word(version))
}

pub(in crate::ontario) fn registered(partner: &str, version: Version, role: Role) -> Registered {
    Registered {
        partner: partner.into(),
        name: format!("System {partner}"),
        roles: vec![role],
        own: false,
        version,
        reply: None,
        unknown: Unknown::Refuse,
        told: Some(Told { url: format!("https://{partner}.example.org/notices"), events: vec!["*".to_owned()] }),
    }
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for version in super::VERSIONS {
        directory.put(registered(&source(version), version, Role::Source));
        directory.put(registered(&target(version), version, Role::Target));
        directory.put(registered(&third(version), version, Role::ThirdParty));
    }
    directory
}

impl World {
    pub(in crate::ontario) fn new() -> World {
        let mount = Mount {
            exchange: "ontario".into(),
            dialect: Dialect::Ontario,
            mode: Mode::Compat,
            base: "https://baton.example.org/ontario".to_owned(),
            reliable_cache_secs: 60 * 60,
            bundle_entries_max: 100,
            directory: directory(),
            blind: [7; 32],
        };
        World {
            mount,
            now: Timestamp::parse("2027-01-01T00:00:00Z").expect("it is a time"),
            referrals: Vec::new(),
            resources: Vec::new(),
            names: Vec::new(),
            receipts: Vec::new(),
            orphans: Vec::new(),
            notices: Vec::new(),
            versions: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Changes what is registered for a partner.
    pub(in crate::ontario) fn register(&mut self, partner: &str, edit: impl Fn(&mut Registered)) {
        let mut registered = self.mount.directory.get(&partner.into()).expect("it is registered").clone();
        edit(&mut registered);
        self.mount.directory.put(registered);
    }

    /// `POST $process-message`
    pub(in crate::ontario) fn send(&mut self, partner: &str, message: &Value) -> Answer {
        self.post(partner, message, Way::Operation)
    }

    /// `PUT {type}/{id}`
    pub(in crate::ontario) fn put(&mut self, partner: &str, resource: &Value, seen: Option<u32>) -> Answer {
        let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
        let way = Way::Replace { resource_type: text("resourceType"), id: text("id"), seen };
        self.post(partner, resource, way)
    }

    /// `POST {type}`
    pub(in crate::ontario) fn make(&mut self, partner: &str, resource: &Value) -> Answer {
        let resource_type = resource["resourceType"].as_str().unwrap_or_default().to_owned();
        self.post(partner, resource, Way::Make { resource_type })
    }

    /// `PATCH {type}/{id}`
    pub(in crate::ontario) fn patch(
        &mut self,
        partner: &str,
        place: &str,
        language: PatchLanguage,
        body: &Value,
        seen: Option<u32>,
    ) -> Answer {
        let (resource_type, id) = place.split_once('/').expect("a type and an id");
        let way = Way::Patch { resource_type: resource_type.to_owned(), id: id.to_owned(), seen, language };
        self.post(partner, body, way)
    }

    pub(in crate::ontario) fn post(&mut self, partner: &str, body: &Value, way: Way) -> Answer {
        self.post_with(partner, body, way, None)
    }

    pub(in crate::ontario) fn post_with(
        &mut self,
        partner: &str,
        body: &Value,
        way: Way,
        referral_info: Option<&str>,
    ) -> Answer {
        self.now = self.now.plus_secs(1);
        self.sent += 1;
        let sender = PartnerId::from(partner);
        let arrived = arrive(
            &self.mount,
            &sender,
            Posted {
                body: body.to_string().into_bytes(),
                format: Format::Json,
                as_form: false,
                way,
                referral_info: referral_info.map(str::to_owned),
            },
        );
        let ids = self.ids(body);
        let caller = Caller::system(sender, Vec::new());
        let cx = Context { caller: &caller, reach: &Reach::All, now: self.now, ids: &ids, request_id: "r-1" };
        let known = self.known(&arrived);
        match settle(&self.mount, &arrived, &known, &cx) {
            Verdict::Replay { status, answer } => {
                let body = serde_json::from_slice(&answer).unwrap_or_default();
                Answer { status, body, rules: vec!["replay".to_owned()] }
            }
            Verdict::Refused(refused) => {
                Answer { status: refused.status, body: Value::Null, rules: rules(&refused.findings) }
            }
            Verdict::Accept(accepted) => {
                self.write(&accepted.batch);
                let body: Value = serde_json::from_slice(&accepted.answer_json()).unwrap_or_default();
                Answer { status: accepted.status, rules: said(&body, &arrived), body }
            }
        }
    }

    /// Ids that do not depend on what was sent before, so that what comes of two orders can be compared.
    fn ids(&self, body: &Value) -> NewIds {
        let text = body["id"].as_str().map_or_else(|| self.sent.to_string(), str::to_owned);
        let fresh = |kind: u8| format!("{kind:08x}-0000-4000-8000-{:012x}", self.sent);
        NewIds {
            message: MessageId(short_hash(&[text.as_bytes(), &self.sent.to_be_bytes()])),
            referral: ReferralId(short_hash(&[text.as_bytes()])),
            answer_bundle: fresh(1),
            answer_header: fresh(2),
            answer_outcome: fresh(3),
        }
    }
}

fn rules(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| finding.rule.id.to_owned()).collect()
}

/// The findings of an answer by their rules, in whatever shape it has.
fn said(body: &Value, arrived: &Arrived) -> Vec<String> {
    let mut said = rules(arrived.findings());
    let mut open = vec![body];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(issues) = members.get("issue").and_then(Value::as_array) {
                    let codes = issues.iter().flat_map(|issue| issue["details"]["coding"].as_array()).flatten();
                    said.extend(codes.filter_map(|coding| coding["code"].as_str()).map(str::to_owned));
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    said
}
