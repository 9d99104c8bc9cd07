//! Appointments: new ones, other times, cancellations, comments without a date. What one says of itself counts, not the event.
//! Source: spec of Ontario, 1.1, 7.4 and decision 17.

use baton_fhir::tree::Node;

use super::turn::{came_late, own_id, put_beside};
use crate::ontario::{
    case::Case,
    desk::{Desk, Said},
    keep::Kept,
    task::{join_identifiers, set_based_on},
    telling::Happening,
};

pub(super) fn appointment_id(case: &Case, appointment: Option<Node<'_>>) -> String {
    appointment.map(|it| own_id(case, "Appointment", it)).unwrap_or_default()
}

/// Puts an appointment in, new or in the place of what is known of it. Says whether anything differs.
pub(in crate::ontario) fn put(
    desk: &mut Desk<'_>,
    case: usize,
    mut appointment: Kept,
    beside: Vec<Kept>,
    said: Said<'_>,
) -> bool {
    let standing = &mut desk.cases[case];
    let what = format!("Appointment/{}", appointment.id);
    if !standing.course.stamps.takes_whole(&what, said.at) {
        came_late(standing, &appointment, beside, said);
        return false;
    }
    set_based_on(&mut appointment.tree, &standing.request_id());
    let before = standing.get("Appointment", &appointment.id);
    let is_new = before.is_none();
    if let Some(before) = before {
        join_identifiers(&mut appointment.tree, before.tree.root());
    }
    let is_called_off = appointment.tree.root().str("status") == Some("cancelled");
    put_beside(standing, beside, said);
    standing.course.stamps.put_whole(&what, said.at);
    if !standing.put(appointment) {
        return false;
    }
    standing.touch();
    // one that is cancelled before anybody heard of it is no new one
    let happened = if is_new && !is_called_off { Happening::AppointmentAdded } else { Happening::AppointmentChanged };
    desk.tell(case, happened, vec![what], said.by);
    true
}
