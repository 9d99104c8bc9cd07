//! Which pointers there are: all that tells one from another, from its number alone.

use std::{collections::HashMap, sync::Arc};

use baton_dialects::nrl::sample;
use baton_exchange::{
    id::{ExchangeId, short_hash},
    pointer::{Bucket, PointerId, SubjectKey},
};

/// Pointers that each patient has.
pub const POINTERS_PER_PATIENT: u64 = 10;

/// A registry that was filled with so many pointers.
#[derive(Clone, Debug)]
pub struct Registry {
    /// How many.
    pub pointers: u64,
    /// Its patients, in the order in which the store has them.
    patients: Arc<[u32]>,
}

/// What tells a pointer from another.
pub struct Traits {
    /// The number of its patient.
    pub number: String,
    /// The value of its masterIdentifier.
    pub master: String,
    /// The name of its record.
    pub record: String,
}

impl Registry {
    /// A registry over a tenth as many patients.
    ///
    /// It is filled in ten rounds, each of which gives a pointer to each patient, in the order in which the store has
    /// patients: so one transaction changes few pages and not hundreds, and filling is a few times as fast as in any
    /// other order. Only the first round finds a place at the end of a table, so pages are split and become about as full as
    /// in any other order.
    pub fn new(pointers: u64, exchange: &ExchangeId) -> Registry {
        let homes: HashMap<Bucket, _> = Bucket::all().map(|bucket| (bucket, bucket.home(exchange))).collect();
        let patients = u32::try_from(pointers / POINTERS_PER_PATIENT).unwrap_or(u32::MAX).max(1);
        let mut patients = Vec::from_iter(0..patients);
        patients.sort_by_cached_key(|patient| {
            let subject = SubjectKey::of(&sample::number(*patient));
            (homes.get(&Bucket::of(subject)).copied(), subject)
        });
        Registry { pointers, patients: patients.into() }
    }

    /// How many patients its pointers are about.
    pub fn patients(&self) -> u64 {
        self.patients.len() as u64
    }

    /// A pointer of those that it was filled with, in no order.
    pub fn any_pointer(&self, count: u64) -> u64 {
        scattered(count, self.pointers)
    }

    /// A patient's number, in no order.
    pub fn any_patient(&self, count: u64) -> String {
        self.number(scattered(count, self.patients()))
    }

    /// The traits of a pointer. As in life, the next pointer is about somebody else.
    pub fn traits(&self, pointer: u64) -> Traits {
        let patient = match pointer < self.pointers {
            true => pointer % self.patients(),
            // those that come while the registry is measured
            false => scattered(pointer, self.patients()),
        };
        let digest = short_hash(&[b"bench-pointer", &pointer.to_be_bytes()]);
        let uuid = uuid::Builder::from_random_bytes(digest).into_uuid();
        let record = short_hash(&[b"bench-record", &pointer.to_be_bytes()]);
        let record = record[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Traits { number: self.number(patient), master: format!("urn:uuid:{uuid}"), record }
    }

    /// The id of a pointer that it was filled with: time-ordered, one in each millisecond, and else random, as those are that
    /// Baton gives.
    pub fn id(&self, pointer: u64, subject: SubjectKey) -> PointerId {
        const FIRST_MILLISECOND: u64 = 1_750_000_000_000;
        let digest = short_hash(&[b"bench-id", &pointer.to_be_bytes()]);
        let mut random = [0; 10];
        random.copy_from_slice(&digest[..10]);
        let uuid = uuid::Builder::from_unix_timestamp_millis(FIRST_MILLISECOND + pointer, &random).into_uuid();
        random.copy_from_slice(&digest[6..]);
        PointerId::new(subject, uuid.into_bytes(), random)
    }

    fn number(&self, place: u64) -> String {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        self.patients.get(place).copied().map(sample::number).unwrap_or_default()
    }
}

/// A number below another one, far from that of the next count.
fn scattered(count: u64, below: u64) -> u64 {
    // the fractional part of multiples of the golden ratio goes everywhere
    let spread = count.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((u128::from(spread) * u128::from(below)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Registry;

    #[test]
    fn each_patient_has_ten_pointers_and_each_pointer_a_name_of_its_own() {
        let registry = Registry::new(1000, &"nrl".into());
        let (mut patients, mut masters) = (HashMap::<String, u32>::new(), HashMap::new());
        for pointer in 0..1000 {
            let traits = registry.traits(pointer);
            *patients.entry(traits.number).or_default() += 1;
            masters.insert(traits.master, pointer);
        }
        assert_eq!((patients.len(), masters.len()), (100, 1000));
        assert!(patients.values().all(|pointers| *pointers == 10));
    }

    #[test]
    fn pointers_that_come_later_are_about_patients_that_are_there() {
        let registry = Registry::new(20, &"nrl".into());
        let known = [registry.traits(0).number, registry.traits(1).number];
        assert!((20..60).all(|pointer| known.contains(&registry.traits(pointer).number)));
    }
}
