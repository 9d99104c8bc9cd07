//! How an endpoint looks in columns, where both databases do it alike.

use baton_exchange::endpoint::{Endpoint, Flow, Grant, Hidden, Settings};

use crate::{
    StoreError,
    seal::{Keys, is_sealed},
};

/// How many notices are given numbers, made done, or forgotten in one transaction, so that it delays no one.
pub(crate) const AT_ONCE_MAX: usize = 1_000;

/// How many packed bytes of notices one answer has at most, beyond its first notice.
pub(crate) const TOLD_BYTES_MAX: i64 = 512 * 1024;

/// Endpoints as they were given. Where nothing is sealed the key file is not needed.
///
/// # Errors
///
/// `Corrupt` when the key file does not open a secret.
pub(crate) fn opened(kept: Vec<Endpoint>, keys: &Keys) -> Result<Vec<Endpoint>, StoreError> {
    if !kept.iter().any(is_sealed) {
        return Ok(kept);
    }
    let secrets = keys.secrets()?;
    kept.into_iter().map(|endpoint| secrets.opened(endpoint)).collect()
}

/// The columns that may be empty: url, events, flow, token, `secret`, `old_secret`, `grant_url`, `grant_client`, `grant_secret`, `grant_scope`.
pub(crate) type Texts = [Option<String>; 10];

/// The columns of an endpoint.
pub(crate) fn texts(endpoint: &Endpoint) -> Texts {
    let Some(settings) = &endpoint.settings else { return Texts::default() };
    let Settings { url, events, flow, token, secret, old_secret, grant } = settings;
    let flow = match flow {
        Flow::Open => "open",
        Flow::Paused => "paused",
    };
    let shown = |hidden: &Hidden| hidden.show().to_owned();
    let of_grant = |part: fn(&Grant) -> Option<String>| grant.as_ref().and_then(part);
    [
        Some(url.clone()),
        Some(events.join("\n")),
        Some(flow.to_owned()),
        token.as_ref().map(shown),
        Some(shown(secret)),
        old_secret.as_ref().map(shown),
        of_grant(|grant| Some(grant.token_url.clone())),
        of_grant(|grant| Some(grant.client_id.clone())),
        of_grant(|grant| Some(grant.client_secret.show().to_owned())),
        of_grant(|grant| grant.scope.clone()),
    ]
}

/// The settings of such columns; nothing for an endpoint that was deleted.
///
/// # Errors
///
/// `Corrupt` when some are missing.
pub(crate) fn settings(texts: Texts) -> Result<Option<Settings>, StoreError> {
    let [url, events, flow, token, secret, old_secret, grant_url, grant_client, grant_secret, scope] = texts;
    let Some(url) = url else { return Ok(None) };
    let missing = || StoreError::Corrupt("an endpoint that lacks something".into());
    let flow = match flow.as_deref() {
        Some("open") => Flow::Open,
        Some("paused") => Flow::Paused,
        _ => return Err(missing()),
    };
    let grant = match (grant_url, grant_client, grant_secret) {
        (Some(token_url), Some(client_id), Some(secret)) => {
            Some(Grant { token_url, client_id, client_secret: Hidden(secret), scope })
        }
        (None, None, None) => None,
        _ => return Err(missing()),
    };
    Ok(Some(Settings {
        url,
        events: events.unwrap_or_default().lines().map(str::to_owned).collect(),
        flow,
        token: token.map(Hidden),
        secret: secret.map(Hidden).ok_or_else(missing)?,
        old_secret: old_secret.map(Hidden),
        grant,
    }))
}
