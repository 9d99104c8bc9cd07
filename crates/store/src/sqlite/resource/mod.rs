//! Makes resources the current ones of their referral.
//!
//! The bodies of a message are in parcels, and a version says where. It is current while its parcel's generation is that
//! of the referral's set, so no old version is ever written again.
//! Of a resource that several referrals have, the newest current version counts: its number is in `resource.current`,
//! and its keys are in the search index.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::IndexKey,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

mod owned;

use self::owned::OwnedTable;
use super::{group::Trouble, search::SearchTable};
use crate::{
    StoreError,
    batch::{PackedResource, Parcel},
    column::{join_ids, join_numbers, split_ids, split_numbers},
};

/// The statements of the writer.
pub(super) struct ResourceTable<'c> {
    /// Of the last resource; the sequence has no gaps, so that nobody has to look for the end.
    last_seq: i64,
    select_last_seq: Statement<'c>,
    select_set: Statement<'c>,
    put_set: Statement<'c>,
    insert: Statement<'c>,
    select: Statement<'c>,
    set_versions: Statement<'c>,
    select_current: Statement<'c>,
    set_current: Statement<'c>,
    insert_parcel: Statement<'c>,
    insert_version: Statement<'c>,
    select_keys: Statement<'c>,
    select_next_current: Statement<'c>,
    search: SearchTable<'c>,
    owned: OwnedTable<'c>,
}

/// The resource and the version of it that counted until now, 0 for none.
struct Place {
    seq: i64,
    version: u32,
    counted: u32,
}

impl<'c> ResourceTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<ResourceTable<'c>> {
        Ok(ResourceTable {
            last_seq: 0,
            select_last_seq: connection.prepare("SELECT coalesce(max(seq), 0) FROM resource")?,
            select_set: connection
                .prepare("SELECT generation, resources FROM current_set WHERE home = ?1 AND referral = ?2")?,
            put_set: connection.prepare("INSERT OR REPLACE INTO current_set VALUES (?1, ?2, ?3, ?4)")?,
            insert: connection.prepare(
                "INSERT INTO resource (seq, home, type, id, versions, current, referral) VALUES (?1, ?2, ?3, ?4, 1, 1, ?5)
                 ON CONFLICT (home, type, id) DO NOTHING",
            )?,
            select: connection.prepare(
                "SELECT seq, versions, current, referral FROM resource WHERE home = ?1 AND type = ?2 AND id = ?3",
            )?,
            set_versions: connection.prepare("UPDATE resource SET versions = ?2, current = ?2 WHERE seq = ?1")?,
            select_current: connection.prepare(
                "SELECT v.version, v.keys FROM resource r
                 JOIN version v ON v.resource = r.seq AND v.version = r.current
                 JOIN parcel p ON p.seq = v.parcel
                 WHERE r.seq = ?1 AND p.referral = ?2 AND p.generation = ?3",
            )?,
            set_current: connection.prepare("UPDATE resource SET current = ?2 WHERE seq = ?1")?,
            insert_parcel: connection
                .prepare("INSERT INTO parcel (referral, generation, updated, bodies) VALUES (?1, ?2, ?3, ?4)")?,
            insert_version: connection.prepare(
                "INSERT INTO version (resource, version, parcel, start, bytes, keys) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            select_keys: connection.prepare("SELECT keys FROM version WHERE resource = ?1 AND version = ?2")?,
            select_next_current: connection.prepare(
                "SELECT v.version, v.keys FROM version v
                 CROSS JOIN parcel p ON p.seq = v.parcel
                 CROSS JOIN current_set s ON s.home = ?3 AND s.referral = p.referral AND s.generation = p.generation
                 WHERE v.resource = ?1 AND v.version < ?2 ORDER BY v.version DESC LIMIT 1",
            )?,
            search: SearchTable::prepare(connection)?,
            owned: OwnedTable::prepare(connection)?,
        })
    }

    /// To be called at the start of each transaction: another program may have written meanwhile.
    pub(super) fn begin(&mut self) -> rusqlite::Result<()> {
        self.last_seq = self.select_last_seq.query_row([], |row| row.get(0))?;
        Ok(())
    }

