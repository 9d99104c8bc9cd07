//! The story itself: a referral is submitted, changed, sent again, and a bad one is refused; then a pointer's, and then that of
//! a referral between two versions of a guide.

use std::net::SocketAddr;

use serde_json::Value;

use super::{
    DemoError,
    place::{CLIENT, PATH, Place, SECRET},
    pointer, referral,
    step::{count, expect, send, whereabouts},
    words::{Paint, issues, kilobytes, line},
};
use crate::client::{Client, token};

/// Tells the story step by step, each as it happens.
pub async fn tell(place: &Place, address: SocketAddr) -> Result<(), DemoError> {
    let paint = Paint::of_output();
    println!("{}", opening(place, address, paint));
    let mut client = Client::connect(address).await?;
    let Some(token) = token(&mut client, CLIENT, SECRET).await? else {
        return Err(DemoError::Otherwise { step: "signing in", what: "no token was given".to_owned() });
    };
    client.authorize(&token);
    let first = submit(&mut client, place, paint).await?;
    update(&mut client, place, paint).await?;
    resend(&mut client, place, paint, &first).await?;
    refused(&mut client, place, paint).await?;
    let pointer = pointer::tell(place, address, paint).await?;
    referral::tell(place, address, paint).await?;
    print!("{}", next(place, address, paint));
    print!("{}", pointer::next(place, address, &pointer)?);
    println!("{}", referral::next(place, address));
    Ok(())
}

fn opening(place: &Place, address: SocketAddr, paint: Paint) -> String {
    format!(
        "{}\nServer    http://{address}{PATH}\nFiles     {}\n",
        paint.strong("Baton: a referral on its way, a pointer to a record, and a referral between two versions"),
        place.folder.display()
    )
}

async fn submit(client: &mut Client, place: &Place, paint: Paint) -> Result<Vec<u8>, DemoError> {
    println!("{}", paint.strong("1  Clinic A submits a referral"));
    let message = &place.messages[0];
    let answer = send(client, message).await?;
    let reply = expect("submitting", &answer, 200)?;
    let response = &reply["entry"][0]["resource"]["response"];
    let sent: Value = serde_json::from_str(message).unwrap_or_default();
    let resources = sent["entry"].as_array().map_or(0, Vec::len);
    let what = format!(
        "submit-service-request, {resources} resources, {}, Bundle {}",
        kilobytes(message.len()),
        place.submitted
    );
    print!("{}", line(paint, "sent", &what));
    let back = format!(
        "200, a message: code {}, answering Bundle {}",
        response["code"].as_str().unwrap_or("?"),
        response["identifier"].as_str().unwrap_or("?")
    );
    print!("{}", line(paint, "came back", &back));
    println!("{}", line(paint, "now", &whereabouts(client, place).await?));
    Ok(answer.body.to_vec())
}

async fn update(client: &mut Client, place: &Place, paint: Paint) -> Result<(), DemoError> {
    println!("{}", paint.strong("2  Clinic A changes it"));
    let reply = expect("updating", &send(client, &place.messages[1]).await?, 200)?;
    print!("{}", line(paint, "sent", "update-service-request: it is more urgent, and there is one note more"));
    let code = reply["entry"][0]["resource"]["response"]["code"].as_str().unwrap_or("?");
    print!("{}", line(paint, "came back", &format!("200, a message: code {code}")));
    let versions = count(client, &format!("ServiceRequest/{}/_history", place.request)).await?;
    let now = format!("{}; {versions} versions in its history", whereabouts(client, place).await?);
    println!("{}", line(paint, "now", &now));
    Ok(())
}

async fn resend(client: &mut Client, place: &Place, paint: Paint, first: &[u8]) -> Result<(), DemoError> {
    println!("{}", paint.strong("3  The first message comes again, as if its answer had been lost"));
    let answer = send(client, &place.messages[0]).await?;
    expect("resending", &answer, 200)?;
    if answer.body != first {
        let what = "the answer is not the first one".to_owned();
        return Err(DemoError::Otherwise { step: "resending", what });
    }
    let same = format!("200, the first answer again, byte for byte ({})", kilobytes(first.len()));
    print!("{}", line(paint, "came back", &same));
    println!("{}", line(paint, "now", &format!("{}; nothing was done twice", whereabouts(client, place).await?)));
    Ok(())
}

async fn refused(client: &mut Client, place: &Place, paint: Paint) -> Result<(), DemoError> {
    println!("{}", paint.strong("4  A message with faults is refused, with all of them at once"));
    let answer = send(client, &place.messages[2]).await?;
    let outcome = expect("sending a bad message", &answer, 400)?;
    print!("{}", line(paint, "came back", "400, an OperationOutcome:"));
    print!("{}", issues(paint, &outcome));
    println!("{}", line(paint, "now", &format!("{}; a refusal leaves no trace", whereabouts(client, place).await?)));
    Ok(())
}

/// Commands that work when they are pasted.
fn next(place: &Place, address: SocketAddr, paint: Paint) -> String {
    let folder = place.folder.display();
    let program = std::env::args().next().unwrap_or_else(|| "baton".to_owned());
    let base = format!("http://{address}{PATH}");
    format!(
        "{}\n\
         TOKEN=$(curl -s -u {CLIENT}:{SECRET} -d grant_type=client_credentials http://{address}/oauth/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\
         JSON='Accept: application/fhir+json'\n\
         curl -s -H \"$JSON\" {base}/metadata\n\
         curl -s -H \"$JSON\" -H \"Authorization: Bearer $TOKEN\" {base}/ServiceRequest/{}/_history\n\
         curl -s -H \"$JSON\" -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/fhir+json' \\\n     \
              --data-binary @{folder}/submit.json '{base}/$process-message'\n\
         {program} check {folder}/refused.json --dialect netsmart\n",
        paint.strong("Try next"),
        place.request
    )
}
