//! By which way something comes in. All ways lead to the same rules.

use baton_exchange::{id::ReferralId, time::Timestamp};

/// How something was sent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Way {
    /// `POST {base}/$process-message`
    #[default]
    Operation,
    /// `PUT {base}/Bundle`: Update Referral of the older guide.
    PutBundle,
    /// `PUT {base}/ServiceRequest?identifier=system|value`: the same, with the referral named in the address.
    PutRequest {
        /// The identifier's system; nothing for one that may be of any.
        system: Option<String>,
        /// Its value.
        value: String,
    },
    /// A partner's answer to something that it was sent: it comes without being asked for by a request of the partner's own.
    Reply {
        /// What it was sent is about this referral.
        referral: ReferralId,
        /// The event that it was sent.
        event: String,
        /// When what it answers was written: what it says was said then or later.
        told: Timestamp,
    },
    /// `POST {base}/{type}`
    Make {
        /// The type.
        resource_type: String,
    },
    /// `PUT {base}/{type}/{id}`
    Replace {
        /// The type.
        resource_type: String,
        /// The logical id.
        id: String,
        /// The version that the caller has seen (`If-Match`).
        seen: Option<u32>,
    },
    /// `PATCH {base}/{type}/{id}`
    Patch {
        /// The type.
        resource_type: String,
        /// The logical id.
        id: String,
        /// The version that the caller has seen (`If-Match`).
        seen: Option<u32>,
        /// In which language the changes are written.
        language: PatchLanguage,
    },
}

/// A language of changes to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchLanguage {
    /// FHIRPath Patch: a Parameters resource.
    FhirPath,
    /// JSON Patch, RFC 6902.
    Json,
}
