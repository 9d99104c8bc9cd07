//! A line with a query, out of the store or out of what was listed.

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::{
    audit::{AuditRecord, Sealed},
    id::{ExchangeId, MessageId},
};
use serde::Deserialize;

use super::super::rows::who;
use crate::query::{NotOpened, Opened, OpeningKey, bound_to};

/// A line as it is listed, as far as it is needed.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) line: u64,
    pub(super) at: String,
    pub(super) exchange: String,
    pub(super) partner: Option<String>,
    pub(super) person: Option<String>,
    pub(super) app: Option<String>,
    pub(super) message: String,
    pub(super) query: Option<String>,
    pub(super) sealed: Option<String>,
}

impl Listed {
    pub(super) fn of(line: u64, record: &AuditRecord) -> Listed {
        let (partner, person) = who(record);
        let sealed = record.query.as_ref().and_then(|query| query.sealed.as_ref());
        Listed {
            line,
            at: record.at.to_string(),
            exchange: record.exchange.as_str().to_owned(),
            partner: partner.map(str::to_owned),
            person: person.map(str::to_owned),
            app: record.actor.app.clone(),
            message: record.message.to_string(),
            query: record.query.as_ref().map(|query| query.shape.clone()),
            sealed: sealed.map(|sealed| BASE64_STANDARD.encode(&sealed.0)),
        }
    }

    pub(super) fn opened(&self, key: &OpeningKey, sealed: &str) -> Result<Opened, NotOpened> {
        let sealed = BASE64_STANDARD.decode(sealed).map_err(|_| NotOpened::Changed)?;
        let message = uuid::Uuid::parse_str(&self.message).map_err(|_| NotOpened::Changed)?;
        let beside = bound_to(&ExchangeId::from(self.exchange.as_str()), MessageId(message.into_bytes()));
        key.opened(&beside, &Sealed(sealed))
    }
}