    /// Makes these the resources of the referral, and all its others no longer current.
    pub(super) fn replace(
        &mut self,
        home: Home,
        referral: ReferralId,
        at: Timestamp,
        parcels: &[Parcel],
    ) -> Result<(), Trouble> {
        let set = self.select_set.query_row(params![home.0, referral.0], |row| Ok((row.get(0)?, row.get(1)?)));
        let (generation, earlier): (i64, Vec<u8>) = set.optional()?.unwrap_or_default();
        let mut now = Vec::new();
        for parcel in parcels {
            let row = self.insert_parcel.insert(params![referral.0, generation + 1, at.0, parcel.packed])?;
            for resource in &parcel.resources {
                now.push(self.put_version(home, row, None, resource)?);
            }
        }
        now.sort_unstable();
        now.dedup();
        self.put_set.execute(params![home.0, referral.0, generation + 1, join_numbers(&now)])?;
        for seq in split_numbers(&earlier)? {
            if now.binary_search(&seq).is_err() {
                self.leave_out(home, referral, generation, seq)?;
            }
        }
        Ok(())
    }

    /// Adds a version, which counts from now on. Gives back the resource's sequence.
    fn put_version(
        &mut self,
        home: Home,
        parcel: i64,
        owner: Option<ReferralId>,
        resource: &PackedResource,
    ) -> Result<i64, Trouble> {
        let place = self.take_place(home, owner, resource)?;
        let counted = self.keys(&place)?;
        self.search.change(home, place.seq, &counted, &resource.keys)?;
        let keys = join_ids(resource.keys.iter().map(|key| key.0));
        let (start, bytes) = (resource.start as i64, resource.bytes as i64);
        self.insert_version.execute(params![place.seq, place.version, parcel, start, bytes, keys])?;
        Ok(place.seq)
    }

    /// Counts one version more. Most resources are new, so that is tried first.
    fn take_place(
        &mut self,
        home: Home,
        owner: Option<ReferralId>,
        resource: &PackedResource,
    ) -> Result<Place, Trouble> {
        let owner = owner.map(|owner| owner.0);
        let PackedResource { resource_type, id, .. } = resource;
        let next = self.last_seq + 1;
        if self.insert.execute(params![next, home.0, resource_type, id, owner])? == 1 {
            self.last_seq = next;
            return Ok(Place { seq: next, version: 1, counted: 0 });
        }
        let (place, earlier_owner) = self.select.query_row(params![home.0, resource_type, id], |row| {
            let version = row.get::<_, u32>(1)?.saturating_add(1);
            Ok((Place { seq: row.get(0)?, version, counted: row.get(2)? }, row.get::<_, Option<_>>(3)?))
        })?;
        if owner.is_some() && owner != earlier_owner {
            return Err(StoreError::Bug("a resource that belongs to another referral".into()).into());
        }
        self.set_versions.execute(params![place.seq, place.version])?;
        Ok(place)
    }

    /// The keys of the version that counted until now.
    fn keys(&mut self, place: &Place) -> Result<Vec<IndexKey>, Trouble> {
        if place.counted == 0 {
            return Ok(Vec::new());
        }
        let keys: Vec<u8> = self.select_keys.query_row(params![place.seq, place.counted], |row| row.get(0))?;
        Ok(split_ids(&keys)?.map(IndexKey).collect())
    }

    /// A resource that its referral has no more. If that was the version that counts, an older one of another
    /// referral may count again.
    fn leave_out(&mut self, home: Home, referral: ReferralId, generation: i64, seq: i64) -> Result<(), Trouble> {
        let version_and_keys = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let counted = self.select_current.query_row(params![seq, referral.0, generation], version_and_keys);
        let Some((version, keys)) = counted.optional()? else {
            return Ok(());
        };
        let (version, keys): (u32, Vec<u8>) = (version, keys);
        let next = self.select_next_current.query_row(params![seq, version, home.0], version_and_keys);
        let (next, next_keys): (u32, Vec<u8>) = next.optional()?.unwrap_or_default();
        self.set_current.execute(params![seq, next])?;
        let (keys, next_keys): (Vec<_>, Vec<_>) =
            (split_ids(&keys)?.map(IndexKey).collect(), split_ids(&next_keys)?.map(IndexKey).collect());
        self.search.change(home, seq, &keys, &next_keys)
    }
}
