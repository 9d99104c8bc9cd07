//! The rules that the Bundle of a message has to keep.
//! Source: FHIR R4 Bundle, constraints bdl-1 to bdl-12 and fullUrl; messaging, "Basic Messaging Assumptions".

use crate::finding::rules;

rules! {
    /// `Bundle.type` has to be there.
    TYPE_REQUIRED = "msg-type-required", Required, Malformed, "the Bundle does not say what it is for";
    /// `Bundle.type` has to be `message`.
    TYPE = "msg-type", Invalid, Malformed, "the Bundle is no message";
    /// A message has entries.
    ENTRY_REQUIRED = "msg-entry-required", Required, Malformed, "the message has no entries";
    /// bdl-12.
    HEADER_FIRST = "msg-header-first", Invariant, Malformed, "bdl-12: the first resource of a message has to be a MessageHeader";
    /// bdl-1.
    BDL_1 = "bdl-1", Invariant, Malformed, "bdl-1: a total belongs to searches and histories only";
    /// bdl-2.
    BDL_2 = "bdl-2", Invariant, Malformed, "bdl-2: entry.search belongs to searches only";
    /// bdl-3.
    BDL_3 = "bdl-3", Invariant, Malformed, "bdl-3: entry.request belongs to batches, transactions and histories only";
    /// bdl-4.
    BDL_4 = "bdl-4", Invariant, Malformed, "bdl-4: entry.response belongs to answers to batches and to histories only";
    /// bdl-5.
    BDL_5 = "bdl-5", Invariant, Malformed, "bdl-5: the entry has no resource";
    /// bdl-7.
    BDL_7 = "bdl-7", Invariant, Malformed, "bdl-7: two entries have the same fullUrl";
    /// bdl-8.
    BDL_8 = "bdl-8", Invariant, Malformed, "bdl-8: the fullUrl names a version";
    /// A fullUrl is an absolute URI.
    FULL_URL_RELATIVE = "fullurl-relative", Invalid, Malformed, "the fullUrl is not absolute";
    /// Every entry of a message has a fullUrl.
    FULL_URL_MISSING = "fullurl-missing", Required, Malformed, "the entry has no fullUrl";
    /// The fullUrl and the resource say the same.
    FULL_URL_MISMATCH = "id-fullurl-mismatch", Invalid, Malformed, "the fullUrl and the resource disagree";
}
