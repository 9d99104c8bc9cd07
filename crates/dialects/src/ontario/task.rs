//! The Task "process-request": how a referral's target says where the referral is in its life.
//! Source: spec of Ontario, 7.2 and 8; guide 0.10.1 to 0.12, Task.

use baton_exchange::{id::ReferralId, referral::Stage, time::Timestamp};
use baton_fhir::tree::{Kind, Node, NodeId, Tree};

use super::{
    case::Case,
    keep::{Kept, copy_of, made_id, set_str},
};

const CODES: &str = "http://terminology.hl7.org/CodeSystem/v3-TaskOutcome";
const PROCESS_REQUEST: &str = "process-request";
/// Codes of the same Task: of the draft guide, and of one sender's consultations.
const SAME: [&str; 3] = [PROCESS_REQUEST, "perform-request", "process-request-consult"];

/// The id of the Task of a referral.
pub(super) fn task_id(referral: ReferralId) -> String {
    made_id(referral, &["Task", PROCESS_REQUEST])
}

/// The Task of a referral that was just sent.
pub(super) fn process_request(case: &Case, stage: Stage, at: Timestamp) -> Kept {
    let mut tree = Tree::resource("Task");
    let root = tree.root_id();
    let id = task_id(case.referral.id);
    tree.add_str(root, "id", &id);
    let based_on = tree.add_array(root, "basedOn");
    let reference = tree.add_object(based_on, "");
    tree.add_str(reference, "reference", &format!("ServiceRequest/{}", case.request_id()));
    tree.add_str(root, "status", stage.as_str());
    tree.add_str(root, "intent", "order");
    add_code(&mut tree, root);
    let request = case.request().map(|held| held.tree.root());
    let mut copy = |name: &str, node: Option<Node<'_>>| {
        if let Some(node) = node {
            tree.add_copy(root, name, node);
        }
    };
    copy("for", request.and_then(|request| request.get("subject")));
    tree.add_str(root, "authoredOn", &at.to_string());
    tree.add_str(root, "lastModified", &at.to_string());
    if let Some(performer) = request.and_then(|request| request.each("performer").next()) {
        tree.add_copy(root, "owner", performer);
    }
    if let Some(security) = request.and_then(|request| request.at(&["meta", "security"])) {
        let meta = tree.add_object(root, "meta");
        tree.add_copy(meta, "security", security);
    }
    Kept { resource_type: "Task".to_owned(), id, tree }
}

/// The code of the Task.
pub(super) fn add_code(tree: &mut Tree, task: NodeId) {
    let code = tree.add_object(task, "code");
    let codings = tree.add_array(code, "coding");
    let coding = tree.add_object(codings, "");
    tree.add_str(coding, "system", CODES);
    tree.add_str(coding, "code", PROCESS_REQUEST);
}

/// What a Task says of the referral; nothing when its status is no status.
pub(super) fn stage(task: Node<'_>) -> Option<Stage> {
    Stage::named(task.str("status")?)
}

/// Whether it is the Task that moves the referral, and no other one, such as a request for information.
pub(super) fn is_process_request(task: Node<'_>) -> bool {
    let Some(code) = task.get("code") else { return true };
    let mut codes = code.each("coding").filter_map(|coding| coding.str("code")).peekable();
    codes.peek().is_none() || codes.any(|code| SAME.contains(&code))
}

/// Whether it is written as the draft guide has it.
pub(super) fn is_draft(task: Node<'_>) -> bool {
    let codes = task.get("code").into_iter().flat_map(|code| code.each("coding"));
    task.str("intent") != Some("order") || !codes.filter_map(|it| it.str("code")).any(|it| it == PROCESS_REQUEST)
}

/// The Task of a referral as its target says it now: what it says, with what does not change, and with all identifiers that
/// the Task ever had. Whoever owned it before is not taken over: that would depend on what arrived before.
pub(super) fn said(case: &Case, said: &Tree, at: Timestamp) -> Kept {
    let id = task_id(case.referral.id);
    let mut tree = copy_of(said.root());
    set_str(&mut tree, "id", &id);
    set_str(&mut tree, "intent", "order");
    if is_draft(said.root()) && !is_consult(said.root()) {
        if let Some(code) = tree.root().get("code").map(Node::id) {
            tree.remove(code);
        }
        let root = tree.root_id();
        add_code(&mut tree, root);
    }
    set_based_on(&mut tree, &case.request_id());
    if let Some(before) = case.get("Task", &id).map(|held| held.tree.root()) {
        for name in ["for", "authoredOn"] {
            if let Some(node) = before.get(name).filter(|_| tree.root().get(name).is_none()) {
                tree.add_copy(tree.root_id(), name, node);
            }
        }
        join_identifiers(&mut tree, before);
    }
    if tree.root().get("lastModified").is_none() {
        tree.add_str(tree.root_id(), "lastModified", &at.to_string());
    }
    Kept { resource_type: "Task".to_owned(), id, tree }
}

