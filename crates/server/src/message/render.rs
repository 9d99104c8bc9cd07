//! Puts an answer on the wire: in the format and to the extent that the sender asks for.

use baton_dialects::Mount;
use baton_exchange::access::{Caller, Looking, Reach, Subject, may_read};
use baton_fhir::{
    definitions::Definitions,
    format::Format,
    json,
    message::shorten,
    reading::{ReadLimits, Reading},
    xml,
};
use hyper::{HeaderMap, StatusCode, header::HeaderName};

use super::settle::Answered;
use crate::{
    failure::Failure,
    http::{refuse::Problem, reply::Reply, route::Place},
};

/// How deep an answer may be nested when it is read back: what was accepted, and the Bundle around it.
const STORED: ReadLimits = ReadLimits { depth_max: 256, nodes_max: 20_000_000 };

/// How much of an answer is wanted. Source: FHIR R4 RESTful API, "Managing Return Content"; RFC 7240.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Its header, and the warnings where there are any.
    Header,
    /// Its status alone.
    Status,
    /// Its status alone, whatever was asked for: the caller may not read the rest.
    Withheld,
}

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const MINIMAL: &str = "return=minimal";

impl Extent {
    /// What the header `Prefer` asks for: less of an answer that is a message, nothing of another.
    pub(super) fn asked(headers: &HeaderMap, at: &Place) -> Extent {
        let lines = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
        let mut preferences = lines.flat_map(|line| line.split([',', ';'])).map(str::trim);
        match (preferences.any(|it| it.eq_ignore_ascii_case(MINIMAL)), at) {
            (false, _) => Extent::Whole,
            (true, Place::ProcessMessage) => Extent::Header,
            (true, _) => Extent::Status,
        }
    }

    /// As much of that as the caller may read: who may change a resource and not read it learns from the answer no more than that
    /// it is done, and nobody is shown by a write what is beyond the part that it may read. The answer to a message is a part
    /// of the message. Source: spec of security, T33 and T52.
    pub(super) fn readable(self, mount: &Mount, caller: &Caller, at: &Place, answered: &Answered) -> Extent {
        let (Place::Type(name) | Place::Instance(name, _)) = at else { return self };
        let is_message = matches!((at, name.as_str()), (Place::Type(_), "Bundle" | "ServiceRequest"));
        match may_read(caller, name, Looking::Read, mount.references()) {
            _ if is_message => self,
            Ok(Reach::All) => self,
            Ok(reach) if is_within(mount, &reach, answered) => self,
            Ok(Reach::Parts(_)) | Err(_) => Extent::Withheld,
        }
    }
}

/// Whether what was made is within reach. What it says of a patient is not looked up: that part of a reach shows nothing here.
fn is_within(mount: &Mount, reach: &Reach, answered: &Answered) -> bool {
    let (Some(made), Some(referral)) = (&answered.made, answered.referral) else { return false };
    let Ok(read) = json::read(&answered.answer, Reading::Strict, &STORED) else { return false };
    let keys = mount.keys_of(referral, read.tree.root());
    let (resource_type, id) = (made.resource_type.as_str(), made.id.as_str());
    reach.has(&Subject { resource_type, id, patients: &[], same_referral: false, keys: &keys })
}

/// The answer as it is asked for. Where there is a receipt it is always made from the bytes that this keeps, the first time as well
/// as in a replay, so that the two cannot differ.
pub(super) fn render(
    answered: Answered,
    format: Format,
    extent: Extent,
    definitions: &Definitions,
) -> Result<Reply, Problem> {
    let status =
        StatusCode::from_u16(answered.status).map_err(|_| Failure::Bug("a receipt has no HTTP status".to_owned()))?;
    // what is wrong is said in any case
    let extent = if status.is_success() { extent } else { Extent::Whole };
    match extent {
        Extent::Status => return Ok(Reply::empty(status).header(PREFERENCE_APPLIED, MINIMAL)),
        Extent::Withheld => return Ok(Reply::empty(status)),
        _ if answered.answer.is_empty() => return Ok(Reply::empty(status)),
        Extent::Whole | Extent::Header => {}
    }
    if (format, extent) == (Format::Json, Extent::Whole) {
        return Ok(Reply::with_body(status, format.media_type(), answered.answer));
    }
    let read = json::read(&answered.answer, Reading::Strict, &STORED)
        .map_err(|_| Failure::Bug("a stored answer is no JSON".to_owned()))?;
    let mut tree = read.tree;
    if extent == Extent::Header {
        shorten(&mut tree);
    }
    let mut body = Vec::with_capacity(answered.answer.len() + answered.answer.len() / 2);
    match format {
        Format::Json => json::write(tree.root(), &mut body),
        Format::Xml => xml::write(tree.root(), definitions, &mut body),
    }
    let reply = Reply::with_body(status, format.media_type(), body);
    Ok(match extent {
        Extent::Whole | Extent::Withheld => reply,
        Extent::Header | Extent::Status => reply.header(PREFERENCE_APPLIED, MINIMAL),
    })
}

