//! Resources that belong to one referral only: each message changes some of them and leaves the others as they are.
//!
//! Their parcels are of generation 0, and no set of a referral counts from there. `resource.current` alone says which
//! version is current.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::IndexKey,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{Place, ResourceTable};
use crate::{StoreError, batch::Parcel, sqlite::group::Trouble};

/// The generation of parcels of which no set says what is current.
const NO_GENERATION: i64 = 0;

/// The statements for resources of one referral only.
pub(super) struct OwnedTable<'c> {
    select_all: Statement<'c>,
    select_parcels: Statement<'c>,
    delete_versions: Statement<'c>,
    delete_parcel: Statement<'c>,
}

impl<'c> OwnedTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<OwnedTable<'c>> {
        Ok(OwnedTable {
            select_all: connection.prepare("SELECT seq, current FROM resource WHERE home = ?1 AND referral = ?2")?,
            select_parcels: connection.prepare("SELECT DISTINCT parcel FROM version WHERE resource = ?1")?,
            delete_versions: connection.prepare("DELETE FROM version WHERE resource = ?1")?,
            delete_parcel: connection.prepare("DELETE FROM parcel WHERE seq = ?1")?,
        })
    }
}

impl ResourceTable<'_> {
    /// Makes these the current versions, and those that are left out no longer current.
    pub(in crate::sqlite) fn put(
        &mut self,
        home: Home,
        referral: ReferralId,
        at: Timestamp,
        parcels: &[Parcel],
        left_out: &[(String, String)],
    ) -> Result<(), Trouble> {
        for (resource_type, id) in left_out {
            let place = self.select.query_row(params![home.0, resource_type, id], |row| {
                let place = Place { seq: row.get(0)?, version: row.get(1)?, counted: row.get(2)? };
                Ok((place, row.get::<_, Option<_>>(3)?.map(ReferralId)))
            });
            if let Some((place, _)) = place.optional()?.filter(|(_, owner)| *owner == Some(referral)) {
                self.take_out(home, &place)?;
            }
        }
        for parcel in parcels {
            let row = self.insert_parcel.insert(params![referral.0, NO_GENERATION, at.0, parcel.packed])?;
            for resource in &parcel.resources {
                self.put_version(home, row, Some(referral), resource)?;
            }
        }
        Ok(())
    }

    /// Makes no version of a resource count.
    fn take_out(&mut self, home: Home, place: &Place) -> Result<(), Trouble> {
        let counted: Vec<IndexKey> = self.keys(place)?;
        self.search.change(home, place.seq, &counted, &[])?;
        self.set_current.execute(params![place.seq, 0])?;
        Ok(())
    }

    /// Takes away all versions of a referral's resources with their bodies. What is left are their ids and how many
    /// versions there were.
    pub(in crate::sqlite) fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), Trouble> {
        let set = self.select_set.query_row(params![home.0, referral.0], |_| Ok(()));
        if set.optional()?.is_some() {
            return Err(StoreError::Bug("an erasure of resources that several referrals may have".into()).into());
        }
        let rows = self.owned.select_all.query_map(params![home.0, referral.0], |row| {
            Ok(Place { seq: row.get(0)?, version: 0, counted: row.get(1)? })
        })?;
        let places: Vec<Place> = rows.collect::<Result<_, _>>()?;
        let mut parcels = Vec::new();
        for place in &places {
            self.take_out(home, place)?;
            for parcel in self.owned.select_parcels.query_map([place.seq], |row| row.get::<_, i64>(0))? {
                parcels.push(parcel?);
            }
            self.owned.delete_versions.execute([place.seq])?;
        }
        parcels.sort_unstable();
        parcels.dedup();
        for parcel in parcels {
            self.owned.delete_parcel.execute([parcel])?;
        }
        Ok(())
    }
}
