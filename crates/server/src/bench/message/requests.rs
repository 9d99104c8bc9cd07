//! Referral messages, each with ids of its own.

use baton_dialects::netsmart::sample::{Ids, submit};
use hyper::Method;

use crate::{
    bench::{
        BenchError,
        load::{Request, Requests},
        side::Side,
        template::Template,
    },
    client::{Client, token},
};

/// The exchange that takes them, and the one partner of the one benchmark: both end with it.
pub const EXCHANGE: &str = r#"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
mode = "compat"
[[partner]]
id = "bench"
name = "Benchmark"
exchanges = ["netsmart"]
client_secret = "bench-secret"
scopes = ["system/Messaging.write"]
"#;

const PATH: &str = "/netsmart/v4/$process-message";
/// Stand in a sample where each message gets ids of its own.
const GAPS: [&str; 4] = ["\u{1}", "\u{2}", "\u{3}", "\u{4}"];

/// Messages that submit referrals.
pub struct Messages(Template);

impl Messages {
    /// Messages with the addresses of a side.
    pub fn to(side: &Side) -> Messages {
        let base = format!("http://{}/netsmart/v4", side.address());
        let [bundle, header, request, patient] = GAPS;
        let ids = Ids { base: &base, bundle, header, request, patient, mrn: patient };
        Messages(Template::cut(&submit(&ids), &GAPS))
    }

    /// How long a message is.
    pub fn message_bytes(&self) -> usize {
        self.fill(0).len()
    }

    fn fill(&self, number: u64) -> String {
        let [bundle, header, request, patient] =
            ["bundle", "header", "request", "patient"].map(|kind| format!("bench-{kind}-{number:010}"));
        self.0.fill(&[&bundle, &header, &request, &patient])
    }
}

impl Requests for Messages {
    fn request(&self, number: u64) -> Request {
        Request {
            method: Method::POST,
            path: PATH.to_owned(),
            content_type: "application/fhir+json",
            body: self.fill(number).into(),
            status: 200,
        }
    }

    async fn authorize(&self, clients: &mut [Client]) -> Result<(), BenchError> {
        let Some(first) = clients.first_mut() else { return Ok(()) };
        let Some(token) = token(first, "bench", "bench-secret").await? else {
            return Err(BenchError::Side("Baton gave no token".to_owned()));
        };
        clients.iter_mut().for_each(|client| client.authorize(&token));
        Ok(())
    }
}
