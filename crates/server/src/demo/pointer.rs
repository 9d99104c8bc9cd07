//! The second part of the story: a pointer is registered and withdrawn, in XML.

use std::net::SocketAddr;

use baton_dialects::nrl::sample::{Scope, token, withdrawal};
use hyper::{
    Method,
    header::{ACCEPT, HeaderName},
};

use super::{
    DemoError,
    place::{LOCATOR, NUMBER, Place},
    words::{Paint, kilobytes, line},
};
use crate::{
    client::{Answer, Client},
    clock::Clock,
};

const XML: &str = "application/fhir+xml";
const PATIENT: &str = "https://demographics.spineservices.nhs.uk/STU3/Patient/";

/// Tells how a pointer comes and goes; gives its address.
pub async fn tell(place: &Place, address: SocketAddr, paint: Paint) -> Result<String, DemoError> {
    let mut provider = caller(address, "200000000118", "RR8", Scope::Write).await?;
    let mut consumer = caller(address, "200000000115", "AMS01", Scope::Read).await?;
    println!("{}", paint.strong("5  Trust B registers a pointer to a crisis plan, in XML"));
    let path = format!("{LOCATOR}/DocumentReference");
    let made = provider.send(Method::POST, &path, XML, place.pointer.clone().into()).await?;
    let code = expect("registering a pointer", &made, 201)?;
    print!("{}", line(paint, "sent", &format!("POST DocumentReference, {}", kilobytes(place.pointer.len()))));
    let pointer = made.location.clone().unwrap_or_default();
    print!("{}", line(paint, "came back", &format!("201, {code}, at {pointer}")));
    println!("{}", line(paint, "now", &format!("an ambulance service finds {}", found(&mut consumer).await?)));
    println!("{}", paint.strong("6  Trust B withdraws it by its masterIdentifier: it should never have been there"));
    let named = format!("{path}?subject={PATIENT}{NUMBER}&identifier=urn:ietf:rfc:3986%7C{}", place.master);
    let withdrawn = provider.send(Method::PATCH, &named, XML, withdrawal().into()).await?;
    let code = expect("withdrawing a pointer", &withdrawn, 200)?;
    print!("{}", line(paint, "sent", "PATCH DocumentReference: its status becomes entered-in-error"));
    print!("{}", line(paint, "came back", &format!("200, {code}")));
    let id = pointer.rsplit('/').next().unwrap_or_default();
    let gone = consumer.get(&format!("{path}/{id}")).await?;
    let code = expect("reading a withdrawn pointer", &gone, 400)?;
    let now = format!("the ambulance service finds {}; to read it gives 400, {code}", found(&mut consumer).await?);
    println!("{}", line(paint, "now", &now));
    Ok(pointer)
}

/// Commands that work when they are pasted. Audit tokens are long, so they lie in a file.
pub fn next(place: &Place, address: SocketAddr, pointer: &str) -> Result<String, DemoError> {
    let file = place.folder.join("consumer.jwt");
    let token = token("200000000115", "AMS01", Scope::Read, Clock::of_machine().now());
    let outside = |source| DemoError::Outside { what: "could not write a token", source };
    std::fs::write(&file, token).map_err(outside)?;
    let (file, base) = (file.display(), format!("http://{address}{LOCATOR}"));
    let headers = "-H 'fromASID: 200000000115' -H 'toASID: 999999999999'";
    Ok(format!(
        "curl -s -H \"$JSON\" {base}/metadata\n\
         curl -s -H \"Authorization: Bearer $(cat {file})\" {headers} {pointer}\n\
         curl -s -H \"Authorization: Bearer $(cat {file})\" {headers} \\\n     \
         '{base}/DocumentReference?subject={PATIENT}{NUMBER}'\n"
    ))
}

async fn caller(address: SocketAddr, asid: &str, ods: &str, scope: Scope) -> Result<Client, DemoError> {
    let mut client = Client::connect(address).await?;
    client.authorize(&token(asid, ods, scope, Clock::of_machine().now()));
    client.always(HeaderName::from_static("fromasid"), asid);
    client.always(HeaderName::from_static("toasid"), "999999999999");
    client.always(ACCEPT, XML);
    Ok(client)
}

/// The code of an answer's first issue, when its status is the one that the story tells.
fn expect(step: &'static str, answer: &Answer, status: u16) -> Result<String, DemoError> {
    let body = String::from_utf8_lossy(&answer.body);
    if answer.status != status {
        return Err(DemoError::Otherwise { step, what: format!("expected {status}, got {}: {body}", answer.status) });
    }
    Ok(between(&body, "Spine-ErrorOrWarningCode-1\"/><code value=\"", "\"").unwrap_or("?").to_owned())
}

/// How many pointers a consumer finds for the patient.
async fn found(consumer: &mut Client) -> Result<String, DemoError> {
    let answer = consumer.get(&format!("{LOCATOR}/STU3/DocumentReference?subject={PATIENT}{NUMBER}")).await?;
    let body = String::from_utf8_lossy(&answer.body);
    match between(&body, "<total value=\"", "\"") {
        Some("1") => Ok("1 pointer for that patient".to_owned()),
        Some(total) => Ok(format!("{total} pointers for that patient")),
        None => Err(DemoError::Otherwise { step: "finding pointers", what: body.into_owned() }),
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
