//! The gate before records: who may fetch what from where. It is no proxy for addresses that nobody registered.
//! Source: NRL "Retrieval", "Spine Secure Proxy"; the order and the texts are the reference server's.

use baton_exchange::{
    access::{LocatorRole, System},
    audit::Agent,
    time::Timestamp,
};
use url::Url;

use super::{
    Locator,
    admit::{NotAdmitted, must_be_sender},
    directory::Registered,
    fault::Fault,
    reference::shown,
    token::{self, Token, Use, Verify},
};

/// The one interaction that the gate is for.
const INTERACTION: &str = "urn:nhs:names:services:nrl:DocumentReference.content.read";

/// What a request's head says at the gate.
#[derive(Clone, Copy)]
pub struct GateHead<'h> {
    /// `Authorization`.
    pub authorization: Option<&'h str>,
    /// `Ssp-From`.
    pub from: Option<&'h str>,
    /// `Ssp-To`.
    pub to: Option<&'h str>,
    /// `Ssp-TraceID`.
    pub trace: Option<&'h str>,
    /// `Ssp-InteractionID`.
    pub interaction: Option<&'h str>,
    /// Checks signatures.
    pub verify: Verify<'h>,
    /// Whether the connection's certificate is one of a system's.
    pub has_certificate_of: &'h dyn Fn(&System) -> bool,
}

/// A record that may be fetched.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Who fetches it.
    pub system: System,
    /// What the audit keeps of its token.
    pub agent: Agent,
    /// Its address.
    pub url: Url,
    /// The origin that was registered and fits.
    pub endpoint: Url,
}

/// Decides whether a record may be fetched.
///
/// # Errors
/// The first thing that is wrong, with what is known of the caller.
pub fn open_gate(locator: &Locator, head: &GateHead<'_>, address: &str, now: Timestamp) -> Result<Fetch, NotAdmitted> {
    let claims = token::read(locator, head.authorization, head.verify)?;
    let token = token::check(locator, &claims, Use::Fetch)?;
    let find = |asid: Option<&str>| asid.map(str::trim).and_then(|asid| locator.directory.system(asid));
    let (from, to) = (find(head.from), find(head.to));
    let agent = token.agent.clone();
    let system = from.map(|registered| registered.system.clone());
    match checked(locator, head, &token, (from, to), address, now) {
        Ok((system, url, endpoint)) => Ok(Fetch { system, agent, url, endpoint }),
        Err(fault) => Err(NotAdmitted { fault, agent, system }),
    }
}

fn checked(
    locator: &Locator,
    head: &GateHead<'_>,
    token: &Token,
    (from, to): (Option<&Registered>, Option<&Registered>),
    address: &str,
    now: Timestamp,
) -> Result<(System, Url, Url), Fault> {
    let from = from.ok_or(Fault::SspFrom)?;
    if !(head.has_certificate_of)(&from.system) {
        return Err(Fault::Certificate);
    }
    let to = to.ok_or(Fault::SspTo)?;
    if head.trace.is_none_or(|trace| trace.trim().is_empty()) {
        return Err(Fault::SspTrace);
    }
    let is_asked = head.interaction.map(str::trim) == Some(INTERACTION);
    if !is_asked || !from.system.roles.contains(&LocatorRole::Consumer) {
        return Err(Fault::SspInteraction);
    }
    if !to.system.roles.contains(&LocatorRole::Provider) {
        return Err(Fault::SspProvider);
    }
    let (url, endpoint) = at_home(to, address).ok_or_else(|| Fault::SspHost { url: shown(address) })?;
    must_be_sender(locator, token, &from.system)?;
    token::check_times(locator, token, now)?;
    Ok((from.system.clone(), url, endpoint))
}

/// An address whose scheme, host and port are those of a registered one, and the one that they are of.
fn at_home(to: &Registered, address: &str) -> Option<(Url, Url)> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let endpoints = to.endpoints.iter().filter_map(|endpoint| Url::parse(endpoint).ok());
    let mut fitting = endpoints.filter(|endpoint| endpoint.origin() == url.origin() && url.has_host() && is_plain);
    fitting.next().map(|endpoint| (url, endpoint))
}
