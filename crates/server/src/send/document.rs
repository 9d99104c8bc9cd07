//! From a file to a message.

use baton_dialects::{
    Posted,
    ontario::{Envelope, Unsendable, envelope},
};
use baton_fhir::{
    bundle::Bundle,
    format::Format,
    json,
    message::Header,
    reading::{ReadLimits, Reading},
    tree::Tree,
    xml,
};

use super::{Args, place::Place, posted_of};
use crate::{check::is_xml, clock::random_id, exchanged::definitions_of};

/// The message that a file is, or becomes. What cannot be read goes on as it is: the rules say what is wrong with it.
///
/// # Errors
/// In words, when it cannot be a message or names another target.
pub(super) fn posted(args: &Args, place: &Place, body: Vec<u8>) -> Result<Posted, String> {
    let format = if is_xml(&body) { Format::Xml } else { Format::Json };
    let definitions = definitions_of(place.mount.dialect);
    let read = match format {
        Format::Json => json::read(&body, Reading::Repair, &ReadLimits::default()),
        Format::Xml => xml::read(&body, definitions, Reading::Repair, &ReadLimits::default()),
    };
    let Ok(read) = read else { return Ok(posted_of(body, format)) };
    if place.to.is_none() && is_message(&read.tree) {
        // with the places of its faults
        return Ok(posted_of(body, format));
    }
    let (bundle_id, header_id) = (random_id(), random_id());
    let says = Envelope {
        event: args.event.code(),
        bundle_id: &bundle_id,
        header_id: &header_id,
        at: &place.app.clock.now().to_string(),
        from: &place.name,
        to: place.to.as_ref().and_then(|to| place.mount.directory.get(to)),
    };
    let message = envelope(&place.mount, &read.tree, &says).map_err(|why| words(&why))?;
    let mut written = Vec::with_capacity(body.len() + 2048);
    json::write(message.root(), &mut written);
    Ok(posted_of(written, Format::Json))
}

fn is_message(tree: &Tree) -> bool {
    Bundle::of(tree.root())
        .is_some_and(|bundle| bundle.entries().any(|entry| entry.resource.and_then(Header::of).is_some()))
}

fn words(why: &Unsendable) -> String {
    match why {
        Unsendable::OtherResource => "the file is neither a Bundle nor a ServiceRequest".to_owned(),
        Unsendable::NoFocus(name) => format!("the file has no {name}, which the event is about"),
        Unsendable::OtherTarget(other) => format!("the file names the target {other}, and --to another"),
    }
}
