//! Lines of the audit as `baton audit list` prints them.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_dialects::{
    Mount, audit_event,
    nrl::{self, Locator},
};
use baton_exchange::{
    audit::{AuditRecord, Audited, Deed},
    id::ExchangeId,
};
use baton_fhir::json;
use baton_store::Store;
use serde_json::{Value, json};

use super::{list::ListFormat, text::plain, tree::TreeError};
use crate::{
    config::{Config, DialectName},
    exchanged::mounted,
    listener::ListenerNumber,
    locator::located,
    start::blinding,
    tree::Signer,
};

/// How lines are printed, and what is needed for that.
pub(super) enum Rows {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For programs that know FHIR.
    Fhir(Guides),
}

/// The exchanges whose lines can be told as AuditEvents.
pub(super) struct Guides {
    mounts: Vec<Mount>,
    locators: Vec<Arc<Locator>>,
}

impl Rows {
    pub(super) async fn of(format: ListFormat, config: &Config, store: &dyn Store) -> Result<Rows, TreeError> {
        Ok(match format {
            ListFormat::Table => Rows::Table,
            ListFormat::Json => Rows::Json,
            ListFormat::Fhir => Rows::Fhir(Guides::of(config, store).await?),
        })
    }

    /// What stands above all rows.
    pub(super) fn head(&self) -> String {
        match self {
            Rows::Table => format!(
                "{}\n",
                row(["line", "when", "partner", "person", "app", "what", "status", "type"], "referrals")
            ),
            Rows::Json | Rows::Fhir(_) => String::new(),
        }
    }

    /// A line; nothing where it cannot be told in this way.
    pub(super) fn row(&self, number: u64, record: &AuditRecord) -> Option<String> {
        match self {
            Rows::Table => Some(table(number, record)),
            Rows::Json => Some(object(number, record).to_string()),
            Rows::Fhir(guides) => guides.event(number, record),
        }
    }
}

impl Guides {
    async fn of(config: &Config, store: &dyn Store) -> Result<Guides, TreeError> {
        // as the server names them, so that an operator and a partner speak of the same events
        let signer = Signer::open(&config.audit_key_file()).ok();
        let secret = blinding(config, store, signer.as_ref()).await?;
        let (mut mounts, mut locators) = (Vec::<Mount>::new(), Vec::new());
        for exchange in &config.exchanges {
            let public_url = &config.public_url(config.listener_of(exchange));
            match exchange.dialect.get_ref() {
                DialectName::Nrl => locators.push(located(config, exchange, public_url).locator),
                DialectName::Netsmart | DialectName::Ontario => {
                    mounts.push(mounted(config, exchange, public_url, &secret));
                }
            }
        }
        // what happens at the server's own pages is at no exchange
        let own = mounts.first().cloned();
        mounts.extend(own.map(|own| Mount {
            exchange: ExchangeId::from(""),
            base: config.public_url(ListenerNumber::SERVER),
            ..own
        }));
        Ok(Guides { mounts, locators })
    }

    fn event(&self, number: u64, record: &AuditRecord) -> Option<String> {
        let event = match &record.what {
            Audited::Pointers(_) => {
                let locator = self.locators.iter().find(|locator| locator.exchange == record.exchange)?;
                nrl::audit_event(locator, record)
            }
            Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => {
                let mount = self.mounts.iter().find(|mount| mount.exchange == record.exchange)?;
                audit_event(mount, number, record)
            }
        }?;
        let mut line = Vec::new();
        json::write(event.root(), &mut line);
        String::from_utf8(line).ok()
    }
}

/// Widths are such that most rows are under each other.
fn row([line, when, partner, person, app, what, status, kind]: [&str; 8], referrals: &str) -> String {
    let row = format!(
        "{line:>8}  {when:<24}  {partner:<16}  {person:<36}  {app:<12}  {what:<18}  {status:<6}  {kind:<18}  {referrals}"
    );
    row.trim_end().to_owned()
}

fn table(number: u64, record: &AuditRecord) -> String {
    let Said { what, status, code, kind } = Said::of(record);
    let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let status = if code.is_empty() { status } else { format!("{status} {code}") };
    let shown = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), plain);
    let mut referrals: Vec<String> = record.what.referrals().iter().map(ToString::to_string).collect();
    if let Audited::Operator(operation) = &record.what {
        let things = if operation.deed == Deed::Resent { "notices" } else { "lines" };
        referrals.extend((operation.lines > 0).then(|| format!("{} {things}", operation.lines)));
        referrals.extend(operation.before.map(|before| format!("before {before}")));
    }
    referrals.extend(record.query.as_ref().map(|query| plain(&query.shape)));
    let (partner, account) = who(record);
    let (number, at) = (number.to_string(), record.at.to_string());
    let (partner, account, app) = (shown(partner), shown(account), shown(record.actor.app.as_deref()));
    let kind = if kind.is_empty() { "-".to_owned() } else { plain(kind) };
    row([&number, &at, &partner, &account, &app, what, &status, &kind], &referrals.join(" "))
}

fn object(number: u64, record: &AuditRecord) -> Value {
    let Said { what, status, code, kind } = Said::of(record);
    let (partner, account) = who(record);
    let referrals: Vec<String> = record.what.referrals().iter().map(ToString::to_string).collect();
    let mut object = json!({
        "line": number,
        "at": record.at.to_string(),
        "exchange": record.exchange.as_str(),
        "partner": partner,
        "person": account,
        "app": record.actor.app,
        "what": what,
        "status": status,
        "code": code,
        "type": kind,
        "referrals": referrals,
        "message": record.message.to_string(),
        "request": record.request_id,
    });
    if let Some(query) = &record.query {
        object["query"] = json!(query.shape);
        object["sealed"] = json!(query.sealed.as_ref().map(|sealed| BASE64_STANDARD.encode(&sealed.0)));
    }
    if let Audited::Operator(operation) = &record.what {
        object["operator"] = json!(true);
        object["lines"] = json!(operation.lines);
        object["before"] = json!(operation.before.map(|before| before.to_string()));
    }
    object
}

/// Partner and person: who did it, or to whom an operator did it.
pub(super) fn who(record: &AuditRecord) -> (Option<&str>, Option<&str>) {
    let (partner, account) = match &record.what {
        Audited::Operator(operation) => (&operation.partner, &operation.account),
        Audited::Referral { .. } | Audited::Visit(_) | Audited::Pointers(_) => (&record.partner, &record.actor.account),
    };
    (partner.as_ref().map(|partner| partner.as_str()), account.as_deref())
}

/// What a line says was done, and how it ended.
struct Said<'r> {
    what: &'static str,
    status: Option<u16>,
    code: &'r str,
    kind: &'r str,
}

impl Said<'_> {
    fn of(record: &AuditRecord) -> Said<'_> {
        match &record.what {
            Audited::Referral { action, .. } => Said { what: action.as_str(), status: None, code: "", kind: "" },
            Audited::Operator(operation) => Said { what: operation.deed.as_str(), status: None, code: "", kind: "" },
            Audited::Visit(visit) => {
                let (what, code, kind) = (visit.errand.as_str(), &visit.code, &visit.resource_type);
                Said { what, status: Some(visit.status), code, kind }
            }
            Audited::Pointers(access) => {
                Said { what: access.interaction.as_str(), status: Some(access.status), code: &access.code, kind: "" }
            }
        }
    }
}
