//! The guide's own rules, beside those that every FHIR message has to keep.
//! Source: spec of Ontario, 1.1 to 1.7, 5 and 9.2; docs/dialects/ontario.md.

use baton_fhir::rules;

rules! {
    /// A message says what happened.
    EVENT_MISSING = "evt-missing", Required, Malformed, "the MessageHeader names no event";
    /// The same word in another guide's system means something else.
    EVENT_SYSTEM = "evt-system", CodeInvalid, Unprocessable, "the event is of another code system than the guide's";
    /// Nobody defined the event.
    EVENT_UNKNOWN = "on-event-unknown", NotSupported, Unprocessable, "the event is not known and has no effect";
    /// The event has another spelling in the sender's version.
    EVENT_SPELLING = "evt-spelling", CodeInvalid, Unprocessable, "the event is spelt in another way than the sender's version of the guide does";
    /// Senders have to hear that an event is of no use here, and that it is no error.
    EVENT_UNUSED = "evt-unused", Informational, Unprocessable, "the event is known and has no effect here";
    /// The header has to be found.
    HEADER = "msg-header", Required, Malformed, "there is no MessageHeader";
    /// The focus says what the message is about.
    FOCUS = "on-focus", Required, Unprocessable, "the focus of the MessageHeader does not lead to what the event is about";
    /// Old messages name their focus by identifier alone.
    FOCUS_LOGICAL = "on-focus-logical", Structure, Unprocessable, "the focus of the MessageHeader has no reference: the resource was found by its type";
    /// A referral is asked for by a ServiceRequest.
    REQUEST = "msg-service-request", Required, Unprocessable, "the message has no ServiceRequest";
    /// Whoever asks has to be known.
    REQUESTER = "msg-requester", Required, Unprocessable, "the ServiceRequest names no requester";
    /// A referral is about the message's Patient.
    SUBJECT = "on-subject", BusinessRule, Unprocessable, "the subject of the ServiceRequest is not a Patient of the message";
    /// A message says which referral it is about.
    UNNAMED = "msg-unnamed", Required, Unprocessable, "the message does not say which referral it is about";
    /// One sender writes the pipe of a profile's version in this way.
    PROFILE_ESCAPED = "wire-profile", Value, Unprocessable, "the pipe in meta.profile is percent-encoded: write | instead of %7C";
    /// A Coding without code says nothing to a program.
    CODING = "wire-coding", Incomplete, Unprocessable, "a Coding has a display and no code";
    /// An identifier without value names nobody.
    IDENTIFIER = "wire-identifier", Incomplete, Unprocessable, "an Identifier has no value";
    /// app-3.
    APPOINTMENT_TIME = "app-3", Invariant, Unprocessable, "app-3: only a proposed, cancelled or waitlisted Appointment may have no start and end";
    /// A Task of the draft guide.
    TASK_DRAFT = "wire-task", Value, Unprocessable, "a Task of this kind has the intent order and the code process-request";
    /// The code of a Task's state.
    TASK_STATUS = "task-status", CodeInvalid, Malformed, "the Task has no status that FHIR knows";
    /// What arrives late does not turn back what is there.
    STALE = "msg-stale", Informational, Unprocessable, "something newer was said before: nothing was changed by this";
    /// What says nothing new.
    UNCHANGED = "msg-unchanged", Informational, Unprocessable, "nothing new: what the message says is there already";
    /// Kept until its referral comes.
    ORPHAN = "msg-orphan", NotFound, Unprocessable, "no such referral is known here: the message is kept and takes effect when the referral comes";
    /// The referral of a resource cannot be changed to another.
    BASED_ON = "work-based-on", Required, Unprocessable, "the resource does not say on which ServiceRequest here it is based";
    /// What belongs to one referral is not put into another.
    OTHER_REQUEST = "work-other-request", BusinessRule, Unprocessable, "the resource belongs to another ServiceRequest";
    /// The resource in the body is the one in the address.
    RESOURCE = "work-resource", Value, Malformed, "the body is not the resource that the address names";
    /// A patch cannot be applied.
    PATCH = "work-patch", Processing, Unprocessable, "the patch cannot be applied";
    /// What only Baton or the source says.
    TASK_FIXED = "work-fixed", BusinessRule, Unprocessable, "this element of the Task does not change";
    /// All is well.
    TAKEN = "msg-taken", Informational, Unprocessable, "the message was accepted";
    /// Test data.
    TEST_DATA = "msg-test-data", Informational, Unprocessable, "the message is marked as test data: it stays out of work lists and counts";
}
