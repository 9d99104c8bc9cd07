//! A test call: something without any content is sent to an endpoint, and what came of it is said.

use baton_exchange::{
    delivery::Heard,
    id::{ExchangeId, Home, NoticeId, PartnerId, ReferralId},
    notice::Notice,
    time::Timestamp,
};
use baton_fhir::{feed::trial, json as fhir_json};
use serde_json::{Value, json};

use crate::{
    clock::{Clock, ordered_id},
    delivery::{Door, call_once},
    egress::Egress,
};

/// What is sent: no message, and nobody's data.
#[must_use]
pub fn notice_of_trial(exchange: &ExchangeId, partner: &PartnerId, now: Timestamp) -> Notice {
    let id = NoticeId(ordered_id());
    let mut body = Vec::new();
    fhir_json::write(trial(&id.to_string()).root(), &mut body);
    Notice {
        id,
        home: Home::shared(exchange),
        exchange: exchange.clone(),
        partner: partner.clone(),
        referral: ReferralId([0; 16]),
        event: "test".to_owned(),
        body,
        created: now,
        due: now,
    }
}

/// Calls an endpoint once. Says whether it took what was sent, and what came of it; nothing when there is none.
pub async fn trial_of(egress: &Egress, clock: &Clock, door: &Door, notice: &Notice) -> Option<(bool, Value)> {
    let began = clock.now();
    let heard = call_once(egress, clock, door, notice).await?;
    let took_ms = clock.now().0.saturating_sub(began.0) / 1_000;
    let (is_taken, outcome) = match heard {
        Heard::Answer { status, .. } => ((200..300).contains(&status), format!("answered {status}")),
        Heard::Postponed => (false, "answered that it cannot take it now".to_owned()),
        Heard::Refused => (false, "answered that it does not take it".to_owned()),
        Heard::Nothing(trouble) => (false, trouble.to_string()),
    };
    Some((is_taken, json!({ "taken": is_taken, "outcome": outcome, "took_ms": took_ms, "id": notice.id.to_string() })))
}
