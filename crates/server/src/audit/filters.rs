//! Which lines of the audit an operator or an officer asks for.

use baton_exchange::{
    access::Login,
    audit::{AuditRecord, Audited, Deed, Operation},
    decision::{Batch, Change},
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
};
use baton_store::{Committed, Store, StoreError};

use super::{When, tree::TreeError};
use crate::{
    clock::{Clock, beside},
    operator::operated,
};

/// All of them have to fit.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Filters {
    /// Only lines that tell of a referral, by the id that it has here
    #[arg(long, value_name = "UUID", value_parser = referral)]
    referral: Option<ReferralId>,
    /// Only what a partner did, or an operator did to it
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only what an app did, by its client id
    #[arg(long, value_name = "CLIENT")]
    app: Option<String>,
    /// Only what a person did, or an operator did to the account, by login or `sub`
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// The account that this is: only by that it is remembered who was asked for, since anything may be typed
    #[arg(skip)]
    subject: Option<String>,
    /// Not before a day, as 2026-01-31 in UTC, or a moment, as 2026-01-31T14:30:00Z
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    from: Option<When>,
    /// Until the end of a day, or before a moment
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    until: Option<When>,
}

/// Reads the id of a referral.
pub(super) fn referral(text: &str) -> Result<ReferralId, String> {
    let uuid =
        uuid::Uuid::parse_str(text).map_err(|_| "the id of a referral is a UUID, as `baton referrals` lists it")?;
    Ok(ReferralId(uuid.into_bytes()))
}

impl Filters {
    /// The same with what the audit knows the person by.
    pub(super) async fn with_subject(&self, store: &dyn Store) -> Result<Filters, StoreError> {
        let Some(person) = &self.person else { return Ok(self.clone()) };
        let account = match Login::read(person) {
            Some(login) => store.account(login).await?,
            None => None,
        };
        let subject = match account {
            Some(account) => Some(account.subject),
            None => {
                store.accounts().await?.into_iter().map(|account| account.subject).find(|subject| subject == person)
            }
        };
        let person = subject.clone().or_else(|| Some(person.clone()));
        Ok(Filters { person, subject, ..self.clone() })
    }

    /// Whether a line is asked for.
    pub(super) fn fits(&self, record: &AuditRecord) -> bool {
        let operation = match &record.what {
            Audited::Operator(operation) => Some(operation),
            Audited::Referral { .. } | Audited::Visit(_) | Audited::Pointers(_) => None,
        };
        let is = |wanted: &Option<String>, one: Option<&str>, other: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| one == Some(wanted) || other == Some(wanted))
        };
        let partner = record.partner.as_ref().map(|partner| partner.as_str());
        let affected = operation.and_then(|operation| operation.partner.as_ref()).map(|partner| partner.as_str());
        let account = operation.and_then(|operation| operation.account.as_deref());
        is(&self.partner, partner, affected)
            && is(&self.app, record.actor.app.as_deref(), None)
            && is(&self.person, record.actor.account.as_deref(), account)
            && self.referral.is_none_or(|referral| record.what.referrals().contains(&referral))
            && self.from.is_none_or(|from| record.at >= from.begin())
            && self.until.is_none_or(|until| record.at < until.end())
    }

    /// Whoever asks is remembered before anything is shown. Gives the id of that line.
    pub(super) async fn told(&self, store: &dyn Store, deed: Deed) -> Result<MessageId, TreeError> {
        let operation = Operation {
            partner: self.partner.as_deref().map(PartnerId::from),
            account: self.subject.clone(),
            referral: self.referral,
            ..Operation::of(deed)
        };
        let server = ExchangeId::from("");
        let now = beside(store, Clock::of_machine()).await?.now();
        let line = operated(Home::of(&server, &PartnerId::from("")), &server, now, operation);
        let own = line.message;
        match store.commit(Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] }).await? {
            Committed::Done => Ok(own),
            Committed::Outdated => Err(StoreError::Bug("a batch without asserts was outdated".to_owned()).into()),
        }
    }
}
