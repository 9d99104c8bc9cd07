//! By what a message names the referral that it is about.
//! Source: spec of Ontario, 1.4 step 5.

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
    tree::{Node, Tree},
};

use super::{
    case::Case,
    desk::Desk,
    focus::{request_of, target},
    keep::{copy_of, set_member},
};
use crate::Mount;

const OF_011: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier";
const OF_010: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-id-message-header";
const OF_EREC: &str = "Referral-Identifier-EXT";

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
        for of in [OF_011, OF_EREC, OF_010] {
            for extension in header.each("extension").filter(|it| it.str("url").is_some_and(|url| url.ends_with(of))) {
                let value = extension.get("valueIdentifier");
                let named = value.and_then(|it| Some((it.str("system"), it.str("value")?)));
                let named = named.or_else(|| extension.str("valueString").map(|value| (None, value)));
                self.ranks.extend(named.map(|(system, value)| (Worth::Sure, identifier(mount, system, value))));
            }
        }
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

/// The keys of the number by which its source knows a referral.
fn first_number(mount: &Mount, case: &Case) -> Vec<IndexKey> {
    let first = case.request().and_then(|held| identifiers(held.tree.root()).next());
    let keys = first.map(|it| [IndexKey::identifier(it.system, it.value), IndexKey::identifier_value(it.value)]);
    keys.into_iter().flatten().map(|key| mount.blinded(key)).collect()
}

/// The key of an identifier; one without a system may be of any.
pub(super) fn identifier(mount: &Mount, system: Option<&str>, value: &str) -> IndexKey {
    mount.blinded(match system {
        Some(system) => IndexKey::identifier(system, value),
        None => IndexKey::identifier_value(value),
    })
}

/// The key of the id that a partner's messages give to their ServiceRequest. Others may use the same id for something else.
pub(super) fn request_id(mount: &Mount, sender: &PartnerId, id: &str) -> IndexKey {
    mount.blinded(IndexKey::identifier(&format!("urn:baton:request-id:{sender}"), id))
}

/// The keys under which a referral is found from now on: every identifier that a message gives it, with its system and
/// without, and the id of its ServiceRequest there.
fn given(
    mount: &Mount,
    sender: &PartnerId,
    index: &Index<'_>,
    header: &Header<'_>,
    identifiers_max: usize,
) -> Vec<IndexKey> {
    let mut keys = Vec::new();
    let mut add = |system: &str, value: &str| {
        keys.push(mount.blinded(IndexKey::identifier(system, value)));
        keys.push(mount.blinded(IndexKey::identifier_value(value)));
    };
    for extension in header.node().each("extension") {
        let is_name = |url: &str| [OF_011, OF_010, OF_EREC].iter().any(|of| url.ends_with(of));
        if !extension.str("url").is_some_and(is_name) {
            continue;
        }
        if let Some(value) = extension.get("valueIdentifier") {
            add(value.str("system").unwrap_or_default(), value.str("value").unwrap_or_default());
        } else if let Some(value) = extension.str("valueString") {
            add("", value);
        }
    }
    let request = request_of(index, header).map(|at| index.entries()[at]);
    for it in request.and_then(|entry| entry.resource).into_iter().flat_map(identifiers).take(identifiers_max) {
        add(it.system, it.value);
    }
    if let Some(id) = request.and_then(|entry| entry.logical_id()) {
        keys.push(request_id(mount, sender, id));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Makes the number in the header the first identifier of a request, where the request does not have it: it comes back with all
/// that is told of the referral.
pub(super) fn put_number(request: &mut Tree, header: &Header<'_>) {
    let mut said = header.node().each("extension").filter_map(|extension| {
        let url = extension.str("url")?;
        let is_name = [OF_011, OF_EREC, OF_010].iter().any(|of| url.ends_with(of));
        let value = extension.get("valueIdentifier");
        let named = value.and_then(|it| Some((it.str("system"), it.str("value")?)));
        named.or_else(|| Some((None, extension.str("valueString")?))).filter(|_| is_name)
    });
    let Some((system, value)) = said.next() else { return };
    if identifiers(request.root()).any(|it| it.value == value && system.is_none_or(|system| system == it.system)) {
        return;
    }
    let old: Vec<Tree> = request.root().each("identifier").map(copy_of).collect();
    set_member(request, "identifier", None);
    let list = request.add_array(request.root_id(), "identifier");
    let number = request.add_object(list, "");
    if let Some(system) = system {
        request.add_str(number, "system", system);
    }
    request.add_str(number, "value", value);
    for identifier in &old {
        request.add_copy(list, "", identifier.root());
    }
}

/// Our id in an id of FHIR; nothing for what is no UUID.
pub(super) fn referral_id(id: &str) -> Option<ReferralId> {
    let digits: Vec<u8> = id.bytes().filter(|byte| *byte != b'-').collect();
    let has_form = id.len() == 36 && digits.len() == 32;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)).filter(|_| has_form) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    has_form.then_some(ReferralId(bytes))
}

/// The keys of a referral's own identifiers, as they stand.
pub(super) fn of_case(mount: &Mount, case: &Case) -> Vec<IndexKey> {
    let request = case.request().map(|held| held.tree.root());
    let keys = request
        .into_iter()
        .flat_map(identifiers)
        .flat_map(|it| [IndexKey::identifier(it.system, it.value), IndexKey::identifier_value(it.value)]);
    keys.map(|key| mount.blinded(key)).collect()
}
