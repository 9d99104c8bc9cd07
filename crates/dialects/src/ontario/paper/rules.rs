//! What the papers of a referral have to keep to.
//! Source: seeds/000 "Update Referral" (over 100 kB by reference); Ontario guide 0.10.1, DocumentReference (one patient);
//! Ocean "attachments" (sizes and types); docs/dialects/ontario.md, "attachments".

use baton_fhir::rules;

rules! {
    /// Large papers do not travel inside the message.
    INLINE_MAX = "paper-inline-max", TooLong, Unprocessable, "a Binary or attachment over the limit of 100 kB has to be sent as a reference";
    /// What is inside can be read.
    BASE64 = "paper-base64", Value, Unprocessable, "the data of an attachment or Binary is not base64";
    /// Nobody's papers are programs.
    PROGRAM = "paper-program", Security, Unprocessable, "an attachment must not be a program or script";
    /// What can run in a browser is not called by another name.
    DISGUISED = "paper-disguised", Security, Unprocessable, "an attachment that a browser would run says that it is something else";
    /// The label says what is inside.
    MISMATCH = "paper-mismatch", Value, Unprocessable, "the content of an attachment is not of the type that it says";
    /// Partners expect certain types.
    TYPE = "paper-type", NotSupported, Unprocessable, "not every partner can read an attachment of this type";
    /// One paper has a size that partners take.
    SIZE_MAX = "paper-size-max", TooLong, Unprocessable, "an attachment is larger than partners are known to take";
    /// All papers together have a size that partners take.
    TOTAL_MAX = "paper-total-max", TooLong, Unprocessable, "the attachments are larger together than partners are known to take";
    /// A stranger's papers have been sent before.
    ONE_PATIENT = "one-patient", BusinessRule, Unprocessable, "every subject in the message has to be the one patient of the referral";
}
