//! Source and target write to each other. Source: spec of Ontario, 1.1 "message to …", 7.5.

use baton_exchange::{audit::AuditAction, referral::Part};
use baton_fhir::finding::{Finding, Severity};

use super::{
    Hindered,
    turn::{kept, own_id, put_beside},
};
use crate::ontario::{
    desk::{Desk, Said},
    focus::all_of_type,
    message::Checked,
    rules,
    task::set_based_on,
    telling::Happening,
};

pub(super) fn write(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    said: Said<'_>,
    part: Part,
) -> Result<AuditAction, Hindered> {
    let names = checked.names.given();
    desk.cases[case].add_names(names);
    let mut is_new = false;
    for at in all_of_type(&checked.index, &checked.header, "Communication") {
        let Some(resource) = checked.resource(at) else { continue };
        let id = own_id(&desk.cases[case], "Communication", resource);
        let (Some(mut letter), beside) = kept(&desk.cases[case], checked, at, &id) else { continue };
        let standing = &mut desk.cases[case];
        let what = format!("Communication/{id}");
        if !standing.course.stamps.takes_whole(&what, said.at) {
            continue;
        }
        set_based_on(&mut letter.tree, &standing.request_id());
        put_beside(standing, beside, said);
        standing.course.stamps.put_whole(&what, said.at);
        if standing.put(letter) {
            standing.touch();
            is_new = true;
            let happened = if part == Part::Source { Happening::Asked } else { Happening::Answered };
            desk.tell(case, happened, vec![what], said.by);
        }
    }
    if !is_new {
        desk.findings.push(Finding::new(&rules::UNCHANGED, "this was said before").with(Severity::Information));
        return Ok(AuditAction::Heard);
    }
    Ok(AuditAction::Wrote)
}
