//! One exchange of the story: a message out, the answer back, and where the referral is then.

use serde_json::Value;

use super::{
    DemoError,
    place::{PATH, Place},
};
use crate::client::{Answer, Client};

/// Sends a message; gives the answer.
pub async fn send(client: &mut Client, message: &str) -> Result<Answer, DemoError> {
    let path = format!("{PATH}/$process-message");
    Ok(client.post(&path, "application/fhir+json", message.to_owned()).await?)
}

/// What the story expects of an answer; tells what came instead.
pub fn expect(step: &'static str, answer: &Answer, status: u16) -> Result<Value, DemoError> {
    let otherwise = |what: String| DemoError::Otherwise { step, what };
    if answer.status != status {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        return Err(otherwise(format!("expected {status}, got {}: {body}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(|error| otherwise(format!("the answer is no JSON: {error}")))
}

/// Where the referral is now, in words.
pub async fn whereabouts(client: &mut Client, place: &Place) -> Result<String, DemoError> {
    let path = format!("{PATH}/ServiceRequest/{}", place.request);
    let now = expect("reading the referral", &client.get(&path).await?, 200)?;
    let word = |pointer: &str| now.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    Ok(format!(
        "ServiceRequest/{} is {}, {}, version {}",
        place.request,
        word("/status"),
        word("/priority"),
        word("/meta/versionId")
    ))
}

/// How many of something a search finds.
pub async fn count(client: &mut Client, search: &str) -> Result<u64, DemoError> {
    let found = expect("counting", &client.get(&format!("{PATH}/{search}")).await?, 200)?;
    Ok(found["total"].as_u64().unwrap_or_default())
}
