//! Compares a message with what we remember.

/// What a message is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Never seen: process it.
    New,
    /// Seen in this very envelope: the reply was lost, send it again.
    Repeat,
    /// Seen in another envelope: redo or refuse, as the guide says.
    Resubmitted,
    /// The envelope was used for another message: a fault of the sender.
    EnvelopeReused,
}

/// Compares a message with what we remember. Source: FHIR R4 messaging, "Reliable Messaging Cache".
#[must_use]
pub fn arrival(message_seen: bool, envelope_seen: bool) -> Arrival {
    match (message_seen, envelope_seen) {
        (false, false) => Arrival::New,
        (true, true) => Arrival::Repeat,
        (true, false) => Arrival::Resubmitted,
        (false, true) => Arrival::EnvelopeReused,
    }
}
