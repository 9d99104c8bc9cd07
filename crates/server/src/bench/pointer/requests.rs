//! Requests to a locator, each about a pointer or patient of its own.

use baton_dialects::nrl::{
    fhir,
    sample::{self, Ids, Scope, token},
};
use baton_exchange::pointer::SubjectKey;
use baton_fhir::{
    format::Format,
    json,
    reading::{ReadLimits, Reading},
    xml,
};
use bytes::Bytes;
use hyper::{
    Method,
    header::{ACCEPT, HeaderName},
};

use super::{operation::Operation, registry::Registry};
use crate::{
    bench::{
        BenchError,
        load::{Request, Requests},
        template::Template,
    },
    client::Client,
    clock::Clock,
};

/// The locator. Its tokens are unsigned, as they are behind a proxy that has looked at the caller's certificate.
pub const EXCHANGE: &str = r#"
[[exchange]]
id = "nrl"
dialect = "nrl"
path = "/nrl"
jwt = "unsigned"
spine_asid = "999999999999"
[[partner]]
id = "provider"
name = "Provider"
exchanges = ["nrl"]
roles = ["provider"]
asid = "200000000118"
ods = "RR8"
[[partner]]
id = "consumer"
name = "Consumer"
exchanges = ["nrl"]
roles = ["consumer"]
asid = "200000000115"
ods = "AMS01"
"#;

/// The name of the exchange.
pub const EXCHANGE_ID: &str = "nrl";
/// Where pointers are.
pub const PATH: &str = "/nrl/DocumentReference";
/// The organisation that answers for all of them.
pub const CUSTODIAN: &str = "RR8";
const PATIENT: &str = "https://demographics.spineservices.nhs.uk/STU3/Patient/";
/// Stand in a sample where each pointer has its own.
const GAPS: [&str; 3] = ["{number}", "{master}", "{record}"];

/// Requests of one kind.
pub struct PointerRequests {
    operation: Operation,
    registry: Registry,
    format: Format,
    pointer: Template,
    patch: Bytes,
}

impl PointerRequests {
    /// Requests to a registry in a format.
    pub fn new(operation: Operation, registry: Registry, format: Format) -> PointerRequests {
        let [number, master, record] = GAPS;
        let pointer = in_format(&sample::pointer(&Ids { number, master, ods: CUSTODIAN, record }), format);
        let patch = in_format(sample::withdrawal(), format).into();
        PointerRequests { operation, registry, format, pointer: Template::cut(&pointer, &GAPS), patch }
    }

    fn create(&self, pointer: u64) -> Request {
        let traits = self.registry.traits(pointer);
        let body = self.pointer.fill(&[&traits.number, &traits.master, &traits.record]);
        self.sent(Method::POST, PATH.to_owned(), body.into(), 201)
    }

    fn patch(&self, pointer: u64) -> Request {
        let traits = self.registry.traits(pointer);
        let name = format!("subject={PATIENT}{}&identifier=urn:ietf:rfc:3986%7C{}", traits.number, traits.master);
        self.sent(Method::PATCH, format!("{PATH}?{name}"), self.patch.clone(), 200)
    }

    fn read(&self, pointer: u64) -> Request {
        let subject = SubjectKey::of(&self.registry.traits(pointer).number);
        self.sent(Method::GET, format!("{PATH}/{}", self.registry.id(pointer, subject)), Bytes::new(), 200)
    }

    fn search(&self, patient: &str) -> Request {
        self.sent(Method::GET, format!("{PATH}?subject={PATIENT}{patient}"), Bytes::new(), 200)
    }

    fn sent(&self, method: Method, path: String, body: Bytes, status: u16) -> Request {
        let content_type = if body.is_empty() { "" } else { self.format.media_type() };
        Request { method, path, content_type, body, status }
    }
}

impl Requests for PointerRequests {
    fn request(&self, number: u64) -> Request {
        match self.operation {
            // both begin where the registry ended: what is patched was created before
            Operation::Create => self.create(self.registry.pointers + number),
            Operation::Patch => self.patch(self.registry.pointers + number),
            Operation::Read => self.read(self.registry.any_pointer(number)),
            Operation::Search => self.search(&self.registry.any_patient(number)),
        }
    }

    async fn authorize(&self, clients: &mut [Client]) -> Result<(), BenchError> {
        let (asid, ods, scope) = match self.operation {
            Operation::Create | Operation::Patch => ("200000000118", CUSTODIAN, Scope::Write),
            Operation::Read | Operation::Search => ("200000000115", "AMS01", Scope::Read),
        };
        let token = token(asid, ods, scope, Clock::of_machine().now());
        for client in clients {
            client.authorize(&token);
            client.always(HeaderName::from_static("fromasid"), asid);
            client.always(HeaderName::from_static("toasid"), "999999999999");
            client.always(ACCEPT, self.format.media_type());
        }
        Ok(())
    }
}

/// A sample, which is XML, in a format.
fn in_format(sample: &str, format: Format) -> String {
    let read = match format {
        Format::Xml => return sample.to_owned(),
        Format::Json => xml::read(sample.as_bytes(), fhir(), Reading::Strict, &ReadLimits::default()),
    };
    let mut body = Vec::new();
    if let Ok(read) = read {
        json::write(read.tree.root(), &mut body);
    }
    String::from_utf8(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{EXCHANGE_ID, Format, Operation, PointerRequests, Registry, Requests};

    #[test]
    fn a_sample_is_the_same_pointer_in_json() {
        let requests = PointerRequests::new(Operation::Create, Registry::new(10, &EXCHANGE_ID.into()), Format::Json);
        let (first, second) = (requests.request(0).body, requests.request(1).body);
        let first: serde_json::Value = serde_json::from_slice(&first).expect("it is JSON");
        assert_eq!(first["type"]["coding"][0]["code"], "736253002");
        let second: serde_json::Value = serde_json::from_slice(&second).expect("it is JSON");
        assert_ne!(first["masterIdentifier"]["value"], second["masterIdentifier"]["value"]);
    }

    #[test]
    fn what_is_patched_was_created_before() {
        let registry = Registry::new(10, &EXCHANGE_ID.into());
        let of = |operation| PointerRequests::new(operation, registry.clone(), Format::Json).request(3);
        let created: serde_json::Value = serde_json::from_slice(&of(Operation::Create).body).expect("it is JSON");
        let master = created["masterIdentifier"]["value"].as_str().expect("it has a name");
        assert!(of(Operation::Patch).path.ends_with(&format!("%7C{master}")));
    }
}
