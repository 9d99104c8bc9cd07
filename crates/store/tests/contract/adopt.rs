//! Pointers that were made before and are taken over in the version and state that they have.

use std::sync::Arc;

use baton_exchange::{
    decision::{Batch, Change},
    id::ExchangeId,
    pointer::{Bucket, MasterKey, Ods, Pointer, PointerId, PointerName, PointerState, SubjectKey},
};
use baton_store::{Committed, Store};

use crate::sample::{NOW, id, secs};

const SUBJECT: SubjectKey = SubjectKey([1; 16]);

/// A pointer in its third version.
fn pointer(number: u32) -> Pointer {
    Pointer {
        id: PointerId::new(SUBJECT, id(9, number), [0; 10]),
        home: Bucket::of(SUBJECT).home(&ExchangeId::from("nrl")),
        subject: SUBJECT,
        custodian: Ods::parse("RR8").unwrap(),
        record_type: "736253002".into(),
        master: Some(MasterKey(id(8, number))),
        state: PointerState::Superseded,
        version: 3,
        created: NOW,
        updated: secs(5),
        body: format!(r#"{{"resourceType":"DocumentReference","id":"{number}"}}"#).into_bytes(),
    }
}

async fn commit(store: &Arc<dyn Store>, change: Change) -> Committed {
    store.commit(Batch { asserts: Vec::new(), changes: vec![change] }).await.unwrap()
}

async fn the(store: &Arc<dyn Store>, pointer: &Pointer) -> Option<Pointer> {
    store.pointers(vec![PointerName::Id { home: pointer.home, id: pointer.id }]).await.unwrap().pop().unwrap()
}

pub async fn an_adopted_pointer_keeps_its_version_its_state_and_its_times(store: Arc<dyn Store>) {
    assert_eq!(commit(&store, Change::AdoptPointer(pointer(1))).await, Committed::Done);
    assert_eq!(the(&store, &pointer(1)).await, Some(pointer(1)));
    let next = Pointer { version: 4, state: PointerState::Removed, updated: secs(9), ..pointer(1) };
    assert_eq!(commit(&store, Change::PutPointer(next.clone())).await, Committed::Done);
    assert_eq!(the(&store, &pointer(1)).await, Some(next));
}

pub async fn an_id_or_a_masteridentifier_in_use_is_not_adopted_again(store: Arc<dyn Store>) {
    assert_eq!(commit(&store, Change::AdoptPointer(pointer(1))).await, Committed::Done);
    let others = [
        Pointer { version: 4, ..pointer(1) },
        Pointer { master: None, ..pointer(1) },
        Pointer { master: pointer(1).master, ..pointer(2) },
    ];
    for other in others {
        assert_eq!(commit(&store, Change::AdoptPointer(other)).await, Committed::Outdated);
    }
    assert_eq!(the(&store, &pointer(1)).await, Some(pointer(1)));
    assert_eq!(the(&store, &pointer(2)).await, None);
}
