//! Answers to what was accepted, in the shape that its sender wants.
//! Source: spec of Ontario, 1.5; seeds/003, "Message Responses".

use baton_fhir::{
    finding::{Finding, Severity},
    outcome::{add_issues, outcome},
    reference::Index,
    tree::{Node, NodeId, Tree},
};

use super::{
    case::Case,
    compose::{self, Letter},
    desk::Desk,
    directory::Shape,
    event::Meant,
    events::{Meaning, Reply},
    message::Checked,
    rules,
    settle::Effect,
    task::task_id,
    tell::speaker,
    thin::{self, Says},
};

/// The answer to a message: its status and what it says; nothing where the status says it all.
pub(super) fn answer(
    desk: &Desk<'_>,
    checked: &Checked<'_>,
    meant: Option<Meant>,
    effect: &Effect,
) -> (u16, Option<Tree>) {
    let registered = checked.registered(desk.mount);
    let wanted = registered.and_then(|registered| registered.reply);
    let row = meant.and_then(|meant| meant.row);
    let shape = shape(row.map_or(Reply::Outcome, |row| row.answer), wanted);
    let case = effect.case.map(|place| &desk.cases[place]);
    match (shape, case, meant.map(|meant| meant.meaning)) {
        (Given::Status, _, _) => (204, None),
        (Given::Launch, Some(case), _) => (200, Some(launch(desk, checked, case))),
        (Given::Echo, Some(case), Some(Meaning::Submit | Meaning::Launch)) => (200, Some(echo(desk, checked, case))),
        (Given::Message, Some(case), Some(meaning @ (Meaning::Submit | Meaning::Launch | Meaning::Revoke))) => {
            let event = row.and_then(|row| row.reply.as_deref()).unwrap_or("notify-add-process-request");
            (200, Some(message(desk, checked, case, event, meaning)))
        }
        (Given::Echo | Given::Message | Given::Outcome | Given::Launch, _, _) => (200, Some(outcome(&said(desk)))),
    }
}

/// A shape that is given.
#[derive(Clone, Copy)]
enum Given {
    Echo,
    Message,
    Outcome,
    Status,
    Launch,
}

/// The event's own shape, unless the partner wants another. A launch needs its address, whatever is wanted.
fn shape(own: Reply, wanted: Option<Shape>) -> Given {
    match (own, wanted) {
        (Reply::Launch, _) => Given::Launch,
        (_, Some(Shape::Status)) => Given::Status,
        // a notice is acknowledged: there is nothing to echo
        (Reply::Outcome, _) | (_, Some(Shape::Outcome)) => Given::Outcome,
        (_, Some(Shape::Echo)) | (Reply::Echo, None) => Given::Echo,
        (_, Some(Shape::Message)) | (Reply::Message, None) => Given::Message,
    }
}

/// What an OperationOutcome says: the findings, or that there are none.
fn said(desk: &Desk<'_>) -> Vec<Finding> {
    if desk.findings.is_empty() {
        vec![Finding::new(&rules::TAKEN, "nothing to remark").with(Severity::Information)]
    } else {
        desk.findings.clone()
    }
}

/// The submission again, as a Bundle that is no message, with the Task. Source: seeds/003.
fn echo(desk: &Desk<'_>, checked: &Checked<'_>, case: &Case) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", &desk.cx.ids.answer_bundle);
    tree.add_str(root, "type", "collection");
    tree.add_str(root, "timestamp", &desk.cx.now.to_string());
    let list = tree.add_array(root, "entry");
    for entry in checked.index.entries() {
        if entry.resource_type().is_some_and(|name| name != "MessageHeader") {
            let copy = tree.add_object(list, "");
            for name in ["fullUrl", "resource"] {
                if let Some(member) = entry.node.get(name) {
                    tree.add_copy(copy, name, member);
                }
            }
        }
    }
    add_task(&mut tree, list, desk, checked, case);
    add_outcome(&mut tree, list, desk);
    tree
}

/// The Task of a new referral, in terms of the sender's own message.
fn add_task(tree: &mut Tree, list: NodeId, desk: &Desk<'_>, checked: &Checked<'_>, case: &Case) {
    let id = task_id(case.referral.id);
    let Some(task) = case.get("Task", &id) else { return };
    let entry = tree.add_object(list, "");
    tree.add_str(entry, "fullUrl", &format!("{}/Task/{id}", desk.mount.base));
    let copy = tree.add_object(entry, "resource");
    let request = checked.request();
    for member in task.tree.root().children() {
        let name = member.name().unwrap_or_default();
        match (name, request) {
            ("basedOn", Some(at)) => add_based_on(tree, copy, &checked.index, at),
            ("for", Some(at)) => add_own(tree, copy, "for", checked.resource(at).and_then(|it| it.get("subject"))),
            ("owner", Some(at)) => {
                add_own(tree, copy, "owner", checked.resource(at).and_then(|it| it.each("performer").next()));
            }
            _ => _ = tree.add_copy(copy, name, member),
        }
    }
}

