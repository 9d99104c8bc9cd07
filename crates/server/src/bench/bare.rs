//! The bare side: HTTP, a JSON parse, the same number of rows with the same durability, an answer as large as Baton's.

use std::{convert::Infallible, path::Path, process::ExitCode, sync::Arc};

use baton_store::bare::{BareStore, Rows};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

/// Serves until the process is killed.
pub fn run(database: &Path, rows: u64) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.map(|runtime| runtime.block_on(serve(database, rows))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) | Err(error) => {
            eprintln!("the bare side: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(database: &Path, rows: u64) -> std::io::Result<()> {
    let store = Arc::new(BareStore::open(database).map_err(std::io::Error::other)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ready http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let store = store.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(store.clone(), rows, request));
            // a client that goes away is no news
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    store: Arc<BareStore>,
    rows: u64,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let reply = |status, body: Bytes| {
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        Ok(response)
    };
    let Ok(body) = request.into_body().collect().await else {
        return reply(StatusCode::BAD_REQUEST, Bytes::new());
    };
    let body = body.to_bytes();
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return reply(StatusCode::BAD_REQUEST, Bytes::new());
    };
    match store.insert(rows_of(&body, &message, rows)).await {
        Ok(()) => reply(StatusCode::OK, body),
        Err(_) => reply(StatusCode::SERVICE_UNAVAILABLE, Bytes::new()),
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
