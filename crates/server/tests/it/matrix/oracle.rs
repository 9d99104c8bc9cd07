//! What each caller hears at each place: said a second time, in words of its own, without a look at the program's rules.

use super::{
    may::{Door, Guide, Look, Sight},
    questions::{Question, Sought},
    who::Who,
    world::World,
};

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hears {
    /// One of these.
    pub status: &'static [u16],
    /// The referrals of which there may be something in the answer.
    pub tells_of: Vec<u32>,
    /// The records of a page, by their places, if these very ones are expected.
    pub page: Option<Vec<usize>>,
}

impl Hears {
    fn only(status: &'static [u16]) -> Hears {
        Hears { status, tells_of: Vec::new(), page: None }
    }
}

/// The methods that a place takes; nothing where there is none.
fn methods(guide: Guide, path: &str) -> Option<&'static [&'static str]> {
    let is_worked_on = guide == Guide::Ontario;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    Some(match segments[..] {
        ["metadata"] | [".well-known", "smart-configuration"] => &["GET", "HEAD"],
        ["launch"] => &["GET", "POST"],
        ["launch", _] => &["GET"],
        ["$process-message" | "$process-messages"] => &["POST"],
        ["$endpoint"] if is_worked_on => &["GET", "HEAD", "PUT", "DELETE"],
        ["$endpoint", _] if is_worked_on => &["POST"],
        ["$catch-up"] if is_worked_on => &["GET", "HEAD", "POST"],
        [] | ["$endpoint" | "$catch-up" | "nothing-here" | "MessageHeader" | "_history"] => return None,
        ["$endpoint", _] | [_, "$process-message" | "_history"] => return None,
        [_, _, "$binary"] if !is_worked_on => return None,
        ["Bundle"] if is_worked_on => &["PUT"],
        ["ServiceRequest"] if is_worked_on => &["GET", "HEAD", "PUT"],
        ["Appointment"] if is_worked_on => &["GET", "HEAD", "POST"],
        [_, "_search"] => &["POST"],
        ["Task" | "Appointment", _] if is_worked_on => &["GET", "HEAD", "PUT", "PATCH"],
        [_] | [_, _] | [_, _, "_history" | "$binary"] | [_, _, "_history", _] => &["GET", "HEAD"],
        _ => return None,
    })
}

/// What a caller hears.
pub fn hears(world: &World, who: Who, question: &Question) -> Hears {
    let (method, path) = (question.method, question.path.as_str());
    let Some(methods) = methods(world.guide, path) else {
        let is_batch = path.is_empty() && method == "POST";
        // the operation is named where it is not served, whatever the method
        return Hears::only(if is_batch { &[400] } else { &[404] });
    };
    if method == "OPTIONS" {
        return Hears::only(&[204]);
    }
    if !methods.contains(&method) {
        return Hears::only(&[405]);
    }
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments[..] {
        ["metadata" | ".well-known" | "MessageDefinition"] | [".well-known", _] => return Hears::only(&[200]),
        ["MessageDefinition", ..] => return Hears::only(&[404]),
        // pages for people: a token opens nothing there
        ["launch", ..] => return Hears::only(&[200, 303, 400, 403]),
        _ => {}
    }
    match who.door() {
        Door::Unknown => return Hears::only(&[401]),
        Door::Elsewhere => return Hears::only(&[403]),
        Door::Inside => {}
    }
    let is_read = matches!(method, "GET" | "HEAD");
    match segments[..] {
        ["$process-message" | "$process-messages"] => sent(who.sends()),
        ["Bundle" | "ServiceRequest"] if method == "PUT" => sent(who.sends()),
        ["Appointment"] if method == "POST" => sent(who.writes()),
        ["Task" | "Appointment", id] if !is_read && id != "_search" => sent(who.writes()),
        ["$catch-up"] if is_read && who.looks_after(true) => {
            let tells_of = if who.partner() == "target" { vec![2, 4] } else { Vec::new() };
            Hears { tells_of, ..Hears::only(&[200]) }
        }
        ["$endpoint" | "$catch-up", ..] if !who.looks_after(is_read) => Hears::only(&[403]),
        // of these two some have an endpoint that the operator has set up, which they do not change
        ["$endpoint", ..] => Hears::only(&[200, 204, 400, 404, 409, 415, 422]),
        ["$catch-up"] => Hears::only(&[400]),
        _ => read(world, who, question),
    }
}

/// An empty object is no resource and no message, whoever sends it.
fn sent(may: bool) -> Hears {
    Hears::only(if may { &[400, 404, 415, 422] } else { &[403] })
}

fn read(world: &World, who: Who, question: &Question) -> Hears {
    let (name, look) = question.look();
    let sight = who.sees(name, look);
    if sight == Sight::Nothing {
        return Hears::only(&[403]);
    }
    let view = who.view(world.guide, name, look);
    let is_seen = |at: usize| view.contains(&world.records[at].number);
    match (&question.sought, name) {
        // lines are about all patients
        (_, "AuditEvent") if matches!(sight, Sight::Patient(_)) => Hears::only(&[403]),
        (Sought::Line, _) if who.part(world.guide, 2).is_some() => Hears::only(&[200]),
        (_, "AuditEvent") => Hears::only(if look == Look::Search { &[200] } else { &[404] }),
        (_, "Nonsense") => Hears::only(&[404]),
        (Sought::Hanging, _) => Hears::only(&[400]),
        (Sought::Place | Sought::Line, _) => Hears::only(if look == Look::Search { &[200] } else { &[404] }),
        (Sought::Record(at), _) if is_seen(*at) => Hears { tells_of: view, ..Hears::only(&[200]) },
        (Sought::Paper(at), _) if is_seen(*at) && who.sees("Binary", Look::ById) != Sight::Nothing => {
            Hears { tells_of: view, ..Hears::only(&[200]) }
        }
        (Sought::Paper(at), _) if is_seen(*at) => Hears::only(&[403]),
        (Sought::Record(_) | Sought::Paper(_), _) => Hears::only(&[404]),
        (Sought::Cursor, _) => Hears { tells_of: view, ..Hears::only(&[200]) },
        (Sought::Page(records) | Sought::Total(records), _) => {
            let is_found = |at: &usize| {
                let record = &world.records[*at];
                // what names no patient is not searched for
                let is_about = record.names_patient || name == "Patient" || sight == Sight::All;
                is_seen(*at) && is_about
            };
            let page = records.iter().copied().filter(is_found).collect();
            Hears { tells_of: view, page: Some(page), ..Hears::only(&[200]) }
        }
    }
}
