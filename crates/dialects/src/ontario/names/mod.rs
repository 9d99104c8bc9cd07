//! By what a message names the referral that it is about.
//! Source: spec of Ontario, 1.4 step 5.

mod keys;

use baton_exchange::{
    id::{PartnerId, ReferralId},
    message::{CaseNames, KnownCase},
    referral::Part,
    resource::IndexKey,
};
use baton_fhir::{
    message::Header,
    reference::{Address, Index},
    search_values::identifiers,
    tree::Node,
};

use self::keys::{first_number, given, numbers};
pub(super) use self::keys::{identifier, of_case, put_number, referral_id, request_id, requisition};
use super::{
    case::Case,
    desk::Desk,
    focus::{request_of, target},
};
use crate::Mount;

/// How sure a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// It is there to name the referral.
    Sure,
    /// One of several identifiers: it may be the number of a chart, which other referrals have, too.
    Perhaps,
}

/// What a message says to name its referral, the best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    ranks: Vec<(Worth, IndexKey)>,
    /// Names of referrals that the one in the message replaces or follows.
    before: Vec<IndexKey>,
    /// All under which the referral is found from now on.
    given: Vec<IndexKey>,
    /// Those of them that name the referral and nothing else, in all the ways in which others may say them: who came early may
    /// have said another part.
    given_surely: Vec<IndexKey>,
    /// Our own id, where the message has it.
    id: Option<ReferralId>,
}

impl Names {
    /// The names in a message.
    pub(super) fn of(mount: &Mount, sender: &PartnerId, index: &Index<'_>, header: &Header<'_>) -> Names {
        let given = |identifiers_max| given(mount, sender, index, header, identifiers_max);
        let mut names = Names { given: given(usize::MAX), given_surely: given(1), ..Names::default() };
        names.add_extensions(mount, header.node());
        let request = request_of(index, header).map(|at| index.entries()[at]);
        if let Some(resource) = request.and_then(|entry| entry.resource) {
            names.add_identifiers(mount, resource);
        }
        if let Some(id) = request.and_then(|entry| entry.logical_id()) {
            names.add_id(mount, sender, id);
        }
        if let Some(at) = request_of(index, header) {
            names.add_before(mount, sender, index, at);
        }
        for entry in index.entries().iter().filter(|entry| entry.resource_type() != Some("ServiceRequest")) {
            for based_on in entry.resource.into_iter().flat_map(|resource| resource.each("basedOn")) {
                names.add_based_on(mount, sender, based_on);
            }
        }
        for focus in header.focus() {
            names.add_based_on(mount, sender, focus.node);
        }
        names
    }

    /// The name in the address of `PUT {base}/ServiceRequest?identifier=` leads to a referral; those in the body are given to it.
    pub(super) fn at_address(self, mount: &Mount, system: Option<&str>, value: &str) -> Names {
        let ranks = vec![(Worth::Sure, identifier(mount, system, value))];
        Names { ranks, given: self.given, ..Names::default() }
    }

    /// The name of a resource that is based on a ServiceRequest here.
    pub(super) fn of_work(mount: &Mount, sender: &PartnerId, resource: Node<'_>) -> Names {
        let mut names = Names::default();
        for based_on in resource.each("basedOn") {
            names.add_based_on(mount, sender, based_on);
        }
        names
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.ranks.is_empty() && self.id.is_none()
    }

    /// What to ask the store. A source is asked for its own number of the referral: that of a chart may lead to many others.
    pub(crate) fn question(&self, sent_by: Part) -> CaseNames {
        let mut keys = self.asked(sent_by);
        keys.extend(&self.before);
        keys.sort_unstable();
        keys.dedup();
        CaseNames { id: self.id, keys, resource: None }
    }

    /// Those under which referrals and orphans are looked for.
    pub(crate) fn asked(&self, sent_by: Part) -> Vec<IndexKey> {
        let mut keys = self.sure();
        if sent_by != Part::Source {
            keys.extend(self.keys());
            keys.sort_unstable();
            keys.dedup();
        }
        keys
    }

