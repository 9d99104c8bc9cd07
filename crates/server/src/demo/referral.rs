//! The third part of the story: a practice refers to a centre that speaks a newer version of the guide, and takes it back.

use std::net::SocketAddr;

use baton_dialects::ontario::sample::{Ids, revoke, submit, visit};
use hyper::Method;
use serde_json::{Value, json};

use super::{
    DemoError,
    place::{ONTARIO, Place, SECRET},
    step::expect,
    words::{Paint, kilobytes, line},
};
use crate::{
    client::{Client, token},
    clock::{Clock, random_id},
};

const JSON: &str = "application/fhir+json";
/// The patient of the demo's referral; invented.
const HCN: &str = "1234567890";

/// Tells how a referral is worked on and withdrawn.
pub async fn tell(place: &Place, address: SocketAddr, paint: Paint) -> Result<(), DemoError> {
    let mut practice = caller(address, "practice-d").await?;
    let mut centre = caller(address, "centre-e").await?;
    let number = format!("referral-{}", &place.submitted[..8]);
    let request = opened(&mut practice, address, paint, &number).await?;
    accepted(&mut centre, &mut practice, paint, &request).await?;
    booked(&mut centre, &mut practice, paint, &request).await?;
    withdrawn(&mut practice, &mut centre, address, paint, &number, &request).await
}

async fn caller(address: SocketAddr, client_id: &str) -> Result<Client, DemoError> {
    let mut client = Client::connect(address).await?;
    let token = token(&mut client, client_id, SECRET).await?;
    let otherwise = || DemoError::Otherwise { step: "signing in", what: "no token was given".to_owned() };
    client.authorize(&token.ok_or_else(otherwise)?);
    Ok(client)
}

fn message(make: fn(&Ids<'_>) -> String, address: SocketAddr, number: &str) -> String {
    let (bundle, header, now) = (random_id(), random_id(), Clock::of_machine().now().to_string());
    let base = format!("http://{address}{ONTARIO}");
    make(&Ids { base: &base, bundle: &bundle, header: &header, request: number, hcn: HCN, now: &now })
}

async fn opened(practice: &mut Client, address: SocketAddr, paint: Paint, number: &str) -> Result<String, DemoError> {
    println!("{}", paint.strong("7  Practice D refers to Hip Centre E, in Ontario's version 0.10"));
    let message = message(submit, address, number);
    let sent = format!("add-service-request, {}", kilobytes(message.len()));
    let answer = practice.post(&format!("{ONTARIO}/$process-message"), JSON, message).await?;
    let echo = expect("referring", &answer, 200)?;
    print!("{}", line(paint, "sent", &sent));
    let entries = echo["entry"].as_array().map_or(0, Vec::len);
    print!(
        "{}",
        line(paint, "came back", &format!("200, the message again with the target's Task, {entries} entries"))
    );
    let found = practice.get(&format!("{ONTARIO}/ServiceRequest?identifier={number}")).await?;
    let found = expect("finding the referral", &found, 200)?;
    let id = found["entry"][0]["resource"]["id"].as_str().unwrap_or_default().to_owned();
    let task = task_of(practice, &id).await?;
    let status = task["status"].as_str().unwrap_or("?");
    println!("{}", line(paint, "now", &format!("both find it as ServiceRequest/{id}, its Task is {status}")));
    Ok(id)
}

async fn accepted(centre: &mut Client, practice: &mut Client, paint: Paint, request: &str) -> Result<(), DemoError> {
    println!("{}", paint.strong("8  Hip Centre E, which speaks 0.11, accepts it by REST"));
    let mut task = task_of(centre, request).await?;
    task["status"] = json!("accepted");
    let id = task["id"].as_str().unwrap_or_default().to_owned();
    let answer = centre.send(Method::PUT, &format!("{ONTARIO}/Task/{id}"), JSON, task.to_string().into()).await?;
    expect("accepting", &answer, 200)?;
    print!("{}", line(paint, "sent", &format!("PUT Task/{id}")));
    let now = task_of(practice, request).await?;
    let status = now["status"].as_str().unwrap_or("?");
    println!(
        "{}",
        line(paint, "now", &format!("the practice reads {status}; it would be told as notify-update-status"))
    );
    Ok(())
}

async fn booked(centre: &mut Client, practice: &mut Client, paint: Paint, request: &str) -> Result<(), DemoError> {
    println!("{}", paint.strong("9  It books a first visit"));
    let answer = centre.send(Method::POST, &format!("{ONTARIO}/Appointment"), JSON, visit(request).into()).await?;
    expect("booking", &answer, 201)?;
    print!("{}", line(paint, "sent", "POST Appointment, the patient has not confirmed it yet"));
    let found = practice.get(&format!("{ONTARIO}/Appointment?based-on=ServiceRequest/{request}")).await?;
    let found = expect("finding the visit", &found, 200)?;
    println!("{}", line(paint, "now", &format!("the practice finds {} visit", found["total"])));
    Ok(())
}

async fn withdrawn(
    practice: &mut Client,
    centre: &mut Client,
    address: SocketAddr,
    paint: Paint,
    number: &str,
    request: &str,
) -> Result<(), DemoError> {
    println!("{}", paint.strong("10 The patient withdraws consent: all personal data of the referral are cleared"));
    let message = message(revoke, address, number);
    let answer = practice.post(&format!("{ONTARIO}/$process-message"), JSON, message).await?;
    expect("withdrawing", &answer, 200)?;
    print!("{}", line(paint, "sent", "revoke-service-request"));
    let gone = centre.get(&format!("{ONTARIO}/ServiceRequest/{request}")).await?;
    expect("reading what is cleared", &gone, 410)?;
    let found = centre.get(&format!("{ONTARIO}/Appointment?based-on=ServiceRequest/{request}")).await?;
    let found = expect("finding what is cleared", &found, 200)?;
    let now = format!("to read it gives 410, and {} visits are found", found["total"]);
    println!("{}", line(paint, "now", &now));
    Ok(())
}

/// Commands that work when they are pasted.
pub fn next(place: &Place, address: SocketAddr) -> String {
    let folder = place.folder.display();
    let program = std::env::args().next().unwrap_or_else(|| "baton".to_owned());
    format!(
        "curl -s -H \"$JSON\" http://{address}{ONTARIO}/metadata\n\
         {program} erasures list --config {folder}/baton.toml"
    )
}

async fn task_of(client: &mut Client, request: &str) -> Result<Value, DemoError> {
    let found = client.get(&format!("{ONTARIO}/Task?based-on=ServiceRequest/{request}")).await?;
    Ok(expect("finding the Task", &found, 200)?["entry"][0]["resource"].clone())
}
