//! A target's own work: Tasks and Appointments by REST, under the same rules as by message.
//! Source: contract, "A target's own work"; spec of Ontario, 1.1, 7.2 and 7.4.

use baton_exchange::{
    access::{Reach, Subject, Writing, may_not_write},
    audit::AuditAction,
    id::{Home, PartnerId},
    message::{CaseNames, ContentHash, Identity, Known, ReceiptKey},
    referral::{Deed, Part, ReferralState, may_do},
    refusal::Refusal,
};
use baton_fhir::{
    check,
    finding::Finding,
    json,
    listing::{Versioned, present},
    patch,
    reading::ReadLimits,
    reference::{Address, references},
    tree::{Node, Tree},
};

use super::{
    arrive::{fhir, reading},
    case::{Case, Held, keys_of},
    contents::check_time,
    desk::{Desk, Said},
    keep::{Kept, copy_of, own, set_str},
    names::Names,
    rules,
    settle::{Effect, Hindered, advance, put_appointment, put_task},
    task::{self, task_id},
    written,
};
use crate::{
    Accepted, Arrived, Context, Dialect, Made, Mount, PatchLanguage, Posted, Refused, Way, arrived::Message,
    read::read, refuse,
};

/// Reads and checks what came for one resource.
pub(super) fn arrive(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    let mut findings = Vec::new();
    let tree = match &posted.way {
        Way::Patch { language: PatchLanguage::Json, .. } => read_json(&posted.body, &mut findings),
        _ => read(mount.mode, &posted, fhir(), &mut findings),
    };
    let mut arrived = Arrived::of(posted, findings);
    let Some(mut tree) = tree else { return arrived };
    let mut names = CaseNames::default();
    match &arrived.way {
        Way::Make { resource_type } => {
            check_resource(mount, resource_type, None, &mut tree, &mut arrived.findings);
            names = Names::of_work(mount, sender, tree.root()).question(Part::Target);
            if names.id.is_none() && names.keys.is_empty() {
                let diagnostics = format!("{resource_type}.basedOn has to lead to a ServiceRequest here");
                arrived.findings.push(Finding::at_missing(&rules::BASED_ON, tree.root(), "basedOn", diagnostics));
            }
        }
        Way::Replace { resource_type, id, .. } => {
            check_resource(mount, resource_type, Some(id), &mut tree, &mut arrived.findings);
            names.resource = Some((resource_type.clone(), id.clone()));
        }
        Way::Patch { resource_type, id, .. } => names.resource = Some((resource_type.clone(), id.clone())),
        Way::Operation | Way::PutBundle | Way::PutRequest { .. } | Way::Reply { .. } => {}
    }
    arrived.message = Some(unremembered(mount, sender, names));
    arrived.tree = Some(tree);
    arrived
}

fn read_json(body: &[u8], findings: &mut Vec<Finding>) -> Option<Tree> {
    match json::read_value(body, &ReadLimits::default()) {
        Ok(tree) => Some(tree),
        Err(finding) => {
            findings.push(*finding);
            None
        }
    }
}

/// Work is not remembered as messages are: doing it again does the same again.
pub(super) fn unremembered(mount: &Mount, sender: &PartnerId, names: CaseNames) -> Message {
    Message {
        home: Home::shared(&mount.exchange),
        identity: Identity {
            envelope: ReceiptKey::of(&mount.exchange, sender, "work", &[]),
            message: None,
            content: ContentHash([0; 32]),
        },
        quoted: String::new(),
        request_id: None,
        names: Some(names),
    }
}

/// Adds what is wrong with a resource that is to be put in a place.
fn check_resource(mount: &Mount, resource_type: &str, id: Option<&str>, tree: &mut Tree, findings: &mut Vec<Finding>) {
    if tree.root().resource_type() != Some(resource_type) {
        let diagnostics = format!("a {resource_type} was expected");
        findings.push(Finding::at(&rules::RESOURCE, tree.root(), diagnostics));
        return;
    }
    findings.append(&mut check::document(tree, fhir(), &check::Options::new(reading(mount))));
    if let Some(id) = id
        && tree.root().str("id") != Some(id)
    {
        let diagnostics = "the id has to be the one in the address";
        findings.push(Finding::at_missing(&rules::RESOURCE, tree.root(), "id", diagnostics));
    }
    check_contents(tree.root(), findings);
    super::arrive::leniency().apply(mount.mode, findings, |_| None);
}