    /// All of them.
    fn keys(&self) -> Vec<IndexKey> {
        let mut keys: Vec<IndexKey> = self.ranks.iter().map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Those that are there to name the referral, in all the ways in which others may say them.
    pub(crate) fn sure(&self) -> Vec<IndexKey> {
        let sure = self.ranks.iter().filter(|(worth, _)| *worth == Worth::Sure);
        let mut keys: Vec<IndexKey> = sure.map(|(_, key)| *key).chain(self.given_surely.iter().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Whether one of them is among the names of a referral, as it counts for a sender with that part in it.
    pub(super) fn lead_to(&self, mount: &Mount, case: &Case, sent_by: Part) -> bool {
        let first = first_number(mount, case);
        let leads = |(worth, key): &(Worth, IndexKey)| {
            case.names().contains(key) && counts(*worth, *key, sent_by, |key| first.contains(&key))
        };
        self.ranks.iter().any(leads)
    }

    /// All under which the referral is found from now on.
    pub(super) fn given(&self) -> Vec<IndexKey> {
        self.given.clone()
    }

    /// The best one that the message has.
    pub(super) fn best(&self) -> Option<IndexKey> {
        self.ranks.first().map(|(_, key)| *key)
    }

    /// The referrals that are meant: those with the first name that any of them has. The number of a chart must not lead to
    /// another referral of the same patient. A source knows its own referral, so of its identifiers only the first counts; a
    /// target may put its own number first, so of its further ones those count that are a referral's first.
    pub(super) fn meant<'k>(&self, desk: &Desk<'_>, cases: &'k [KnownCase], sent_by: Part) -> Vec<&'k KnownCase> {
        let is_first = |case: &KnownCase, key: IndexKey| {
            let place = desk.place_of(case.referral.id);
            place.is_some_and(|place| first_number(desk.mount, &desk.cases[place]).contains(&key))
        };
        for (worth, key) in &self.ranks {
            let has_it =
                |case: &&KnownCase| case.keys.contains(key) && counts(*worth, *key, sent_by, |key| is_first(case, key));
            let found: Vec<&KnownCase> = cases.iter().filter(has_it).collect();
            if !found.is_empty() {
                return found;
            }
        }
        cases.iter().filter(|case| Some(case.referral.id) == self.id).collect()
    }

    fn add_before(&mut self, mount: &Mount, sender: &PartnerId, index: &Index<'_>, request: usize) {
        let Some(resource) = index.entries()[request].resource else { return };
        for reference in ["replaces", "basedOn"].into_iter().flat_map(|name| resource.each(name)) {
            let entry = target(index, reference, request).map(|at| index.entries()[at]);
            let own = entry.and_then(|entry| entry.resource).and_then(|resource| identifiers(resource).next());
            self.before.extend(own.map(|it| identifier(mount, Some(it.system), it.value)));
            let said = reference.at(&["identifier", "value"]).and_then(Node::as_str);
            let system = reference.at(&["identifier", "system"]).and_then(Node::as_str);
            self.before.extend(said.map(|value| identifier(mount, system, value)));
            let address = reference.str("reference").and_then(Address::parse).map(|address| address.id);
            if let Some(id) = entry.and_then(|entry| entry.logical_id()).or(address) {
                self.before.push(request_id(mount, sender, id));
                self.id = self.id.or_else(|| referral_id(id));
            }
        }
    }

    fn add_extensions(&mut self, mount: &Mount, header: Node<'_>) {
        let numbers = numbers(header).map(|(system, value)| (Worth::Sure, identifier(mount, system, value)));
        self.ranks.extend(numbers);
    }

    fn add_identifiers(&mut self, mount: &Mount, request: Node<'_>) {
        for (place, it) in request.each("identifier").enumerate() {
            let Some(value) = it.str("value") else { continue };
            let system = it.str("system").filter(|system| !system.is_empty());
            let worth = if place == 0 { Worth::Sure } else { Worth::Perhaps };
            self.ranks.push((worth, identifier(mount, system, value)));
        }
    }

    fn add_id(&mut self, mount: &Mount, sender: &PartnerId, id: &str) {
        self.ranks.push((Worth::Sure, request_id(mount, sender, id)));
        self.id = self.id.or_else(|| referral_id(id));
    }

    fn add_based_on(&mut self, mount: &Mount, sender: &PartnerId, reference: Node<'_>) {
        if let Some(value) = reference.at(&["identifier", "value"]).and_then(Node::as_str) {
            let system = reference.at(&["identifier", "system"]).and_then(Node::as_str);
            self.ranks.push((Worth::Sure, identifier(mount, system, value)));
        }
        let address = reference.str("reference").and_then(Address::parse);
        if let Some(address) = address.filter(|address| address.resource_type == "ServiceRequest") {
            self.add_id(mount, sender, address.id);
        }
    }
}

/// Whether a name counts in a message of somebody with that part.
fn counts(worth: Worth, key: IndexKey, sent_by: Part, is_first: impl Fn(IndexKey) -> bool) -> bool {
    match (worth, sent_by) {
        (Worth::Sure, _) => true,
        (Worth::Perhaps, Part::Source) => false,
        (Worth::Perhaps, Part::Target | Part::FormerTarget | Part::ThirdParty) => is_first(key),
    }
}
