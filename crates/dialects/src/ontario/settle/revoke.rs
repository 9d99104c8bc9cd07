//! The source withdraws a referral: whatever it holds about a person is cleared, here and wherever it went on to.
//! Source: seeds/003, "Revoke"; spec of security, 6.3; spec of Ontario, 1.1 "withdraw".

use baton_exchange::{audit::AuditAction, id::ReferralId, referral::ReferralState};

use crate::ontario::{
    desk::{Desk, Said},
    message::Checked,
    telling::Happening,
};

/// Withdraws a referral and all that replaced it or was replaced by it. What is told of it is told before its data go.
pub(super) fn revoke(desk: &mut Desk<'_>, checked: &Checked<'_>, case: usize, said: Said<'_>) -> AuditAction {
    let names = checked.names.given();
    desk.cases[case].add_names(names);
    for place in chain(desk, case) {
        desk.tell(place, Happening::Withdrawn, Vec::new(), said.by);
        desk.tell(place, Happening::Revoked, Vec::new(), said.by);
        let withdrawn = &mut desk.cases[place];
        withdrawn.referral.state = ReferralState::Revoked;
        desk.erased.push(withdrawn.referral.id);
    }
    AuditAction::Revoked
}

/// The places of all referrals that are the same request in other hands.
fn chain(desk: &Desk<'_>, case: usize) -> Vec<usize> {
    let mut found = vec![case];
    let mut next = 0;
    while next < found.len() {
        let links = &desk.cases[found[next]].course.links;
        next += 1;
        for id in [links.replaces, links.replaced_by].into_iter().flatten() {
            if let Some(place) = desk.place_of(id).filter(|place| !found.contains(place)) {
                found.push(place);
            }
        }
    }
    found
}

/// Takes what is personal out of a referral that is cleared: what stays says that it was here.
pub(in crate::ontario) fn clear(desk: &mut Desk<'_>, referral: ReferralId) {
    let Some(place) = desk.place_of(referral) else { return };
    let case = &mut desk.cases[place];
    case.empty();
    case.referral.patient.clear();
    case.referral.changed = None;
    case.course.clear();
}
