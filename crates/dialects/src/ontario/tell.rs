//! Notices: each party of a referral hears what happened, in the words of its own version.
//! Source: spec of Ontario, 1.2; contract, `notify`.

use baton_exchange::{
    id::{NoticeId, PartnerId, ReferralId},
    notice::Notice,
    referral::{Part, Party, Referral, ReferralState},
};
use baton_fhir::{json, tree::Tree};

use super::{
    case::{Case, Held},
    compose::{self, Letter},
    desk::{Desk, Tale},
    directory::{Directory, Registered, Role, Version},
    events::By,
    keep::copy_of,
    task::task_id,
    telling::{Happening, Others, Telling, telling},
    thin::{self, Says},
};

/// The event under which a Bundle is PUT to its receiver. Source: seeds/000, "Update Referral".
pub const PUT_BUNDLE: &str = "PUT Bundle";

/// The notices for all that happened on a desk, in the order in which it did.
pub(super) fn notices(desk: &Desk<'_>) -> Vec<Notice> {
    let mut notices = Vec::new();
    for tale in &desk.tales {
        let case = &desk.cases[tale.case];
        for party in &case.course.parties {
            let Some(registered) = desk.registered(&party.partner) else { continue };
            // nobody hears what it said itself, but that its wish was carried out
            let is_own_word = party.partner == tale.by && tale.happened != Happening::Revoked;
            if is_own_word || tale.but == Some(party.part) {
                continue;
            }
            let Some(role) = role(party.part, tale.happened) else { continue };
            if let Some(telling) = telling(tale.happened, role, registered.version) {
                notices.extend(notice(desk, tale, registered, telling, notices.len()));
            }
        }
    }
    notices
}

/// As what a part is told. Who was the target before hears nothing more but that it has to forget the referral.
fn role(part: Part, happened: Happening) -> Option<Role> {
    match part {
        Part::Source => Some(Role::Source),
        Part::Target => Some(Role::Target),
        Part::ThirdParty => Some(Role::ThirdParty),
        Part::FormerTarget if happened == Happening::Withdrawn => Some(Role::Target),
        Part::FormerTarget => None,
    }
}

/// Whether a partner may still be told what was written for it, at the moment at which it is sent: until then the referral may have
/// gone on to another, and a partner may have lost the role for which it has its part. What is still there of a referral that was
/// withdrawn tells to forget it and nothing else, so that everybody hears it who ever had a part; the caller sees to it that it is
/// still there. Who is not registered is nobody that could
/// be told, which is said elsewhere. Source: spec of security, T99.
#[must_use]
pub fn may_still_hear(directory: &Directory, partner: &PartnerId, referral: &Referral) -> bool {
    let (Some(registered), Some(course)) = (directory.get(partner), &referral.course) else { return true };
    let is_concerned = |party: &Party| match party.part {
        // it is its own referral
        Part::Source => true,
        Part::Target => registered.is(Role::Target),
        Part::ThirdParty => registered.is(Role::ThirdParty),
        Part::FormerTarget => false,
    };
    let mut parties = course.parties.iter().filter(|party| party.partner == *partner);
    referral.state == ReferralState::Revoked || parties.any(is_concerned)
}

fn notice(desk: &Desk<'_>, tale: &Tale, to: &Registered, telling: &Telling, number: usize) -> Option<Notice> {
    let told = to.told.as_ref().filter(|told| told.wants(&telling.event))?;
    let case = &desk.cases[tale.case];
    let id = NoticeId(desk.new_id("notice", number));
    let bundle_id = id.to_string();
    let header_id = ReferralId(desk.new_id("header", number)).to_string();
    let (from_id, from_name) = speaker(desk, &tale.by);
    let at = desk.cx.now.to_string();
    let beside = beside(desk, tale, to.version);
    let letter = Letter {
        version: to.version,
        event: &telling.event,
        focus: focus(case, tale, telling),
        to: (&to.name, &told.url),
        from: (&from_id, &from_name),
        bundle_id: &bundle_id,
        header_id: &header_id,
        at: &at,
        answers: None,
        beside,
    };
    let tree = written(desk, case, tale.happened, &letter);
    let mut body = Vec::new();
    json::write(tree.root(), &mut body);
    Some(Notice {
        id,
        home: desk.home(),
        exchange: desk.mount.exchange.clone(),
        partner: to.partner.clone(),
        referral: case.referral.id,
        event: match telling.by {
            By::Message => telling.event.clone(),
            By::Put => PUT_BUNDLE.to_owned(),
        },
        body,
        created: desk.cx.now,
        due: desk.cx.now,
    })
}

fn written(desk: &Desk<'_>, case: &Case, happened: Happening, letter: &Letter<'_>) -> Tree {
    match happened {
        Happening::Withdrawn => thin::compose(desk.mount, case, letter, Says::Withdraw),
        Happening::Revoked => thin::compose(desk.mount, case, letter, Says::Withdrawn),
        _ => compose::compose(desk.mount, case, letter),
    }
}

/// Who speaks: the partner that did it.
pub(super) fn speaker(desk: &Desk<'_>, partner: &PartnerId) -> (String, String) {
    let name = desk.registered(partner).map_or_else(|| "Baton".to_owned(), |registered| registered.name.clone());
    (partner.as_str().to_owned(), name)
}

/// What the message is about: resources of the types that the guide names, those that changed first.
fn focus(case: &Case, tale: &Tale, telling: &Telling) -> Vec<String> {
    let mut focus = Vec::new();
    for name in &telling.focus {
        let changed = tale.about.iter().find(|what| what.split('/').next() == Some(name));
        let standing = || match name.as_str() {
            "ServiceRequest" => Some(format!("ServiceRequest/{}", case.request_id())),
            "Task" => Some(format!("Task/{}", task_id(case.referral.id))),
            _ => None,
        };
        focus.extend(changed.cloned().or_else(standing));
    }
    if telling.others == Others::InFocus {
        let others = tale.about.iter().filter(|what| !focus.contains(what)).cloned().collect::<Vec<_>>();
        focus.extend(others);
    }
    focus
}

/// Where a referral took the place of another, that one goes with it; in 0.10 with every message, since there a reference to
/// something of this server that is not in the message leads nowhere.
fn beside(desk: &Desk<'_>, tale: &Tale, version: Version) -> Vec<Held> {
    if tale.happened != Happening::Forwarded && version != Version::V010 {
        return Vec::new();
    }
    let case = &desk.cases[tale.case];
    let old = case.course.links.replaces.and_then(|id| desk.place_of(id)).and_then(|at| desk.cases[at].request());
    let patient = case.patient().map(|held| held.reference());
    let Some(old) = old else { return Vec::new() };
    let mut tree = copy_of(old.tree.root());
    let keep =
        ["resourceType", "id", "meta", "identifier", "status", "intent", "category", "code", "priority", "authoredOn"];
    let root = tree.root_id();
    let out: Vec<_> = tree
        .root()
        .children()
        .filter(|it| !it.name().is_some_and(|name| keep.contains(&name)))
        .map(|it| it.id())
        .collect();
    out.into_iter().for_each(|member| tree.remove(member));
    if let Some(patient) = patient {
        let subject = tree.add_object(root, "subject");
        tree.add_str(subject, "reference", &patient);
    }
    vec![Held::loose(&old.resource_type, &old.id, tree)]
}