fn check_contents(resource: Node<'_>, findings: &mut Vec<Finding>) {
    match resource.resource_type() {
        Some("Appointment") => check_time(resource, findings),
        Some("Task") if task::stage(resource).is_none() => {
            findings.push(Finding::at_missing(
                &rules::TASK_STATUS,
                resource,
                "status",
                "Task.status is missing or no code",
            ));
        }
        _ => {}
    }
}

pub(super) fn settle(mount: &Mount, arrived: &Arrived, known: &Known, cx: &Context<'_>) -> Result<Accepted, Refused> {
    let (Some(tree), Some(mut desk)) = (&arrived.tree, Desk::of(mount, cx, known)) else {
        return Err(refuse(Dialect::Ontario, &Refusal::RequestInvalid));
    };
    desk.findings.clone_from(&arrived.findings);
    done(desk, arrived, known, tree).map_err(|hindered| match hindered {
        Hindered::Refused(refusal) => refuse(Dialect::Ontario, &refusal),
        Hindered::Faulty(refused) => refused,
        Hindered::Unknown { .. } => refuse(Dialect::Ontario, &Refusal::NoSuchResource),
    })
}

fn done(mut desk: Desk<'_>, arrived: &Arrived, known: &Known, tree: &Tree) -> Result<Accepted, Hindered> {
    let place = place(&desk, arrived, known).map_err(|hindered| unseen(&desk, hindered))?;
    let part = desk.cases[place].course.part_of(&desk.cx.caller.partner);
    let part = part.ok_or(Hindered::Unknown { is_absent: false })?;
    let (resource_type, id, seen) = match &arrived.way {
        Way::Make { resource_type } => (resource_type, None, None),
        Way::Replace { resource_type, id, seen } | Way::Patch { resource_type, id, seen, .. } => {
            (resource_type, Some(id.as_str()), *seen)
        }
        Way::Operation | Way::PutBundle | Way::PutRequest { .. } | Way::Reply { .. } => {
            return Err(Refusal::RequestInvalid.into());
        }
    };
    let before = id.and_then(|id| desk.cases[place].get(resource_type, id));
    if before.is_some_and(|held| !is_within(&desk, place, held)) {
        return Err(Hindered::Unknown { is_absent: false });
    }
    let deed = if resource_type == "Task" { Deed::Move } else { Deed::Book };
    may_do(part, deed)?;
    if before.is_some_and(|held| seen.is_some_and(|seen| seen != held.version)) {
        return Err(Refusal::VersionOutdated.into());
    }
    let mut now = as_it_will_be(&desk, &arrived.way, before.map(|held| &held.tree), tree)?;
    let own_task = task_id(desk.cases[place].referral.id);
    let new_id = match id {
        Some(id) => id.to_owned(),
        // a referral has one Task that says where it is
        None if resource_type == "Task" && task::is_process_request(now.root()) => own_task,
        None => baton_exchange::id::ReferralId(desk.new_id("resource", 0)).to_string(),
    };
    if resource_type == "Task" && new_id == task_id(desk.cases[place].referral.id) {
        check_fixed(&desk.cases[place], now.root())?;
    }
    check_based_on(&desk.cases[place], now.root())?;
    set_str(&mut now, "id", &new_id);
    let kept = Kept { resource_type: resource_type.clone(), id: new_id.clone(), tree: now };
    let standing = desk.cases[place].get(resource_type, &new_id);
    let (is_new, was_within) = (standing.is_none(), standing.is_none_or(|held| is_within(&desk, place, held)));
    let action = put(&mut desk, place, kept)?;
    let Some(held) = desk.cases[place].get(resource_type, &new_id) else { return Err(Refusal::NoSuchResource.into()) };
    if !was_within || !is_within(&desk, place, held) {
        let writing = if id.is_some() { Writing::Update } else { Writing::Create };
        return Err(may_not_write(desk.cx.caller, resource_type, writing).into());
    }
    let effect = Effect { action, case: Some(place) };
    let version = held.next_version();
    let updated = desk.cx.now.to_string();
    let answer =
        present(&Versioned { resource: held.tree.root(), resource_type, id: &new_id, version, updated: &updated });
    let made = Made { resource_type: resource_type.clone(), id: new_id, version, is_new };
    Ok(written::worked(desk, place, &effect, answer, made))
}

