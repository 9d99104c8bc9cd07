//! The configuration: an exchange, another one and a locator beside it, partners and an app.

use super::may::Guide;

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[store]
keys = "KEYS"
[delivery]
allow_private_addresses = true
retry_first = "10h"
[limits]
requests_burst = 1000000
address_requests_burst = 1000000
[[exchange]]
id = "here"
dialect = "DIALECT"
path = "/here"
[[exchange]]
id = "other"
dialect = "ontario"
path = "/other"
[[exchange]]
id = "nrl"
dialect = "nrl"
path = "/nrl"
jwt = "unsigned"
spine_asid = "999999999999"
[[app]]
id = "viewer"
name = "Viewer"
exchanges = ["here", "other"]
redirect_uris = ["https://viewer.example/cb"]
launch_url = "https://viewer.example/launch"
scopes = ["openid", "fhirUser", "launch", "launch/patient", "patient/*.cruds", "user/*.cruds", "user/Messaging.write", "patient/Messaging.write"]
public = true
"#;

/// Partners, where they are registered, what they are, and how they are told.
pub const PARTNERS: [(&str, &str, &str, &str); 7] = [
    ("source", r#""here""#, "source", ""),
    // nobody listens there, so that what it is told waits for it
    ("target", r#""here", "other""#, "target", "notify = { url = \"http://127.0.0.1:1/\", token = \"a-token\" }\n"),
    ("former", r#""here""#, "target", ""),
    ("third", r#""here""#, "third-party", ""),
    ("outsider", r#""here""#, "source", ""),
    ("idle", r#""here""#, "source", ""),
    ("stranger", r#""other""#, "source", ""),
];

/// The configuration with that guide at the exchange that is looked at.
pub fn config(guide: Guide) -> String {
    let dialect = match guide {
        Guide::Ontario => "ontario",
        Guide::Netsmart => "netsmart",
    };
    let partner = |(id, exchanges, role, more): &(&str, &str, &str, &str)| {
        let scopes = match *id {
            "idle" => r#""system/Nothing.read""#,
            _ => r#""system/Messaging.write", "system/*.read", "system/*.write", "system/Task.rs""#,
        };
        // where nobody works on the referrals of others nobody is told
        let more = if guide == Guide::Netsmart { "" } else { more };
        format!(
            "[[partner]]\nid = \"{id}\"\nname = \"{id}\"\nexchanges = [{exchanges}]\n\
             client_secret = \"secret-of-{id}\"\nscopes = [{scopes}]\nroles = [\"{role}\"]\n{more}"
        )
    };
    let locator = "[[partner]]\nid = \"rr8\"\nname = \"RR8\"\nexchanges = [\"nrl\"]\nroles = [\"provider\"]\n\
                   asid = \"200000000118\"\nods = \"RR8\"\n";
    format!("{}{}{locator}", CONFIG.replace("DIALECT", dialect), PARTNERS.iter().map(partner).collect::<String>())
}
