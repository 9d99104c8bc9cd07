//! Who took part in an event: client, person, organisation and server.
//! Source: IHE BALP 1.1, agents of Create, Read, Update and Query.

use baton_exchange::audit::{Actor, AuditRecord};
use baton_fhir::tree::{NodeId, Tree};

use crate::{
    Mount,
    audit_event::{DICOM, add_coding, add_identifier},
};

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ROLE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleClass";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// Where data come from, and where they go.
const SOURCE: (&str, &str) = (DICOM, "110153");
const DESTINATION: (&str, &str) = (DICOM, "110152");

/// Adds all of them to an event with this code of an action.
pub(crate) fn add(tree: &mut Tree, event: NodeId, mount: &Mount, record: &AuditRecord, action: &str) {
    let agents = tree.add_array(event, "agent");
    // what is read flows the other way; of a search BALP looks at what is asked
    let (client, server) = if action == "R" { (DESTINATION, SOURCE) } else { (SOURCE, DESTINATION) };
    add_agents(tree, agents, record, action, client);
    let own = add_agent(tree, agents, server, &mount.base, Requestor::No);
    let network = tree.add_object(own, "network");
    tree.add_str(network, "address", host(&mount.base));
    tree.add_str(network, "type", "1");
}

/// Who asked: a partner's own system; or an app, with the person who let it act and the partner in whose name they do. The person is
/// named as apps know them, and only to that partner. Source: BALP 1.1, agents `client`, `user` and `userorg`.
fn add_agents(tree: &mut Tree, agents: NodeId, record: &AuditRecord, action: &str, client: (&str, &str)) {
    let partner = record.partner.as_ref().map_or("", |partner| partner.as_str());
    let Actor { account, app } = &record.actor;
    if record.actor.is_nobody() {
        let agent = add_agent(tree, agents, client, partner, Requestor::Yes);
        return add_no_address(tree, agent);
    }
    if let Some(app) = app {
        let agent = add_agent(tree, agents, client, app, Requestor::No);
        add_no_address(tree, agent);
    }
    if let Some(account) = account {
        // who changes something is where it comes from
        let role = if matches!(action, "C" | "U" | "D") { "AUT" } else { "IRCP" };
        add_agent(tree, agents, (PARTICIPATION, role), account, Requestor::Yes);
    }
    // one agent has to be the one that asked, also for those who are not told of the person
    let requestor = if account.is_none() { Requestor::Yes } else { Requestor::No };
    add_agent(tree, agents, (ROLE_CLASS, "PROV"), partner, requestor);
}

/// The address from which somebody called is not kept, and it is said that it is not.
fn add_no_address(tree: &mut Tree, agent: NodeId) {
    let network = tree.add_object(agent, "network");
    let address = tree.add_object(network, "_address");
    let extensions = tree.add_array(address, "extension");
    let extension = tree.add_object(extensions, "");
    tree.add_str(extension, "url", ABSENT);
    tree.add_str(extension, "valueCode", "unknown");
}

/// The name of a machine in an address.
fn host(base: &str) -> &str {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(authority, |(host, _)| host)
}

/// Whether an agent is the one that asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Requestor {
    Yes,
    No,
}

fn add_agent(tree: &mut Tree, agents: NodeId, (system, code): (&str, &str), who: &str, requestor: Requestor) -> NodeId {
    let agent = tree.add_object(agents, "");
    let kind = tree.add_object(agent, "type");
    let codings = tree.add_array(kind, "coding");
    add_coding(tree, codings, "", system, code);
    if !who.is_empty() {
        let reference = tree.add_object(agent, "who");
        add_identifier(tree, reference, who);
    }
    tree.add_bool(agent, "requestor", requestor == Requestor::Yes);
    agent
}