/// Puts what was worked on into its referral.
fn put(desk: &mut Desk<'_>, place: usize, kept: Kept) -> Result<AuditAction, Hindered> {
    let (partner, at) = (desk.cx.caller.partner.clone(), desk.cx.now);
    let said = Said { by: &partner, at };
    let own_task = task_id(desk.cases[place].referral.id);
    let (is_changed, action) = if kept.resource_type == "Task" && kept.id != own_task {
        (put_task(desk, place, kept, Vec::new(), said), AuditAction::Moved)
    } else if kept.resource_type == "Task" {
        (advance(desk, place, kept, Vec::new(), said)?, AuditAction::Moved)
    } else {
        (put_appointment(desk, place, kept, Vec::new(), said), AuditAction::Booked)
    };
    Ok(if is_changed { action } else { AuditAction::Heard })
}

/// Whether a resource of a case, as it stands there, is within the reach of the caller.
fn is_within(desk: &Desk<'_>, place: usize, held: &Held) -> bool {
    if *desk.cx.reach == Reach::All {
        return true;
    }
    let keys = keys_of(held.tree.root(), &desk.cases[place].request_id());
    // nobody writes about one patient alone, so it is not asked whom it is about
    let (patients, same_referral) = (&[][..], false);
    let subject = Subject { resource_type: &held.resource_type, id: &held.id, patients, same_referral, keys: &keys };
    desk.cx.reach.has(&subject)
}

/// Who may change a part only is not told that what it asks for was cleared: it could have been out of it.
fn unseen(desk: &Desk<'_>, hindered: Hindered) -> Hindered {
    match hindered {
        Hindered::Refused(Refusal::Gone) if *desk.cx.reach != Reach::All => Refusal::NoSuchResource.into(),
        other => other,
    }
}

/// The referral that the resource belongs to.
fn place(desk: &Desk<'_>, arrived: &Arrived, known: &Known) -> Result<usize, Hindered> {
    let me = &desk.cx.caller.partner;
    let is_gone = known.cases.iter().any(|case| {
        let is_party = case.referral.course.as_ref().is_some_and(|course| course.part_of(me).is_some());
        case.referral.state == ReferralState::Revoked && is_party
    });
    let found = match &arrived.way {
        Way::Replace { resource_type, id, .. } | Way::Patch { resource_type, id, .. } => {
            desk.cases.iter().position(|case| case.get(resource_type, id).is_some())
        }
        _ => {
            let names = arrived.message.as_ref().and_then(|message| message.names.as_ref());
            let id = names.and_then(|names| names.id);
            match id.and_then(|id| desk.place_of(id)) {
                Some(place) => Some(place),
                None => place_by_identifier(desk, known)?,
            }
        }
    };
    match found {
        Some(place) => Ok(place),
        None if is_gone => Err(Refusal::Gone.into()),
        None => Err(Hindered::Unknown { is_absent: true }),
    }
}

