//! A view of a MessageHeader. Source: FHIR R4 MessageHeader.

use crate::tree::{Kind, Node};

/// A view of a MessageHeader.
#[derive(Clone, Copy, Debug)]
pub struct Header<'t> {
    node: Node<'t>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'t> {
    /// `eventCoding`.
    Coding {
        /// Its code system.
        system: Option<&'t str>,
        /// Its code.
        code: Option<&'t str>,
    },
    /// `eventUri`.
    Uri(&'t str),
}

/// Something that the message is about.
#[derive(Clone, Copy, Debug)]
pub struct Focus<'t> {
    /// The Reference.
    pub node: Node<'t>,
    /// Where it leads; nothing for a logical reference.
    pub reference: Option<&'t str>,
}

/// A place that the message is for.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'t> {
    /// The destination.
    pub node: Node<'t>,
    /// Its address.
    pub endpoint: Option<&'t str>,
}

const RESPONSE_REQUEST: &str = "http://hl7.org/fhir/StructureDefinition/messageheader-response-request";

impl<'t> Header<'t> {
    /// Looks at a node as a MessageHeader; nothing when it is another resource, or none.
    #[must_use]
    pub fn of(node: Node<'t>) -> Option<Header<'t>> {
        (node.resource_type() == Some("MessageHeader")).then_some(Header { node })
    }

    /// The resource itself.
    #[must_use]
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// Its id: in plain FHIR, what the message is known by.
    #[must_use]
    pub fn id(&self) -> Option<&'t str> {
        self.node.str("id")
    }

    /// What happened. Where a faulty header says it twice, the coding counts.
    #[must_use]
    pub fn event(&self) -> Option<Event<'t>> {
        if let Some(coding) = self.event_coding() {
            return Some(Event::Coding { system: coding.str("system"), code: coding.str("code") });
        }
        self.node.str("eventUri").map(Event::Uri)
    }

    /// The Coding of what happened.
    #[must_use]
    pub fn event_coding(&self) -> Option<Node<'t>> {
        self.node.get("eventCoding").filter(|coding| coding.kind() == Kind::Object)
    }

    /// What it is about, in its order.
    pub fn focus(&self) -> impl Iterator<Item = Focus<'t>> + use<'t> {
        self.node.each("focus").map(|node| Focus { node, reference: node.str("reference") })
    }

    /// Whom it is for.
    pub fn destinations(&self) -> impl Iterator<Item = Destination<'t>> + use<'t> {
        self.node.each("destination").map(|node| Destination { node, endpoint: node.str("endpoint") })
    }

    /// What it answers, when it is an answer.
    #[must_use]
    pub fn response(&self) -> Option<Node<'t>> {
        self.node.get("response")
    }

    /// The canonical address of the rules that its sender has in mind.
    #[must_use]
    pub fn definition(&self) -> Option<Node<'t>> {
        self.node.get("definition")
    }

    /// When its sender wants an answer: `always`, `on-error`, `never` or `on-success`.
    #[must_use]
    pub fn response_request(&self) -> Option<&'t str> {
        let mut extensions = self.node.each("extension");
        extensions.find(|extension| extension.str("url") == Some(RESPONSE_REQUEST))?.str("valueCode")
    }
}
