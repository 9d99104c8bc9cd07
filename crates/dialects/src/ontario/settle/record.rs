//! A referral that was made elsewhere is told: in a target's app, or to a third party. It is recorded.
//! Source: spec of Ontario, 1.1 "created in the target's app", "new referral" of an informer; seeds/003.

use baton_exchange::{
    audit::AuditAction,
    message::Known,
    referral::{Part, Party, Stage},
    refusal::Refusal,
};

use super::{Effect, Hindered, find, orphan, submit};
use crate::ontario::{
    case::Case,
    desk::Desk,
    directory::Role,
    message::Checked,
    target::{named_target, source_of},
    task,
    telling::Happening,
};

pub(super) fn record(desk: &mut Desk<'_>, checked: &Checked<'_>, known: &Known) -> Result<Effect, Hindered> {
    // of one that is known nothing new is told by being told of
    match find(desk, checked, known) {
        Ok(found) => {
            let case = desk.place_of(found.known.referral.id);
            return case
                .map(|case| Effect { action: AuditAction::Heard, case: Some(case) })
                .ok_or(Refusal::Gone.into());
        }
        Err(Hindered::Unknown { .. }) => {}
        Err(other) => return Err(other),
    }
    let Some(request) = checked.request() else { return Err(Refusal::RequestInvalid.into()) };
    let sender = &checked.sender;
    let registered = desk.registered(sender);
    let is_target = registered.is_some_and(|it| it.is(Role::Target) && !it.is(Role::Source));
    let is_informer = registered.is_some_and(|it| !it.is(Role::Target) && !it.is(Role::Source));
    let directory = &desk.mount.directory;
    let (source, target) = if is_target {
        (source_of(directory, &checked.index, &checked.header, request), Some(sender.clone()))
    } else if is_informer {
        let named = named_target(directory, &checked.index, &checked.header, request);
        (source_of(directory, &checked.index, &checked.header, request), named)
    } else {
        // it was sent to its target by another way, which has been told there
        (Some(sender.clone()), named_target(directory, &checked.index, &checked.header, request))
    };
    let source = source.filter(|source| Some(source) != target.as_ref());
    let owner = source.clone().unwrap_or_else(|| sender.clone());
    let mut parties = submit::parties(desk, &owner, target.clone());
    if source.is_none() {
        // nobody here is known to have asked; a target that told it works on it, an informer has no more to say
        parties.retain(|party| party.partner != owner);
        let part = if is_informer { Part::ThirdParty } else { Part::Target };
        parties.push(Party { partner: owner.clone(), part });
    }
    let course = submit::course(checked, parties, Stage::Requested);
    let referral = submit::referral(desk, checked, desk.cx.ids.referral, owner);
    let mut case = Case::new(referral, course);
    submit::put_all(&mut case, checked, request);
    case.put(task::process_request(&case, Stage::Requested, checked.at));
    let stamped: Vec<String> = case.all().iter().map(|held| held.reference()).collect();
    stamped.iter().for_each(|what| case.course.stamps.put_whole(what, checked.at));
    case.add_names(checked.names.given());
    desk.cases.push(case);
    let place = desk.cases.len() - 1;
    desk.tell_all_but(place, Happening::SubmittedInApp, sender, Part::Target);
    orphan::settle(desk, place, known);
    Ok(Effect { action: AuditAction::Recorded, case: Some(place) })
}
