//! Resources that a referral consists of, as versions: an update adds versions and takes nothing away.

use crate::{
    id::{Home, ReferralId, short_hash},
    time::Timestamp,
};

/// A hash under which current resources are found by a search parameter. It tells nothing about the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexKey(pub [u8; 16]);

impl IndexKey {
    /// The key of an identifier with its system; an absent system is the empty text.
    #[must_use]
    pub fn identifier(system: &str, value: &str) -> IndexKey {
        IndexKey(short_hash(&[b"identifier", system.as_bytes(), value.as_bytes()]))
    }

    /// The key of an identifier's value, whatever its system.
    #[must_use]
    pub fn identifier_value(value: &str) -> IndexKey {
        IndexKey(short_hash(&[b"identifier-value", value.as_bytes()]))
    }

    /// The key of the referral that a resource belongs to, by the logical id of its ServiceRequest.
    #[must_use]
    pub fn based_on(id: &str) -> IndexKey {
        IndexKey(short_hash(&[b"based-on", id.as_bytes()]))
    }

    /// The key of a status.
    #[must_use]
    pub fn status(code: &str) -> IndexKey {
        IndexKey(short_hash(&[b"status", code.as_bytes()]))
    }

    /// The key of a category with its system; an absent system is the empty text.
    #[must_use]
    pub fn category(system: &str, code: &str) -> IndexKey {
        IndexKey(short_hash(&[b"category", system.as_bytes(), code.as_bytes()]))
    }

    /// The key of a category's code, whatever its system.
    #[must_use]
    pub fn category_code(code: &str) -> IndexKey {
        IndexKey(short_hash(&[b"category-code", code.as_bytes()]))
    }

    /// The key of the patient that a resource is about, by the patient's logical id.
    #[must_use]
    pub fn patient(id: &str) -> IndexKey {
        IndexKey(short_hash(&[b"patient", id.as_bytes()]))
    }
}

/// A resource to be kept as the current one of its referral.
#[derive(Clone, PartialEq, Eq)]
pub struct NewResource {
    /// FHIR type.
    pub resource_type: String,
    /// Logical id: of the fullUrl, else of the resource.
    pub id: String,
    /// Compact FHIR JSON as it came, without what the server adds (`meta.versionId`, `meta.lastUpdated`).
    pub body: Vec<u8>,
    /// What it is found by.
    pub keys: Vec<IndexKey>,
}

impl std::fmt::Debug for NewResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewResource({}/…)", self.resource_type)
    }
}

/// A resource as it was kept. Its version counts from 1 over all that its owner sent under this type and id.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResource {
    /// Where it lives.
    pub home: Home,
    /// The referral that it belongs to.
    pub referral: ReferralId,
    /// FHIR type.
    pub resource_type: String,
    /// Logical id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// When it was accepted.
    pub updated: Timestamp,
    /// Compact FHIR JSON as it came.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for StoredResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredResource({}/…, version {})", self.resource_type, self.version)
    }
}
