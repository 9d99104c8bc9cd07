//! A referral goes on to another target: a new request that replaces the old one.
//! Source: spec of Ontario, 1.2 "forwarded", 5 "forwarded referral", 9.1 and decisions 10 and 14.

use baton_exchange::{
    audit::AuditAction,
    id::ReferralId,
    message::Known,
    referral::{Part, Referral, Stage},
    refusal::Refusal,
    resource::IndexKey,
};
use baton_fhir::{
    reference::Address,
    search_values::identifiers,
    tree::{Kind, Node, Tree},
};

use super::{Effect, Hindered, submit, turn::beside_mark};
use crate::{
    Mount,
    ontario::{
        case::{Case, Held},
        desk::{Desk, Said},
        focus::{all_of_type, focus, target},
        keep::{Kept, copy_of, made_id, own, rewrite_links, set_member},
        message::Checked,
        names::{self, referral_id},
        target::{named_target, target_of},
        task::{add_identifiers, process_request},
        telling::Happening,
    },
};

/// The referral that a new one of the same source takes the place of, if the message says so and it is the source's.
pub(super) fn before(desk: &Desk<'_>, checked: &Checked<'_>, known: &Known) -> Option<usize> {
    let is_mine = |case: &Case| case.course.part_of(&checked.sender) == Some(Part::Source);
    earlier(desk, checked, known, "replaces", is_mine, is_last)
}

/// The referral from which a new one follows, and which goes on beside it; whoever makes the new one has a part in both.
pub(super) fn followed(desk: &Desk<'_>, checked: &Checked<'_>, known: &Known) -> Option<ReferralId> {
    let is_mine = |case: &Case| case.course.part_of(&checked.sender).is_some();
    let place = earlier(desk, checked, known, "basedOn", is_mine, |_| true)?;
    Some(desk.cases[place].referral.id)
}

/// A referral to which a member of the new request leads, if it may. Of several with the same name it is the one that is best.
fn earlier(
    desk: &Desk<'_>,
    checked: &Checked<'_>,
    known: &Known,
    member: &str,
    may_be: impl Fn(&Case) -> bool,
    is_best: impl Fn(&Case) -> bool,
) -> Option<usize> {
    let named = named_by(checked, checked.request()?, member)?;
    let keys = named.keys(desk.mount, checked);
    let found = known.cases.iter().filter(|case| case.keys.iter().any(|key| keys.contains(key)));
    let mut places = found.filter_map(|case| desk.place_of(case.referral.id));
    let by_name = places.find(|place| may_be(&desk.cases[*place]) && is_best(&desk.cases[*place]));
    by_name.or_else(|| named.id.and_then(|id| desk.place_of(id)).filter(|place| may_be(&desk.cases[*place])))
}

fn is_last(case: &Case) -> bool {
    case.course.links.replaced_by.is_none()
}

/// What a request says of an earlier one.
struct Earlier<'t> {
    /// The request itself, where it is in the message.
    resource: Option<Node<'t>>,
    logical_id: Option<&'t str>,
    id: Option<ReferralId>,
    identifier: Option<(Option<&'t str>, &'t str)>,
}

impl Earlier<'_> {
    fn keys(&self, mount: &Mount, checked: &Checked<'_>) -> Vec<IndexKey> {
        let identifiers = self.resource.into_iter().flat_map(identifiers);
        // the first number of a request is its own, others may be those of a chart
        let own = identifiers.take(1).map(|it| (Some(it.system), it.value)).chain(self.identifier);
        let mut keys: Vec<_> = own.map(|(system, value)| names::identifier(mount, system, value)).collect();
        keys.extend(self.logical_id.map(|id| names::request_id(mount, &checked.sender, id)));
        keys
    }
}

fn named_by<'t>(checked: &Checked<'t>, request: usize, member: &str) -> Option<Earlier<'t>> {
    let reference = checked.resource(request)?.each(member).next()?;
    let at = target(&checked.index, reference, request);
    let entry = at.map(|at| checked.index.entries()[at]);
    let address = reference.str("reference").and_then(Address::parse);
    let logical_id = entry.and_then(|entry| entry.logical_id()).or(address.map(|address| address.id));
    let value = reference.at(&["identifier", "value"]).and_then(Node::as_str);
    let system = reference.at(&["identifier", "system"]).and_then(Node::as_str);
    Some(Earlier {
        resource: entry.and_then(|entry| entry.resource),
        logical_id,
        id: logical_id.and_then(referral_id),
        identifier: value.map(|value| (system, value)),
    })
}

