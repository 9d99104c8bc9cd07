//! Rules that every message has to keep, whatever its guide. Source: FHIR R4 messaging, "Process Message".

use baton_fhir::rules;

rules! {
    /// The body came under the Content-Type of a form.
    BODY_FORM = "body-form", Structure, Malformed, "the body came under the Content-Type of a form";
    /// JSON came under the Content-Type of XML, or the reverse.
    BODY_FORMAT = "body-format", Structure, Malformed, "the body is not of the format that its Content-Type says";
    /// The operation takes a Bundle.
    BUNDLE = "msg-bundle", Invalid, Malformed, "the body of $process-message must be a Bundle";
    /// The operation does not use Parameters.
    PARAMETERS = "msg-parameters", Invalid, Malformed, "the Bundle came wrapped in Parameters, which this operation does not use";
    /// The number of entries has a limit.
    ENTRIES_MAX = "msg-entries-max", TooCostly, Unprocessable, "the message has too many entries";
}
