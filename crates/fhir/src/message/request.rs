//! A view of a ServiceRequest: what a referral asks for. Source: FHIR R4 ServiceRequest.

use crate::tree::Node;

/// A view of a ServiceRequest.
#[derive(Clone, Copy, Debug)]
pub struct Request<'t> {
    node: Node<'t>,
}

impl<'t> Request<'t> {
    /// Looks at a node as a ServiceRequest; nothing when it is another resource, or none.
    #[must_use]
    pub fn of(node: Node<'t>) -> Option<Request<'t>> {
        (node.resource_type() == Some("ServiceRequest")).then_some(Request { node })
    }

    /// The resource itself.
    #[must_use]
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// Where it is in its life.
    #[must_use]
    pub fn status(&self) -> Option<Node<'t>> {
        self.node.get("status")
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> Option<Node<'t>> {
        self.node.get("subject")
    }

    /// When it was last changed where it comes from, as it was written.
    #[must_use]
    pub fn last_updated(&self) -> Option<&'t str> {
        self.node.at(&["meta", "lastUpdated"]).and_then(Node::as_str)
    }
}
