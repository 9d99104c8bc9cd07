//! The rules about references.
//! Source: FHIR R4 references and Bundle, "Resolving references in Bundles"; invariant ref-1; Netsmart messages, payload.

use crate::finding::rules;

rules! {
    /// A reference whose target should be in the message and is not.
    DANGLING = "ref-dangling", NotFound, Unprocessable, "the target of the reference is not in the message";
    /// A reference to a contained resource that its container does not hold.
    CONTAINED_MISSING = "ref-1", Invariant, Malformed, "ref-1: the contained resource is missing";
    /// An absolute reference to another place, which is not read.
    ELSEWHERE = "ref-elsewhere", Informational, Unprocessable, "the reference leads out of the message and is not followed";
    /// A resource that the message does not need: nothing refers to it, or nothing that the header leads to.
    ORPHAN = "ref-orphan", BusinessRule, Unprocessable, "no reference makes the resource a part of the message";
}