/// The referral with the identifier that the caller named: the one in which it is the target, else one in which it has any part.
///
/// # Errors
/// [`Refusal::SeveralReferrals`]
fn place_by_identifier(desk: &Desk<'_>, known: &Known) -> Result<Option<usize>, Hindered> {
    let me = &desk.cx.caller.partner;
    let named = known.cases.iter().filter(|case| !case.keys.is_empty());
    let places: Vec<usize> = named.filter_map(|case| desk.place_of(case.referral.id)).collect();
    let part = |place: &&usize| desk.cases[**place].course.part_of(me);
    let mut mine = places.iter().filter(|place| part(place) == Some(Part::Target));
    match (mine.next(), mine.next()) {
        (Some(_), Some(_)) => Err(Refusal::SeveralReferrals.into()),
        (Some(only), None) => Ok(Some(*only)),
        (None, _) => Ok(places.iter().find(|place| part(place).is_some()).copied()),
    }
}

/// The resource as it will be: as it was sent, or as the patch makes it; with references as they are kept.
fn as_it_will_be(desk: &Desk<'_>, way: &Way, before: Option<&Tree>, sent: &Tree) -> Result<Tree, Hindered> {
    let Way::Patch { language, id, resource_type, .. } = way else { return Ok(local(desk, sent.root())) };
    let Some(before) = before else { return Err(Refusal::NoSuchResource.into()) };
    let patched = match language {
        PatchLanguage::FhirPath => patch::patch(before, sent.root(), fhir()),
        PatchLanguage::Json => patch::json::patch(before, sent.root()),
    };
    let mut patched = patched.map_err(|error| faulty(vec![error.finding()]))?;
    let mut findings = Vec::new();
    check_resource(desk.mount, resource_type, Some(id), &mut patched, &mut findings);
    if findings.iter().any(|finding| finding.severity.refuses()) {
        return Err(faulty(findings));
    }
    Ok(local(desk, patched.root()))
}

fn faulty(findings: Vec<Finding>) -> Hindered {
    Hindered::Faulty(Refused { status: 422, findings })
}

/// A copy in which addresses under our own base are written without it.
fn local(desk: &Desk<'_>, resource: Node<'_>) -> Tree {
    let id = resource.str("id").unwrap_or_default().to_owned();
    let base = desk.mount.base.as_str();
    let short = |text: &str| {
        let address = Address::parse(text).filter(|address| address.root == base && !base.is_empty())?;
        Some(address.short())
    };
    if references(resource).next().is_none() && id.is_empty() {
        return copy_of(resource);
    }
    own(resource, &id, short)
}

/// What belongs to a referral stays with it. An identifier that the parties have for the request says nothing else.
fn check_based_on(case: &Case, resource: Node<'_>) -> Result<(), Hindered> {
    let own = format!("ServiceRequest/{}", case.request_id());
    let is_another = |text: &str| text.starts_with("ServiceRequest/") && text != own;
    let another = resource.each("basedOn").find(|it| it.str("reference").is_some_and(is_another));
    let Some(another) = another else { return Ok(()) };
    let resource_type = resource.resource_type().unwrap_or("resource");
    let diagnostics = format!("this {resource_type} belongs to {own}: basedOn names that one or is left out");
    Err(faulty(vec![Finding::at_missing(&rules::OTHER_REQUEST, another, "reference", diagnostics)]))
}

/// What the Task is for does not change with its state.
fn check_fixed(case: &Case, root: Node<'_>) -> Result<(), Hindered> {
    let mut findings = Vec::new();
    if root.str("intent") != Some("order") {
        findings.push(Finding::at_missing(&rules::TASK_FIXED, root, "intent", "Task.intent stays order"));
    }
    if !task::is_process_request(root) {
        findings.push(Finding::at_missing(&rules::TASK_FIXED, root, "code", "Task.code stays process-request"));
    }
    let own = format!("ServiceRequest/{}", case.request_id());
    let mut based_on = root.each("basedOn").peekable();
    if based_on.peek().is_some() && !based_on.any(|it| it.str("reference") == Some(&own)) {
        findings.push(Finding::at_missing(
            &rules::TASK_FIXED,
            root,
            "basedOn",
            "Task.basedOn stays the ServiceRequest",
        ));
    }
    if findings.is_empty() { Ok(()) } else { Err(faulty(findings)) }
}
