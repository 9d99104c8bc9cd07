//! The bare side: HTTP, a JSON parse, the same number of rows with the same durability, an answer as large as Baton's.

use std::{path::Path, process::ExitCode, sync::Arc};

use baton_store::bare::{BareStore, Rows};
use hyper::{Request, StatusCode, body::Incoming};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::bench::bare::{self, Answer, read, reply};

/// Serves until the process is killed.
pub fn run(database: &Path, rows: u64) -> ExitCode {
    bare::run(|| BareStore::open(database), move |store, request| answer(store, rows, request))
}

async fn answer(store: Arc<BareStore>, rows: u64, request: Request<Incoming>) -> Answer {
    let Some((body, message)) = read(request.into_body()).await else {
        return reply(StatusCode::BAD_REQUEST, "");
    };
    match store.insert(rows_of(&body, &message, rows)).await {
        Ok(()) => reply(StatusCode::OK, body),
        Err(_) => reply(StatusCode::SERVICE_UNAVAILABLE, ""),
    }
}

/// A row for the message, one for each of its resources, and keys up to the number of rows that Baton writes.
fn rows_of(body: &[u8], message: &Value, rows: u64) -> Rows {
    let mut bodies = vec![(id(body), body.to_vec())];
    for entry in message["entry"].as_array().into_iter().flatten() {
        let resource = serde_json::to_vec(&entry["resource"]).unwrap_or_default();
        // the message makes it unique, as a store's own id would
        let mut unique = bodies[0].0.to_vec();
        unique.extend_from_slice(entry["fullUrl"].as_str().unwrap_or_default().as_bytes());
        bodies.push((id(&unique), resource));
    }
    let keys = rows.saturating_sub(bodies.len() as u64);
    let seed = u64::from_be_bytes(first_eight(&bodies[0].0));
    // spread like hashes of values are
    let keys = (1..=keys).map(|key| seed.wrapping_mul(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)).collect();
    Rows { bodies, keys }
}

fn id(bytes: &[u8]) -> [u8; 16] {
    let digest = Sha256::digest(bytes);
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

fn first_eight(id: &[u8; 16]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&id[..8]);
    first
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::rows_of;

    #[test]
    fn a_message_makes_as_many_rows_as_are_asked_for() {
        let message = json!({"entry": [{"fullUrl": "a", "resource": {}}, {"fullUrl": "b", "resource": {}}]});
        let rows = rows_of(b"x", &message, 10);
        assert_eq!((rows.bodies.len(), rows.keys.len()), (3, 7));
    }
}
