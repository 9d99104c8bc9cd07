//! An endpoint as it is shown: with all that is no secret, and with a secret on the day on which it is made.

use baton_dialects::ontario::Told;
use baton_exchange::endpoint::{Endpoint, Flow, Grant};
use serde_json::{Value, json};

use super::Fresh;

/// A registered endpoint; nothing when there is none.
#[must_use]
pub fn shown(endpoint: &Endpoint, fresh: Option<&Fresh>) -> Option<Value> {
    let settings = endpoint.settings.as_ref()?;
    let mut shown = json!({
        "url": settings.url,
        "events": settings.events,
        "state": match settings.flow {
            Flow::Open => "open",
            Flow::Paused => "paused",
        },
        "source": "registered",
        "changed": endpoint.changed.to_string(),
        "has_token": settings.token.is_some(),
        "has_old_secret": settings.old_secret.is_some(),
    });
    if let Some(Grant { token_url, client_id, scope, .. }) = &settings.grant {
        shown["oauth"] = json!({ "token_url": token_url, "client_id": client_id, "scope": scope });
    }
    match fresh {
        Some(Fresh::Secret(secret)) => shown["secret"] = json!(secret.show()),
        Some(Fresh::Token(token)) => shown["token"] = json!(token.show()),
        None => {}
    }
    Some(shown)
}

/// One that the configuration has.
#[must_use]
pub fn shown_configured(told: &Told) -> Value {
    json!({ "url": told.url, "events": told.events, "state": "open", "source": "configuration" })
}