#[cfg(test)]
mod tests {
    use baton_dialects::Made;
    use baton_exchange::{access::Person, id::ReferralId};
    use hyper::{HeaderMap, body::Body};

    use super::{Answered, Caller, Extent, Format, Mount, PREFER, Place, render};
    use crate::{exchanged::definitions_of, http::trace::Trace, metrics::Verdict};

    fn check(lines: &[&'static str], expected: Extent) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, line.parse().expect("it is a header's text"));
        }
        assert_eq!(Extent::asked(&headers, &Place::ProcessMessage), expected, "{lines:?}");
        let elsewhere = if expected == Extent::Header { Extent::Status } else { expected };
        assert_eq!(Extent::asked(&headers, &Place::of("/Task/1")), elsewhere, "{lines:?}");
    }

    #[test]
    fn the_whole_answer_is_given_unless_less_is_preferred() {
        check(&[], Extent::Whole);
        check(&["return=representation"], Extent::Whole);
        check(&["return=minimally"], Extent::Whole);
        check(&["return=minimal"], Extent::Header);
        check(&["respond-async, Return=Minimal; foo=bar"], Extent::Header);
        check(&["handling=strict", "return=minimal"], Extent::Header);
    }

    #[track_caller]
    fn check_readable(scopes: &[&str], at: &str, expected: Extent) {
        let caller = Caller::system("clinic-a".into(), scopes.iter().map(ToString::to_string).collect());
        let extent = Extent::Whole.readable(&mount(), &caller, &Place::of(at), &made());
        assert_eq!(extent, expected, "{scopes:?} {at}");
    }

    fn mount() -> Mount {
        Mount {
            exchange: "e".into(),
            dialect: baton_dialects::Dialect::Ontario,
            mode: baton_dialects::Mode::Compat,
            base: String::new(),
            reliable_cache_secs: 0,
            bundle_entries_max: 1,
            directory: baton_dialects::ontario::Directory::default(),
            blind: [0; 32],
        }
    }

    /// A Task that was changed.
    fn made() -> Answered {
        let made = Made { resource_type: "Task".to_owned(), id: "1".to_owned(), version: 2, is_new: false };
        Answered {
            answer: br#"{"resourceType":"Task","status":"accepted"}"#.to_vec(),
            made: Some(made),
            referral: Some(ReferralId([1; 16])),
            ..answered(200)
        }
    }

    fn answered(status: u16) -> Answered {
        Answered {
            status,
            answer: br#"{"resourceType":"OperationOutcome"}"#.to_vec(),
            verdict: Verdict::Accepted,
            action: "",
            made: None,
            referral: None,
            is_told: false,
        }
    }

    /// Threat: T33, T52
    #[test]
    fn of_a_part_that_may_be_read_an_answer_shows_what_is_in_it() {
        for (query, expected) in [
            ("status=accepted", Extent::Whole),
            ("status=requested,accepted&_id=1", Extent::Whole),
            ("status=requested", Extent::Withheld),
            ("status=accepted&_id=2", Extent::Withheld),
            ("foo=accepted", Extent::Withheld),
        ] {
            check_readable(&["system/Task.u", &format!("system/Task.r?{query}")], "/Task/1", expected);
        }
    }

    #[test]
    fn who_may_not_read_a_type_is_not_shown_what_was_made_of_it() {
        for at in ["/Task/1", "/Appointment/1", "/Appointment"] {
            check_readable(&["system/*.cu"], at, Extent::Withheld);
            check_readable(&["system/*.cus", "system/Patient.r"], at, Extent::Withheld);
            check_readable(&["system/*.cru"], at, Extent::Whole);
        }
        check_readable(&["system/Messaging.write"], "/$process-message", Extent::Whole);
        check_readable(&["system/Messaging.write"], "/ServiceRequest", Extent::Whole);
    }

    #[test]
    fn what_may_be_beyond_the_patient_that_an_app_reads_is_not_shown_to_it() {
        let person = Person {
            subject: "ada".to_owned(),
            app: "app".to_owned(),
            exchange: "ontario".into(),
            patient: Some("1".to_owned()),
        };
        let scopes = vec!["user/Task.u".to_owned(), "patient/Task.r".to_owned()];
        let caller = Caller { person: Some(person), ..Caller::system("clinic-a".into(), scopes) };
        assert_eq!(Extent::Header.readable(&mount(), &caller, &Place::of("/Task/1"), &made()), Extent::Withheld);
    }

    #[test]
    fn what_is_wrong_is_said_to_those_who_prefer_little() {
        let body = |status, extent| {
            let definitions = definitions_of(baton_dialects::Dialect::Ontario);
            let reply = render(answered(status), Format::Json, extent, definitions).expect("it is JSON");
            let trace = Trace { request_id: String::new(), correlation_id: String::new() };
            reply.into_response(&trace).body().size_hint().exact()
        };
        assert_eq!(body(200, Extent::Status), Some(0));
        assert_eq!(body(404, Extent::Status), Some(35));
        assert_eq!(body(200, Extent::Header), Some(35));
        assert_eq!(body(200, Extent::Withheld), Some(0));
        assert_eq!(body(412, Extent::Withheld), Some(35));
    }
}
