//! What a message is to us, given what we remember.

use super::{Arrival, Identity, Known, Receipt, arrival};
use crate::refusal::Refusal;

/// What to do with a message that may be processed or has been.
#[derive(Clone, Copy, Debug)]
pub enum Arrived<'k> {
    /// It is new: go on.
    New,
    /// It was answered: give the same answer again.
    Repeat(&'k Receipt),
}

/// Decides what a message is. A message of a guide without message identity is known by its envelope alone.
/// Source: FHIR R4 messaging, "Reliable Messaging Cache"; docs/dialects/netsmart.md.
///
/// # Errors
/// [`Refusal::MessageResubmitted`], [`Refusal::EnvelopeReused`] or [`Refusal::ContentChanged`].
pub fn decide<'k>(identity: &Identity, known: &'k Known) -> Result<Arrived<'k>, Refusal> {
    let envelope = known.by_envelope.as_ref();
    let message = if identity.message.is_some() { known.by_message.as_ref() } else { envelope };
    match (arrival(message.is_some(), envelope.is_some()), envelope, message) {
        (Arrival::Repeat, Some(receipt), Some(other)) if receipt.id == other.id => repeat(identity, receipt),
        // both ids are known, each from another message
        (Arrival::Repeat | Arrival::EnvelopeReused, _, _) => Err(Refusal::EnvelopeReused),
        (Arrival::Resubmitted, _, _) => Err(Refusal::MessageResubmitted),
        (Arrival::New, _, _) => Ok(Arrived::New),
    }
}

fn repeat<'k>(identity: &Identity, receipt: &'k Receipt) -> Result<Arrived<'k>, Refusal> {
    if receipt.identity.content == identity.content {
        Ok(Arrived::Repeat(receipt))
    } else {
        Err(Refusal::ContentChanged)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrived, decide};
    use crate::{
        id::{Home, MessageId, ReferralId},
        message::{ContentHash, Identity, Known, Receipt, ReceiptKey},
        refusal::Refusal,
        time::Timestamp,
    };

    fn identity(envelope: u8, message: Option<u8>, content: u8) -> Identity {
        let key = |byte| ReceiptKey([byte; 16]);
        Identity { envelope: key(envelope), message: message.map(key), content: ContentHash([content; 32]) }
    }

    fn receipt(identity: Identity) -> Receipt {
        Receipt {
            id: MessageId(identity.envelope.0),
            home: Home(1),
            exchange: "netsmart".into(),
            sender: "clinic-a".into(),
            referral: ReferralId([1; 16]),
            event: "e".to_owned(),
            identity,
            request: Vec::new(),
            status: 200,
            answer: Vec::new(),
            received: Timestamp(0),
            expires: Timestamp(1),
        }
    }

    /// Sends a message to somebody who remembers others.
    fn check(remembered: &[Identity], now: &Identity, expected: Result<&str, Refusal>) {
        let find = |fits: &dyn Fn(&Identity) -> bool| remembered.iter().find(|i| fits(i)).cloned().map(receipt);
        let known = Known {
            by_envelope: find(&|identity| identity.envelope == now.envelope),
            by_message: find(&|identity| identity.message.is_some() && identity.message == now.message),
            ..Known::default()
        };
        let decided = decide(now, &known).map(|arrived| match arrived {
            Arrived::New => "new",
            Arrived::Repeat(_) => "repeat",
        });
        assert_eq!(decided, expected);
    }

    #[test]
    fn with_both_ids_the_table_of_r4_holds() {
        let first = identity(1, Some(1), 1);
        check(std::slice::from_ref(&first), &identity(2, Some(2), 2), Ok("new"));
        check(std::slice::from_ref(&first), &first, Ok("repeat"));
        check(std::slice::from_ref(&first), &identity(2, Some(1), 1), Err(Refusal::MessageResubmitted));
        check(std::slice::from_ref(&first), &identity(1, Some(2), 1), Err(Refusal::EnvelopeReused));
        check(std::slice::from_ref(&first), &identity(1, Some(1), 2), Err(Refusal::ContentChanged));
    }

    #[test]
    fn ids_of_two_messages_are_no_repeat_of_either() {
        let remembered = [identity(1, Some(1), 1), identity(2, Some(2), 2)];
        check(&remembered, &identity(1, Some(2), 1), Err(Refusal::EnvelopeReused));
    }

    #[test]
    fn where_the_header_is_no_identity_the_envelope_decides() {
        let first = identity(1, None, 1);
        check(std::slice::from_ref(&first), &identity(2, None, 1), Ok("new"));
        check(std::slice::from_ref(&first), &first, Ok("repeat"));
        check(std::slice::from_ref(&first), &identity(1, None, 2), Err(Refusal::ContentChanged));
    }
}
