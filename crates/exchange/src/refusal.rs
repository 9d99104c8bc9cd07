//! Every way in which the rules say no. Status, code and words are the guide's, see the table of each dialect.

use crate::{
    pointer::Ods,
    referral::{Part, Stage},
};

/// A refusal. It holds what a guide needs to word it, and nothing personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody said who is calling, or what was shown is no token of ours.
    NotAuthenticated {
        /// Whether anything was shown.
        presented: bool,
    },
    /// The token was good once.
    TokenExpired,
    /// The token does not cover what is asked for.
    MissingScope {
        /// Scopes of which one is enough.
        needed: Vec<String>,
        /// What was granted.
        granted: Vec<String>,
    },
    /// The partner is not registered for this exchange.
    ExchangeForbidden,
    /// The place exists, the method does not.
    MethodNotAllowed {
        /// Methods that are served there, as in the header `Allow`.
        allow: &'static str,
    },
    /// There is nothing at this path.
    NoSuchRoute,
    /// The operation is called on a type or an instance, and is served for the system only.
    OperationNotHere,
    /// Something is posted to the base itself, as a batch, a transaction or a message would be.
    NoBatch,
    /// There is no such resource for this caller, whether or not others have one.
    NoSuchResource,
    /// No format that is served would be accepted.
    NotAcceptable {
        /// What was asked for.
        accept: String,
    },
    /// The body is in no format that is served.
    UnsupportedContentType {
        /// What it says it is.
        content_type: Option<String>,
    },
    /// The body is packed in a way that is not understood.
    UnsupportedEncoding,
    /// The body has more bytes than are taken.
    BodyTooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The body ended early.
    BodyIncomplete,
    /// The body took longer to arrive than is waited.
    BodyTooSlow,
    /// The body cannot be unpacked as it says.
    BodyNotInflatable,
    /// The head of the request is too large.
    HeadTooLarge,
    /// The request is not proper HTTP.
    RequestInvalid,
    /// A query parameter has a value that it cannot have.
    ParameterInvalid {
        /// Its name.
        name: String,
        /// What it should look like.
        expected: &'static str,
    },
    /// A query parameter that is not known here.
    ParameterUnsupported {
        /// Its name.
        name: String,
    },
    /// The asynchronous pattern is asked for, and no event has it.
    AsyncUnsupported,
    /// A place for a later answer is named, and there is no later answer.
    ResponseUrlWithoutAsync,
    /// Too much at once.
    TooManyRequests {
        /// When to come back.
        retry_after_secs: u32,
    },
    /// The message was received in another envelope.
    MessageResubmitted,
    /// The envelope's id was used for another message.
    EnvelopeReused,
    /// The message was received with other content.
    ContentChanged,
    /// The source has already submitted a referral with this ServiceRequest id.
    ReferralExists {
        /// That id.
        request_id: String,
    },
    /// The source has submitted no referral with this ServiceRequest id.
    UnknownReferral {
        /// That id.
        request_id: String,
    },
    /// The referral is about somebody else.
    OtherPatient,
    /// The message is older than what is stored.
    Outdated,
    /// The referral was cancelled.
    ReferralOver,
    /// The referral was withdrawn and its personal data cleared.
    Gone,
    /// The referral went on to another target; who was its target before has no say any more.
    FormerTarget,
    /// The caller's part in the referral does not allow it.
    NotYourPart {
        /// The part that may.
        needed: Part,
    },
    /// The event is not one that a system with the caller's roles sends.
    EventNotYours {
        /// The event.
        event: String,
    },
    /// The referral cannot become that from what it is.
    NoSuchMove {
        /// What it is.
        from: Stage,
        /// What it should become.
        to: Stage,
    },
    /// The resource is not at the version that the caller has seen.
    VersionOutdated,
    /// Several referrals have the identifier by which one is to be changed.
    SeveralReferrals,
    /// The address and the body name different things.
    AddressMismatch,
    /// The paper is not here, and its address leads to nobody from whom it may be fetched.
    PaperElsewhere,
    /// The partner that keeps the paper did not give it.
    PaperUnavailable {
        /// What it answered, if it did.
        status: Option<u16>,
    },
    /// The partner that keeps the paper gave more than is taken.
    PaperTooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// What came as the paper can harm who opens it.
    PaperHarmful,
    /// The system is not registered for what it asks.
    RoleMissing,
    /// There is no such pointer, or it was removed.
    NoSuchPointer,
    /// The system does not act for the organisation that answers, or is to answer, for the pointer.
    NotCustodian,
    /// The pointer was superseded or entered in error.
    NotCurrent,
    /// A pointer of this patient has, or had, this masterIdentifier.
    MasterIdentifierTaken,
    /// The pointer to be superseded does not exist.
    SupersedesNothing,
    /// The pointer to be superseded is about another patient.
    SupersedesOtherPatient,
    /// The pointer to be superseded is named by an identifier and has none.
    SupersedesUnidentified,
    /// The pointer to be superseded has another identifier than the one it is named by.
    SupersedesOtherIdentifier,
    /// Another organisation answers for the pointer to be superseded.
    SupersedesOtherCustodian {
        /// The organisation that the new pointer names.
        custodian: Ods,
    },
}