fn is_consult(task: Node<'_>) -> bool {
    let codes = task.get("code").into_iter().flat_map(|code| code.each("coding"));
    codes.filter_map(|it| it.str("code")).any(|it| it == "process-request-consult")
}

/// Makes a resource one of the referral's.
pub(super) fn set_based_on(tree: &mut Tree, request_id: &str) {
    if let Some(old) = tree.root().get("basedOn").map(Node::id) {
        tree.remove(old);
    }
    let based_on = tree.loose(Kind::Array, "");
    let reference = tree.loose(Kind::Object, "");
    tree.add_str(reference, "reference", &format!("ServiceRequest/{request_id}"));
    tree.attach(based_on, "", reference);
    let before = tree.root().get("status").map(Node::id);
    tree.insert(tree.root_id(), "basedOn", based_on, before);
}

/// Adds the identifiers that another version of a resource has and this one has not. The first one stays the first: it is the
/// one by which its source knows it.
pub(super) fn add_identifiers(tree: &mut Tree, other: Node<'_>) {
    add_missing(tree, other, 1);
}

/// Adds them where none counts more than the others.
pub(super) fn join_identifiers(tree: &mut Tree, other: Node<'_>) {
    add_missing(tree, other, 0);
}

/// Adds them, and sorts all but the first so many, so that the order in which messages arrive leaves no trace.
fn add_missing(tree: &mut Tree, other: Node<'_>, fixed: usize) {
    let is_same =
        |one: Node<'_>, two: Node<'_>| one.str("system") == two.str("system") && one.str("value") == two.str("value");
    let missing: Vec<Node<'_>> = {
        let own = tree.root();
        other.each("identifier").filter(|it| !own.each("identifier").any(|mine| is_same(mine, *it))).collect()
    };
    if missing.is_empty() {
        return;
    }
    let list = identifier_list(tree);
    for identifier in missing {
        tree.add_copy(list, "", identifier);
    }
    sort_identifiers(tree, fixed);
}

fn identifier_list(tree: &mut Tree) -> NodeId {
    let list = tree.root().get("identifier").map(Node::id);
    list.unwrap_or_else(|| tree.add_array(tree.root_id(), "identifier"))
}

/// Sorts the identifiers of a resource by system and value, all but the first so many.
fn sort_identifiers(tree: &mut Tree, fixed: usize) {
    let Some(list) = tree.root().get("identifier").map(Node::id) else { return };
    let key = |it: &Node<'_>| {
        let text = |name: &str| it.str(name).unwrap_or_default().to_owned();
        (text("system"), text("value"), baton_fhir::canonical::content_hash(*it))
    };
    let mut others: Vec<Node<'_>> = tree.root().each("identifier").skip(fixed).collect();
    others.sort_by_cached_key(key);
    let copies: Vec<Tree> = others.iter().map(|it| copy_of(*it)).collect();
    let old: Vec<NodeId> = others.iter().map(|it| it.id()).collect();
    old.into_iter().for_each(|it| tree.remove(it));
    for copy in &copies {
        tree.add_copy(list, "", copy.root());
    }
}

/// Puts identifiers of one system in the place of those that a resource has of it.
pub(super) fn set_identifiers(tree: &mut Tree, system: &str, of: Node<'_>) {
    let is_of_system = |it: &Node<'_>| it.str("system").unwrap_or_default() == system;
    let old: Vec<NodeId> = tree.root().each("identifier").filter(is_of_system).map(Node::id).collect();
    old.into_iter().for_each(|it| tree.remove(it));
    let list = identifier_list(tree);
    for identifier in of.each("identifier").filter(is_of_system) {
        tree.add_copy(list, "", identifier);
    }
    sort_identifiers(tree, 0);
}
