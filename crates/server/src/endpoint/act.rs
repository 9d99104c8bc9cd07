//! What can be done to an endpoint, and what is shown of it this once.

use baton_dialects::ontario::{Directory, Role};
use baton_exchange::{
    endpoint::{Endpoint, Flow, Hidden, Settings, Wanted},
    id::PartnerId,
    refusal::Refusal,
    time::Timestamp,
};

use crate::{delivery::new_secret, failure::Failure};

/// What somebody wants done.
#[derive(Clone, Debug)]
pub enum Act {
    /// Make it, or change it.
    Put(Wanted),
    /// Go back to what the configuration says.
    Delete,
    /// Let notices go out, or wait.
    Turn(Flow),
    /// Sign with a new secret, and for the time being with the old one, too.
    NewSecret,
    /// Sign with the newest secret alone.
    DropOldSecret,
    /// Show a new token.
    NewToken,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// As it is to be stored.
    pub endpoint: Endpoint,
    /// Whether there was none before.
    pub is_new: bool,
    /// A secret that is shown now and never again.
    pub fresh: Option<Fresh>,
}

/// A secret that was made.
#[derive(Clone, Debug)]
pub enum Fresh {
    /// With which notices are signed.
    Secret(Hidden),
    /// Which is shown to the partner.
    Token(Hidden),
}

/// Decides what becomes of an endpoint. `random` is used for one secret.
///
/// # Errors
/// [`Refusal::NoSuchResource`] when there is none; [`Refusal::ParameterInvalid`] when it cannot be that.
pub fn changed(
    known: Endpoint,
    act: &Act,
    directory: &Directory,
    now: Timestamp,
    random: [u8; 32],
) -> Result<Done, Refusal> {
    let secret = Hidden(new_secret(random));
    let is_new = known.settings.is_none();
    let partner = known.partner.clone();
    let standing = || known.settings.clone().ok_or(Refusal::NoSuchResource);
    let (settings, fresh) = match act {
        Act::Put(wanted) => {
            of_no_other(directory, &partner, &wanted.url)?;
            let put = Settings::put(known.settings.clone(), wanted.clone(), secret.clone());
            (Some(put), is_new.then_some(Fresh::Secret(secret)))
        }
        Act::Delete => standing().map(|_| (None, None))?,
        Act::Turn(flow) => (Some(standing()?.with_flow(*flow)), None),
        Act::NewSecret => (Some(standing()?.with_secret(secret.clone())), Some(Fresh::Secret(secret))),
        Act::DropOldSecret => (Some(standing()?.without_old_secret()), None),
        Act::NewToken => {
            let standing = standing()?;
            if standing.grant.is_some() {
                let expected = "secret where tokens are fetched: there is none to change";
                return Err(Refusal::ParameterInvalid { name: "what".to_owned(), expected });
            }
            let token = Hidden(secret.show().trim_start_matches("whsec_").to_owned());
            (Some(standing.with_token(token.clone())), Some(Fresh::Token(token)))
        }
    };
    Ok(Done { endpoint: Endpoint { settings, changed: now, ..known }, is_new, fresh })
}

/// Messages name a partner by its address, so who has the address of another would be taken for it.
fn of_no_other(directory: &Directory, partner: &PartnerId, url: &str) -> Result<(), Refusal> {
    let roles = [Role::Source, Role::Target, Role::ThirdParty];
    let is_there = roles
        .iter()
        .flat_map(|role| directory.with_role(*role))
        .any(|other| other.partner != *partner && other.told.as_ref().is_some_and(|told| told.url == url));
    if is_there {
        let expected = "an address that no other partner of this exchange has";
        return Err(Refusal::ParameterInvalid { name: "url".to_owned(), expected });
    }
    Ok(())
}

/// Bytes of which a secret is made.
///
/// # Errors
/// [`Failure::Bug`] when the system has no randomness.
pub(super) fn random() -> Result<[u8; 32], Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Failure::Bug(format!("the system has no randomness: {error}")))?;
    Ok(random)
}
