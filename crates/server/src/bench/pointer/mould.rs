//! What Baton keeps of a pointer, taken from one that was really created: the pattern for all that a registry is filled
//! with.

use baton_exchange::{
    audit::{AuditRecord, Audited, AuditedPointer},
    id::MessageId,
    pointer::{Bucket, MasterKey, Pointer, PointerName, SubjectKey},
};
use baton_store::Store;

use super::registry::{Registry, Traits};
use crate::{
    bench::{BenchError, template::Template},
    clock::ordered_id,
};

/// The system of all masterIdentifiers here.
pub const MASTER_SYSTEM: &str = "urn:ietf:rfc:3986";

/// A created pointer and its line of the audit.
pub struct Mould {
    pointer: Pointer,
    line: AuditRecord,
    body: Template,
}

impl Mould {
    /// Takes it from a store in which one pointer was created, which had these traits.
    pub async fn take(store: &dyn Store, traits: &Traits) -> Result<Mould, BenchError> {
        let missing = || BenchError::Side("Baton kept no pointer".to_owned());
        let (_, line) = store.audit(0, 1).await?.into_iter().next().ok_or_else(missing)?;
        let id = match &line.what {
            Audited::Pointers(access) => access.pointers.first().map(|pointer| pointer.id).ok_or_else(missing)?,
            Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => return Err(missing()),
        };
        let found = store.pointers(vec![PointerName::Id { home: line.home, id }]).await?;
        let pointer = found.into_iter().flatten().next().ok_or_else(missing)?;
        let id = id.to_string();
        let words = [id.as_str(), &traits.number, &traits.master, &traits.record];
        let body = Template::cut(&String::from_utf8_lossy(&pointer.body), &words);
        Ok(Mould { pointer, line, body })
    }

    /// The pointer with this number.
    pub fn pointer(&self, registry: &Registry, number: u64) -> Pointer {
        let traits = registry.traits(number);
        let subject = SubjectKey::of(&traits.number);
        let id = registry.id(number, subject);
        let body = self.body.fill(&[&id.to_string(), &traits.number, &traits.master, &traits.record]);
        Pointer {
            id,
            home: Bucket::of(subject).home(&self.line.exchange),
            subject,
            master: Some(MasterKey::of(MASTER_SYSTEM, &traits.master)),
            body: body.into_bytes(),
            ..self.pointer.clone()
        }
    }

    /// The line of the audit for its creation.
    pub fn line(&self, pointer: &Pointer) -> AuditRecord {
        let mut line = AuditRecord { home: pointer.home, message: MessageId(ordered_id()), ..self.line.clone() };
        if let Audited::Pointers(access) = &mut line.what {
            access.subject = Some(pointer.subject);
            access.pointers = vec![AuditedPointer { id: pointer.id, ..access.pointers[0].clone() }];
        }
        line
    }
}
