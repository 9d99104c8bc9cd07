//! What a rule decided: what must still be true, and what to write when it is.

use crate::{
    access::AccessChange,
    audit::{AuditRecord, Redacted},
    id::{Home, MessageId, ReferralId},
    message::{Orphan, Receipt, ReceiptKey},
    notice::Notice,
    pointer::{MasterKey, Pointer, PointerId, SubjectKey},
    referral::Referral,
    resource::{IndexKey, NewResource},
    time::Timestamp,
};

/// Something that was seen when the decision was made and must still hold when it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assert {
    /// No receipt has any of these keys, neither as its envelope nor as its message. Expired receipts do not count.
    NoReceipt {
        /// The keys of the message to come.
        keys: Vec<ReceiptKey>,
        /// The moment that decides what is expired.
        now: Timestamp,
    },
    /// The source has no referral with this ServiceRequest id.
    NoReferral {
        /// Where it would live.
        home: Home,
        /// The source's ServiceRequest id.
        request_id: String,
    },
    /// No referral has any of these names but those that were seen, and no orphan has come under them that was not seen.
    /// A name of very many referrals is a name of none of them, expired orphans do not count, and when as many referrals or
    /// orphans were seen as are ever shown, others may be there.
    NoNames {
        /// Where it would live.
        home: Home,
        /// Keys of identifiers.
        names: Vec<IndexKey>,
        /// Referrals that were seen.
        seen: Vec<ReferralId>,
        /// Orphans that were seen.
        orphans: Vec<MessageId>,
        /// The moment that decides what is expired.
        now: Timestamp,
    },
    /// The referral is still at this version.
    ReferralAt {
        /// Where it lives.
        home: Home,
        /// Which one.
        id: ReferralId,
        /// The version that was seen.
        version: u32,
    },
    /// No pointer of the patient has, or had, this masterIdentifier.
    NoPointer {
        /// Where the patient's pointers live.
        home: Home,
        /// The patient.
        subject: SubjectKey,
        /// The masterIdentifier.
        master: MasterKey,
    },
    /// The pointer is still at this version.
    PointerAt {
        /// Where it lives.
        home: Home,
        /// Which one.
        id: PointerId,
        /// The version that was seen.
        version: u32,
    },
}

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Remembers a message and its answer.
    PutReceipt(Receipt),
    /// Writes a referral, new or in its next version.
    PutReferral(Referral),
    /// Makes these the current resources of a referral, in full: what is not among them is no longer current and
    /// stays in the history.
    ReplaceResources {
        /// Where it lives.
        home: Home,
        /// Whose resources they are.
        referral: ReferralId,
        /// When they were accepted.
        at: Timestamp,
        /// All of them.
        resources: Vec<NewResource>,
    },
    /// Makes these the current versions of resources of a referral, and some of its resources no longer current. All others
    /// stay as they are.
    PutResources {
        /// Where it lives.
        home: Home,
        /// Whose resources they are. Nothing else in this home has one of their ids.
        referral: ReferralId,
        /// When they were accepted.
        at: Timestamp,
        /// Those that are new or changed.
        resources: Vec<NewResource>,
        /// Type and id of those that are no longer part of it. They stay in the history.
        left_out: Vec<(String, String)>,
    },
    /// Gives a referral names by which it is found, besides those that it has. A name may belong to several referrals.
    PutNames {
        /// Where it lives.
        home: Home,
        /// Whose names they are.
        referral: ReferralId,
        /// Keys of identifiers.
        names: Vec<IndexKey>,
    },
    /// Keeps a message until its referral comes. One that is kept already stays as it is.
    PutOrphan(Orphan),
    /// Forgets messages whose referral came.
    DropOrphans {
        /// Where they are kept.
        home: Home,
        /// Which.
        ids: Vec<MessageId>,
    },
    /// Clears all personal data of a referral: resources and their versions, search keys, receipts, orphans with its names,
    /// bodies of notices that are not about the clearing, and the key that all these were sealed with. Its row, its names, its
    /// parties and the ids of its resources stay, so that it is known that it was here. What the batch writes for the same
    /// referral besides is not cleared.
    Erase {
        /// Where it lives.
        home: Home,
        /// Which one.
        referral: ReferralId,
    },
    /// Writes a pointer, new or in its next version.
    PutPointer(Pointer),
    /// Writes a pointer that was made before, elsewhere or in another store, in whatever version and state it is. Nothing may
    /// have its id or its masterIdentifier.
    AdoptPointer(Pointer),
    /// Queues a notice.
    PutNotice(Notice),
    /// Drops what is personal in lines of the audit that are in its tree, and keeps what proves them without it. The commit is
    /// outdated when one of them is not, or has lost it before.
    Redact(Vec<Redacted>),
    /// Adds a line to the audit.
    PutAudit(AuditRecord),
    /// Writes who may do what.
    Access(AccessChange),
    /// Forgets receipts' answers, tokens and tickets that expired before a moment. Referrals and their versions stay.
    ForgetExpired(Timestamp),
}

/// What to write, and under which conditions. All of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What must still be true.
    pub asserts: Vec<Assert>,
    /// What to write then.
    pub changes: Vec<Change>,
}