fn add_own(tree: &mut Tree, task: NodeId, name: &str, reference: Option<Node<'_>>) {
    if let Some(reference) = reference {
        tree.add_copy(task, name, reference);
    }
}

fn add_based_on(tree: &mut Tree, task: NodeId, index: &Index<'_>, request: usize) {
    let entry = index.entries()[request];
    let own = || entry.resource.and_then(|it| it.str("id")).map(|id| format!("ServiceRequest/{id}"));
    let based_on = tree.add_array(task, "basedOn");
    let reference = tree.add_object(based_on, "");
    if let Some(text) = entry.full_url.map(str::to_owned).or_else(own) {
        tree.add_str(reference, "reference", &text);
    }
    if let Some(identifier) = entry.resource.and_then(|it| it.each("identifier").next()) {
        let copy = tree.add_object(reference, "identifier");
        for name in ["system", "value"] {
            if let Some(member) = identifier.get(name) {
                tree.add_copy(copy, name, member);
            }
        }
    }
}

fn add_outcome(tree: &mut Tree, list: NodeId, desk: &Desk<'_>) {
    if desk.findings.is_empty() {
        return;
    }
    let entry = tree.add_object(list, "");
    tree.add_str(entry, "fullUrl", &format!("urn:uuid:{}", desk.cx.ids.answer_outcome));
    let resource = tree.add_object(entry, "resource");
    tree.add_str(resource, "resourceType", "OperationOutcome");
    add_issues(tree, resource, &desk.findings);
}

/// A message that answers. Source: FHIR R4 MessageHeader, `response`.
fn message(desk: &Desk<'_>, checked: &Checked<'_>, case: &Case, event: &str, meaning: Meaning) -> Tree {
    let source = checked.header.node().get("source");
    let to = |name: &str| source.and_then(|source| source.str(name)).unwrap_or_default();
    let at = desk.cx.now.to_string();
    let (from_id, from_name) = answerer(desk, case);
    let quoted = checked.header.id().or(checked.bundle.id()).unwrap_or_default();
    let letter = Letter {
        version: desk.version_of(&checked.sender),
        event,
        focus: vec![format!("Task/{}", task_id(case.referral.id))],
        to: (to("name"), to("endpoint")),
        from: (&from_id, &from_name),
        bundle_id: &desk.cx.ids.answer_bundle,
        header_id: &desk.cx.ids.answer_header,
        at: &at,
        answers: Some(quoted),
        beside: Vec::new(),
    };
    let mut tree = match meaning {
        Meaning::Revoke => thin::compose(desk.mount, case, &letter, Says::Withdrawn),
        _ => compose::compose(desk.mount, case, &letter),
    };
    refer_to_outcome(&mut tree, desk);
    tree
}

/// Who answers: the target, in whose name the exchange takes the referral.
fn answerer(desk: &Desk<'_>, case: &Case) -> (String, String) {
    match case.course.target() {
        Some(target) => speaker(desk, target),
        None => ("baton".to_owned(), "Baton".to_owned()),
    }
}

fn refer_to_outcome(tree: &mut Tree, desk: &Desk<'_>) {
    if desk.findings.is_empty() {
        return;
    }
    let header = tree.root().each("entry").next().and_then(|entry| entry.get("resource"));
    let response = header.and_then(|header| header.get("response")).map(Node::id);
    if let Some(response) = response {
        let details = tree.add_object(response, "details");
        tree.add_str(details, "reference", &format!("urn:uuid:{}", desk.cx.ids.answer_outcome));
    }
    if let Some(list) = tree.root().get("entry").map(Node::id) {
        add_outcome(tree, list, desk);
    }
}

/// The submission again, with the address at which it is finished. No page says where in the Bundle it stands.
fn launch(desk: &Desk<'_>, checked: &Checked<'_>, case: &Case) -> Tree {
    let mut tree = echo(desk, checked, case);
    let Some(list) = tree.root().get("entry").map(Node::id) else { return tree };
    let entry = tree.add_object(list, "");
    let resource = tree.add_object(entry, "resource");
    tree.add_str(resource, "resourceType", "Parameters");
    let parameters = tree.add_array(resource, "parameter");
    let parameter = tree.add_object(parameters, "");
    tree.add_str(parameter, "name", "LaunchString");
    tree.add_str(parameter, "valueString", &format!("{}/launch/{}", desk.mount.base, case.request_id()));
    tree
}
