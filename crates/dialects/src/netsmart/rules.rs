//! The guide's own rules, beside those that every FHIR message has to keep.
//! Source: Netsmart messages, "Payload"; docs/dialects/netsmart.md, "event and contents" and "updates".

use baton_fhir::rules;

rules! {
    /// An answer has to quote an id.
    BUNDLE_ID = "msg-id", Required, Malformed, "the message has no id that an answer could quote";
    /// In plain FHIR the header's id is the message's.
    HEADER_ID = "msg-header-id", Required, Malformed, "the MessageHeader has no id";
    /// A request answers nothing.
    RESPONSE = "msg-response", BusinessRule, Unprocessable, "the message says that it is an answer: none is expected here";
    /// The focus says what the message is about.
    FOCUS_REQUIRED = "msg-focus", Required, Unprocessable, "the MessageHeader has no focus";
    /// It is about the ServiceRequest.
    FOCUS_REQUEST = "msg-focus-request", BusinessRule, Unprocessable, "the focus of the MessageHeader leaves out the ServiceRequest";
    /// Messages for others are not taken.
    DESTINATION = "msg-destination", BusinessRule, Unprocessable, "the message is addressed to another host";
    /// The event is one of the guide's.
    EVENT = "evt-unknown", NotSupported, Unprocessable, "Unknown message event";
    /// The payload table is closed.
    UNLISTED = "evt-unlisted-resource", NotSupported, Unprocessable, "the event does not list this type of resource";
    /// A sender that asks for other rules than these is refused.
    DEFINITION = "evt-definition", NotSupported, Unprocessable, "the MessageHeader names a definition that is not known here";
    /// A referral that is over cannot be opened.
    STATUS = "sub-status", BusinessRule, Unprocessable, "a referral cannot be opened in this status";
    /// An update says which referral it is about.
    UPDATE_ID = "upd-id", Required, Unprocessable, "the ServiceRequest of an update needs the id that it was submitted with";
    /// The referral is about the message's Patient.
    SUBJECT = "msg-subject", BusinessRule, Unprocessable, "the subject of the ServiceRequest is not the Patient of the message";
}