/// The source sends its referral to another target.
pub(super) fn by_source(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    known: &Known,
    before: usize,
) -> Result<Effect, Hindered> {
    is_about_the_same(desk, before, checked)?;
    let case = submit::open(desk, checked, desk.cx.ids.referral, Stage::Requested)?;
    link(desk, before, case);
    let said = Said { by: &checked.sender, at: checked.at };
    end(desk, before, said);
    desk.tell(case, Happening::Forwarded, Vec::new(), &checked.sender);
    super::orphan::settle(desk, case, known);
    Ok(Effect { action: AuditAction::Forwarded, case: Some(case) })
}

/// The request by which a target sends a referral on: one in its message that replaces another, for another performer.
pub(super) fn onward(desk: &Desk<'_>, checked: &Checked<'_>, case: usize) -> Option<usize> {
    let mut places = focus(&checked.index, &checked.header);
    for task in all_of_type(&checked.index, &checked.header, "Task") {
        let based_on = checked.resource(task).into_iter().flat_map(|resource| resource.each("basedOn"));
        places.extend(based_on.filter_map(|reference| target(&checked.index, reference, task)));
    }
    places.into_iter().find(|at| is_onward(desk, checked, &desk.cases[case], *at))
}

/// Whether a request in a target's message sends the referral on. A target's copy of a referral that it got by a forward replaces
/// another, too: it names the same target, or nobody that is known, and has the referral's number.
fn is_onward(desk: &Desk<'_>, checked: &Checked<'_>, case: &Case, at: usize) -> bool {
    let Some(request) = checked.resource(at).filter(|it| it.resource_type() == Some("ServiceRequest")) else {
        return false;
    };
    let has = |name: &str| request.each(name).next().is_some();
    match named_target(&desk.mount.directory, &checked.index, &checked.header, at) {
        Some(to) => (has("replaces") || has("basedOn")) && Some(&to) != case.course.target(),
        None => {
            let number = case.request().and_then(|held| identifiers(held.tree.root()).next());
            let is_copy = identifiers(request).any(|it| Some(it) == number);
            has("replaces") && has("performer") && !is_copy
        }
    }
}

/// The target sends a referral on: who asked, for whom and why stays, the performer is new.
pub(super) fn by_target(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    request: usize,
    said: Said<'_>,
) -> Result<AuditAction, Hindered> {
    is_about_the_same(desk, case, checked)?;
    let to = target_of(&desk.mount.directory, &checked.index, &checked.header, request);
    let id = desk.cx.ids.referral;
    let old = &desk.cases[case];
    let parties = submit::parties(desk, &old.referral.source, to);
    let course = submit::course(checked, parties, Stage::Requested);
    let referral = Referral {
        patient: old.referral.patient.clone(),
        ..submit::referral(desk, checked, id, old.referral.source.clone())
    };
    let mut new = Case::new(referral, course);
    // who keeps a paper is the same, whoever copies its address
    new.course.papers = old.course.papers.clone();
    new.course.realm = old.course.realm;
    new.course.stated = old.course.stated;
    submit::put_all(&mut new, checked, request);
    take_along(old, &mut new);
    let stage = Stage::Requested;
    new.put(process_request(&new, stage, said.at));
    stamp(old, &mut new, said);
    let mut names = checked.names.given();
    names.extend(names::of_case(desk.mount, old));
    new.add_names(names);
    desk.cases.push(new);
    let place = desk.cases.len() - 1;
    link(desk, case, place);
    end(desk, case, said);
    desk.tell(place, Happening::Forwarded, Vec::new(), said.by);
    Ok(AuditAction::Forwarded)
}

/// A forward says who does it and where it is. What was asked for is as old as it was, so that what its source said later and is
/// heard of after the forward still counts.
fn stamp(old: &Case, new: &mut Case, said: Said<'_>) {
    let all: Vec<(String, bool)> =
        new.all().iter().map(|held| (held.reference(), held.resource_type == "Task")).collect();
    for (what, is_task) in all {
        new.course.stamps.put_whole(&what, if is_task { said.at } else { old.course.stated });
    }
    let pairs = [(old.request(), new.request()), (old.patient(), new.patient())];
    let pairs = pairs.map(|(from, to)| Some((from?.reference(), to?.reference())));
    for (from, to) in pairs.into_iter().flatten() {
        let corrected =
            old.course.stamps.all().iter().filter(|stamp| stamp.what == from).flat_map(|stamp| &stamp.members);
        for (member, at) in corrected {
            new.course.stamps.put_member(&to, member, *at);
        }
    }
}

