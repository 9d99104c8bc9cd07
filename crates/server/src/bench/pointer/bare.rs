//! The bare side of a locator: HTTP, a JSON parse where there is a body, the same number of rows written and read with the
//! same durability, answers about as large as Baton's.

use std::{path::Path, process::ExitCode, sync::Arc};

use baton_exchange::pointer::{MasterKey, PointerId, SubjectKey};
use baton_store::{
    StoreError,
    bare::{AuditLine, BareRegistry, NewPointer, Written},
};
use hyper::{
    Method, Request, StatusCode, Uri,
    body::Incoming,
    header::{HeaderValue, LOCATION},
};

use super::{
    mould::MASTER_SYSTEM,
    requests::{CUSTODIAN, PATH},
};
use crate::{
    bench::bare::{self, Answer, read, reply},
    clock::{chance, ordered_id},
};

/// What Baton answers to a change in JSON has about this length.
const OUTCOME: [u8; 750] = [b' '; 750];
/// What an audit line holds in Baton besides its patient, and what it holds of each pointer.
const LINE_BYTES: (usize, usize) = (160, 44);

/// Serves until the process is killed.
pub fn run(database: &Path) -> ExitCode {
    bare::run(|| BareRegistry::open(database), answer)
}

/// A line of the audit about as long as Baton's.
pub fn line(subject: SubjectKey, pointers: usize) -> AuditLine {
    let (bytes, bytes_each) = LINE_BYTES;
    AuditLine { subject, owner: CUSTODIAN, data: vec![0; bytes + bytes_each * pointers] }
}

async fn answer(registry: Arc<BareRegistry>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let answered = match head.method {
        Method::POST => create(&registry, body).await,
        Method::PATCH => patch(&registry, &head.uri, body).await,
        _ => match head.uri.path().strip_prefix(PATH).and_then(|path| path.strip_prefix('/')) {
            Some(id) => read_one(&registry, id).await,
            None => search(&registry, &head.uri).await,
        },
    };
    match answered {
        Ok(Some(answer)) => answer,
        Ok(None) => reply(StatusCode::BAD_REQUEST, ""),
        Err(_) => reply(StatusCode::SERVICE_UNAVAILABLE, ""),
    }
}

type Answered = Result<Option<Answer>, StoreError>;

async fn create(registry: &BareRegistry, body: Incoming) -> Answered {
    let Some((bytes, pointer)) = read(body).await else { return Ok(None) };
    let number = pointer["subject"]["reference"].as_str().and_then(|reference| reference.rsplit('/').next());
    let (Some(number), Some(master)) = (number, pointer["masterIdentifier"]["value"].as_str()) else {
        return Ok(None);
    };
    let subject = SubjectKey::of(number);
    let id = PointerId::new(subject, ordered_id(), chance());
    let master = MasterKey::of(MASTER_SYSTEM, master);
    let new = NewPointer { id, subject, master, body: bytes.to_vec() };
    registry.write(Written::New(new), line(subject, 1)).await?;
    let mut answer = reply(StatusCode::CREATED, &OUTCOME[..]);
    if let Ok(location) = HeaderValue::from_str(&format!("{PATH}/{id}")) {
        answer.headers_mut().insert(LOCATION, location);
    }
    Ok(Some(answer))
}

async fn patch(registry: &BareRegistry, uri: &Uri, body: Incoming) -> Answered {
    let Some((_, patch)) = read(body).await else { return Ok(None) };
    let (Some(number), Some(master)) = (number(uri), between(uri, "%7C")) else { return Ok(None) };
    let subject = SubjectKey::of(number);
    let Some((place, body)) = registry.by_master(subject, MasterKey::of(MASTER_SYSTEM, master))? else {
        return Ok(None);
    };
    let status = patch["parameter"][0]["part"][2]["valueString"].as_str().unwrap_or_default();
    let body = String::from_utf8_lossy(&body).replace(r#""status":"current""#, &format!(r#""status":"{status}""#));
    registry.write(Written::Changed { place, body: body.into_bytes() }, line(subject, 1)).await?;
    Ok(Some(reply(StatusCode::OK, &OUTCOME[..])))
}

async fn read_one(registry: &BareRegistry, id: &str) -> Answered {
    let Some(id) = PointerId::parse(id) else { return Ok(None) };
    let Some((subject, body)) = registry.by_id(id)? else { return Ok(None) };
    registry.write(Written::Nothing, line(subject, 1)).await?;
    Ok(Some(reply(StatusCode::OK, body)))
}

async fn search(registry: &BareRegistry, uri: &Uri) -> Answered {
    let Some(number) = number(uri) else { return Ok(None) };
    let subject = SubjectKey::of(number);
    let found = registry.of_subject(subject)?;
    registry.write(Written::Nothing, line(subject, found.len())).await?;
    let mut list =
        format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{},"entry":["#, found.len()).into_bytes();
    for (at, body) in found.iter().enumerate() {
        list.extend_from_slice(if at == 0 { br#"{"resource":"# } else { br#",{"resource":"# });
        list.extend_from_slice(body);
        list.push(b'}');
    }
    list.extend_from_slice(b"]}");
    Ok(Some(reply(StatusCode::OK, list)))
}

/// The patient's number in a query.
fn number(uri: &Uri) -> Option<&str> {
    between(uri, "/Patient/")
}

/// What stands in a query behind a word, up to the next parameter.
fn between<'u>(uri: &'u Uri, word: &str) -> Option<&'u str> {
    let (_, rest) = uri.query()?.split_once(word)?;
    rest.split('&').next()
}
