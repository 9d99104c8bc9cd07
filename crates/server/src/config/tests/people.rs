//! What the configuration of clients, apps and logins refuses so that nobody comes in as somebody else.

use baton_testkit::signer::{EC, OTHER};
use serde_json::Value;

use super::{APP, EXCHANGE, OIDC, PARTNER, check_refused};
use crate::config::Config;

#[track_caller]
fn check_good(text: &str) {
    if let Err(error) = Config::parse(text, "f") {
        panic!("{error}: {text}");
    }
}

/// Where keys and tokens come from, and where people's browsers are sent with a launch.
#[test]
fn what_proves_who_somebody_is_goes_over_https_or_stays_on_this_machine() {
    let partner = |more: &str| format!("{EXCHANGE}{PARTNER}{more}\n");
    let app = |more: &str| format!("{EXCHANGE}{PARTNER}{APP}{more}\n");
    let notify = |url: &str| {
        let oauth = format!("oauth = {{ token_url = \"{url}\", client_id = \"b\", client_secret = \"s\" }}");
        partner(&format!("notify = {{ url = \"http://a.example\", {oauth} }}"))
    };
    for url in ["http://a.example/x", "http://localhost.example/x", "http://10.0.0.1/x", "HTTP://a.example/x"] {
        check_refused(&partner(&format!("jwks_url = \"{url}\"")), "6:6", "`jwks_url` is plain http");
        check_refused(&notify(url), "6:6", "`notify.oauth.token_url` is plain http");
        check_refused(&app(&format!("jwks_url = \"{url}\"")), "10:6", "`jwks_url` is plain http");
        let launched = app(&format!("public = true\nlaunch_url = \"{url}\""));
        check_refused(&launched, "10:6", "`launch_url` is plain http");
    }
    for url in ["https://a.example/x", "http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:1/x"] {
        check_good(&partner(&format!("jwks_url = \"{url}\"")));
        check_good(&notify(url));
        check_good(&app(&format!("public = true\nlaunch_url = \"{url}\"")));
    }
}

#[test]
fn a_key_with_which_a_client_could_never_prove_itself_is_refused() {
    let key = |jwk: &Value, more: &str| {
        format!("{{ kty = \"EC\", crv = \"P-384\", x = {}, y = {}{more} }}", jwk["x"], jwk["y"])
    };
    let keys = |keys: &str| format!("{EXCHANGE}{PARTNER}jwks = {{ keys = [{keys}] }}\n");
    let (one, other) = (key(&EC.jwk(), ", kid = \"a\""), key(&OTHER.jwk(), ", kid = \"a\""));
    check_refused(&keys(&key(&EC.jwk(), "")), "9:8", "it has no kid");
    check_refused(&keys(&format!("{one}, {other}")), "9:8", "key 2 of the set cannot be used: another key");
    check_good(&keys(&format!("{one}, {}", other.replace("\"a\"", "\"b\""))));
}

#[test]
fn a_public_url_is_written_as_those_write_it_who_call_it() {
    for (url, written) in [
        ("HTTPS://a.example", "https://a.example"),
        ("https://A.example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("https://a.example/x/../y", "https://a.example/y"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        (" https://a.example", "https://a.example"),
    ] {
        check_refused(&format!("[server]\npublic_url = \"{url}\"\n"), "2:14", &format!("is written `{written}`"));
    }
    for url in ["https://a.example", "https://a.example/", "http://127.0.0.1:8080", "https://a.example/y"] {
        check_good(&format!("[server]\npublic_url = \"{url}\"\n"));
    }
}

#[test]
fn people_log_in_at_a_host_and_not_at_a_path() {
    let with = |url: &str| format!("{EXCHANGE}{PARTNER}{APP}public = true\n[server]\npublic_url = \"{url}\"\n");
    check_refused(&with("https://a.example/baton"), "10:6", "address without a path");
    check_good(&with("https://a.example/"));
}

#[test]
fn nobody_is_known_by_what_many_have_alike() {
    let with = |claim: &str| format!("{OIDC}client_secret = \"s\"\naccount_claim = \"{claim}\"\n");
    for claim in ["iss", "aud", "azp", "tid", "acr", "email_verified", "groups"] {
        check_refused(&with(claim), "2:10", "does not say who somebody is");
    }
    for claim in ["picture", "locale", "zoneinfo", "birthdate", "gender"] {
        check_refused(&with(claim), "2:10", "may be changed by people");
    }
    for claim in ["sub", "email", "oid", "employee_number"] {
        check_good(&with(claim));
    }
}

#[test]
fn each_listener_is_called_in_its_own_way() {
    let listener = |id: &str, url: &str| {
        format!(
            "[[listener]]\nid = \"{id}\"\nlisten = \"127.0.0.1:0\"\nserves = [\"health\"]\npublic_url = \"{url}\"\n"
        )
    };
    let server = "[server]\npublic_url = \"https://a.example\"\n";
    let twins = format!("{server}{}", listener("l", "https://a.example/"));
    check_refused(&twins, "4:6", "two listeners have the public_url `https://a.example`");
    let twins = listener("l", "https://b.example") + &listener("m", "https://b.example");
    check_refused(&twins, "7:6", "each is called in its own way");
    check_good(&format!("{server}{}{}", listener("l", "https://b.example"), listener("m", "https://c.example")));
}