/// Takes along what the target's message leaves out: the papers of the referral, its number, what was asked for.
fn take_along(old: &Case, new: &mut Case) {
    // what came with a Task or a letter stays with these
    let is_beside = |held: &Held| old.course.stamps.whole(&beside_mark(&held.reference())).is_some();
    let papers = |held: &&Held| {
        !is_beside(held)
            && !matches!(
                held.resource_type.as_str(),
                "ServiceRequest" | "Patient" | "Task" | "Appointment" | "Communication"
            )
    };
    let (from, to) = (old.patient().map(|held| held.reference()), new.patient().map(|held| held.reference()));
    for held in old.all().iter().filter(papers) {
        if new.at(&held.reference()).is_some() {
            continue;
        }
        let id = own_id(new, held);
        let tree =
            own(
                held.tree.root(),
                &id,
                |text| {
                    if Some(text) == from.as_deref() { to.clone() } else { moved(old, new, text) }
                },
            );
        new.put(Kept { resource_type: held.resource_type.clone(), id, tree });
    }
    let (Some(before), Some(now)) = (old.request(), new.request()) else { return };
    let mut tree = copy_of(now.tree.root());
    for name in ["code", "reasonCode", "priority", "orderDetail", "note", "supportingInfo", "authoredOn", "requester"] {
        if tree.root().get(name).is_none()
            && let Some(member) = before.tree.root().get(name)
        {
            let member = rewritten(member, |text| moved(old, new, text));
            tree.add_copy(tree.root_id(), name, member.root());
        }
    }
    // the number that the source gave is the first, by which it is told of its referral
    let own = rewritten(now.tree.root(), |_| None);
    set_member(&mut tree, "identifier", before.tree.root().get("identifier"));
    add_identifiers(&mut tree, own.root());
    let id = new.request_id();
    new.put(Kept { resource_type: "ServiceRequest".to_owned(), id, tree });
}

fn own_id(new: &Case, held: &Held) -> String {
    made_id(new.referral.id, &[&held.resource_type, "along", &held.id])
}

/// Where a reference of the old referral leads in the new one.
fn moved(old: &Case, new: &Case, text: &str) -> Option<String> {
    let held = old.at(text)?;
    match held.resource_type.as_str() {
        "ServiceRequest" => Some(format!("ServiceRequest/{}", new.request_id())),
        "Patient" => new.patient().map(|held| held.reference()),
        name => Some(format!("{name}/{}", own_id(new, held))),
    }
}

fn rewritten(node: Node<'_>, rewrite: impl Fn(&str) -> Option<String>) -> Tree {
    let mut tree = copy_of(node);
    rewrite_links(&mut tree, rewrite);
    tree
}

/// Ties two referrals: the new one replaces the old one.
fn link(desk: &mut Desk<'_>, old: usize, new: usize) {
    let (old_id, new_id) = (desk.cases[old].referral.id, desk.cases[new].referral.id);
    desk.cases[old].course.links.replaced_by = Some(new_id);
    desk.cases[new].course.links.replaces = Some(old_id);
    let Some(request) = desk.cases[new].request() else { return };
    let mut tree = copy_of(request.tree.root());
    if let Some(old) = tree.root().get("replaces").map(Node::id) {
        tree.remove(old);
    }
    let replaces = tree.loose(Kind::Array, "");
    let reference = tree.loose(Kind::Object, "");
    tree.add_str(reference, "reference", &format!("ServiceRequest/{old_id}"));
    tree.attach(replaces, "", reference);
    let before = tree.root().get("status").map(Node::id);
    tree.insert(tree.root_id(), "replaces", replaces, before);
    let id = desk.cases[new].request_id();
    desk.cases[new].put(Kept { resource_type: "ServiceRequest".to_owned(), id, tree });
}

/// Takes the old target's say.
fn end(desk: &mut Desk<'_>, old: usize, said: Said<'_>) {
    let case = &mut desk.cases[old];
    if let Some(target) = case.course.target().cloned() {
        case.course.put_party(&target, Part::FormerTarget);
    }
    case.course.stated = case.course.stated.max(said.at);
    case.touch();
}

/// What was asked is the same after a forward; only a fault in the message could say otherwise.
///
/// # Errors
/// [`Refusal::OtherPatient`]
pub(super) fn is_about_the_same(desk: &Desk<'_>, case: usize, checked: &Checked<'_>) -> Result<(), Hindered> {
    let known = &desk.cases[case].referral.patient;
    super::change::is_same_patient(known, &submit::patient_keys(checked)).map_err(|_| Refusal::OtherPatient.into())
}
