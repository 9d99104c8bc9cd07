mod listener;
mod people;

use std::path::Path;

use baton_testkit::signer::EC;

use super::{ClientCert, Config, ModeName, Orphans};

const EXCHANGE: &str = "[[exchange]]\nid = \"n\"\ndialect = \"netsmart\"\npath = \"/n\"\n";
const PARTNER: &str = "[[partner]]\nid = \"a\"\nname = \"A\"\nexchanges = [\"n\"]\n";

fn check_refused(text: &str, place: &str, says: &str) {
    let error = Config::parse(text, "baton.toml").expect_err(text).to_string();
    assert!(error.starts_with(&format!("baton.toml:{place}: ")), "place {place} expected: {error}");
    assert!(error.contains(says), "`{says}` expected: {error}");
}

/// Threat: T117
#[test]
fn an_unknown_key_is_refused_with_its_place() {
    check_refused("[server]\nlisten = \"127.0.0.1:1\"\nlissten = 2\n", "3:1", "unknown field `lissten`");
    check_refused("[sever]\n", "1:2", "unknown field `sever`");
    check_refused(&format!("{EXCHANGE}modus = \"strict\"\n"), "5:1", "unknown field `modus`");
    check_refused(
        &format!("{EXCHANGE}{PARTNER}notify = {{ url = \"https://a.example\", evnts = [] }}\n"),
        "9:39",
        "evnts",
    );
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    check_refused("[server]\nlisten = \n", "2:10", "");
}

/// Threat: T33
#[test]
fn a_scope_that_is_limited_by_what_is_not_decided_is_refused_with_what_would_be_right() {
    let with = |scope: &str| format!("{EXCHANGE}{PARTNER}scopes = [\"system/*.read\", \"{scope}\"]\n");
    let at_ontario = |text: String| text.replace("netsmart", "ontario");
    for good in ["system/Task.rs?status=requested,accepted", "user/*.rs", "tenant/Thing.do?what=ever", "openid"] {
        assert!(Config::parse(&with(good), "f").is_ok(), "{good}");
    }
    assert!(Config::parse(&at_ontario(with("system/Task.rs?patient=1")), "f").is_ok());
    for (scope, says) in [
        ("system/Task.rs?foo=1", "`foo` is no parameter that resources of this type are searched by"),
        ("system/Task.rs?status:not=a", "`status:not` is no parameter"),
        ("system/Task.rs?status=", "a scope is limited as in \"system/Task.rs?status=requested\""),
        ("system/Task.rs?status=urn:a|b", "`status` has to be a code without its system"),
        ("system/*.rs?status=a", "one type"),
        ("system/Messaging.write?status=a", "would open nothing"),
        ("system/Task.rs?patient=1", "it needs an exchange of the dialect ontario"),
        ("system/Task.sr?status=a", "is none that is understood"),
        ("system/Task.rs?identifier=a%5C,b", "is none that is understood"),
    ] {
        check_refused(&with(scope), "6:6", says);
    }
    let app = format!("{EXCHANGE}{PARTNER}{APP}public = true\n").replace("\"openid\"", "\"user/Task.rs?foo=1\"");
    check_refused(&app, "10:6", "the scope `user/Task.rs?foo=1` would open nothing");
    let values = |most: usize| with(&format!("system/Task.rs?_id={}", vec!["a"; most].join(",")));
    assert!(Config::parse(&values(200), "f").is_ok());
    check_refused(&values(201), "6:6", "compare with 201 values: 200 is the most");
}

const APP: &str = "[[app]]\nid = \"v\"\nname = \"V\"\nexchanges = [\"n\"]\nredirect_uris = [\"https://v.example/cb\"]\nscopes = [\"openid\"]\n";

#[test]
fn an_app_has_one_way_to_say_who_it_is_and_a_place_to_send_people_back_to() {
    let with = |more: &str| format!("{EXCHANGE}{PARTNER}{APP}{more}");
    assert!(Config::parse(&with("public = true\n"), "f").is_ok());
    for (text, place, says) in [
        (with(""), "10:6", "one of public = true, client_secret"),
        (with("public = true\nclient_secret = \"s\"\n"), "10:6", "one of public = true, client_secret"),
        (with("public = true\npartner = \"z\"\n"), "16:11", "no partner is called `z`"),
        (with("public = true\n").replace("id = \"v\"", "id = \"a\""), "10:6", "a partner has the client id `a`"),
        (
            with("public = true\n").replace("https://v.example/cb", "http://v.example/cb"),
            "13:17",
            "cannot be a redirect_uri",
        ),
        (with("public = true\n").replace("https://v.example/cb", "https://v.example/*"), "13:17", "stands for nothing"),
        (
            with("public = true\n").replace("redirect_uris = [\"https://v.example/cb\"]", "redirect_uris = []"),
            "10:6",
            "needs an address",
        ),
        (with("public = true\norigins = [\"https://v.example/\"]\n"), "16:11", "`https://v.example/` is no origin"),
        (
            with("public = true\n").replace("exchanges = [\"n\"]\nredirect", "exchanges = [\"m\"]\nredirect"),
            "12:14",
            "no exchange is called `m`",
        ),
    ] {
        check_refused(&text, place, says);
    }
}

#[test]
fn a_missing_key_is_named() {
    check_refused("[[exchange]]\nid = \"n\"\npath = \"/n\"\n", "1:1", "missing field `dialect`");
}

#[test]
fn a_dialect_is_one_of_those_that_are_spoken() {
    for name in ["netsmart", "ontario", "nrl"] {
        assert!(Config::parse(&EXCHANGE.replace("netsmart", name), "f").is_ok(), "{name}");
    }
    check_refused(&EXCHANGE.replace("netsmart", "klingon"), "3:11", "expected one of `netsmart`, `ontario`, `nrl`");
}

#[test]
fn a_path_starts_with_a_slash_and_ends_without_one() {
    for (path, says) in [
        ("n", "must start with a slash"),
        ("/", "must not end with a slash"),
        ("/n/", "must not end with a slash"),
        ("/n//v4", "single slashes"),
        ("/n/../v4", "single slashes"),
        ("/n v4", "letters"),
        ("/oauth", "belongs to the server"),
    ] {
        check_refused(&EXCHANGE.replace("\"/n\"", &format!("\"{path}\"")), "4:8", says);
    }
}

#[test]
fn a_duration_needs_a_unit() {
    for value in ["30", "s", "-1s", "1.5h", "1d", "1 s", ""] {
        check_refused(&format!("{EXCHANGE}reliable_cache = \"{value}\"\n"), "5:18", "no duration");
    }
}

#[test]
fn two_things_of_one_id_are_refused() {
    check_refused(&format!("{EXCHANGE}{EXCHANGE}"), "6:6", "two exchanges with the id `n`");
    check_refused(&format!("{EXCHANGE}{PARTNER}{PARTNER}"), "10:6", "two partners with the id `a`");
    check_refused(&format!("{EXCHANGE}{}", EXCHANGE.replace("\"n\"", "\"m\"")), "8:8", "mounted at `/n`");
}

#[test]
fn two_partners_with_one_client_id_are_refused() {
    let other = PARTNER.replace("\"a\"", "\"b\"");
    check_refused(&format!("{EXCHANGE}{PARTNER}{other}client_id = \"a\"\n"), "13:13", "client id `a`");
}

#[test]
fn a_partner_of_an_unknown_exchange_is_refused() {
    check_refused(
        &format!("{EXCHANGE}{}", PARTNER.replace("[\"n\"]", "[\"n\", \"m\"]")),
        "8:19",
        "no exchange is called `m`",
    );
}

#[test]
fn a_partner_of_ones_own_refers_or_is_referred_to() {
    let own = format!("{EXCHANGE}{PARTNER}own = true\n");
    check_refused(&own, "6:6", "`roles` have to name `source`");
    check_refused(&format!("{own}roles = [\"third-party\"]\n"), "6:6", "or `target`");
    for role in ["source", "target"] {
        assert!(Config::parse(&format!("{own}roles = [\"{role}\"]\n"), "f").is_ok());
    }
}

#[test]
fn a_partner_with_two_ways_to_authenticate_is_refused() {
    let keys = "client_secret = \"s\"\njwks_url = \"https://a.example/jwks\"\n";
    check_refused(&format!("{EXCHANGE}{PARTNER}{keys}"), "6:6", "not several");
}

#[test]
fn a_secret_may_be_given_as_its_hash() {
    let with = |keys: &str| format!("{EXCHANGE}{PARTNER}{keys}");
    let hash = format!("client_secret_sha256 = \"{FINGERPRINT}\"\n");
    let config = Config::parse(&with(&format!("{hash}old_client_secret = \"before\"\n")), "f").expect("it is usable");
    assert_eq!(config.partners[0].secrets().count(), 2);
    check_refused(&with(&format!("{hash}client_secret = \"s\"\n")), "6:6", "not several");
    check_refused(&with(&format!("old_{hash}")), "6:6", "stands beside");
    check_refused(&with("client_secret_sha256 = \"hidden\"\n"), "9:24", "64 hex digits");
    let error = Config::parse(&with("client_secret_sha256 = \"hidden\"\n"), "f").expect_err("it is no hash");
    assert!(!error.to_string().contains("hidden"));
}

const FINGERPRINT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const TLS: &str = "[server.tls]\ncert = \"c\"\nkey = \"k\"\n";
const MUTUAL: &str = "[server.tls]\ncert = \"c\"\nkey = \"k\"\nclient_ca = \"a\"\n";

#[test]
fn tls_has_a_certificate_and_a_key() {
    check_refused("[server.tls]\ncert = \"c\"\n", "1:1", "missing field `key`");
    check_refused("[server.tls]\nkey = \"k\"\n", "1:1", "missing field `cert`");
    check_refused(&format!("{TLS}keys = \"k\"\n"), "4:1", "unknown field `keys`");
    check_refused("[egress]\nroots = \"r\"\n", "2:1", "unknown field `roots`");
}

#[test]
fn certificates_of_clients_need_an_authority() {
    check_refused(&format!("{TLS}client_cert = \"optional\"\n"), "4:15", "needs `client_ca`");
    check_refused(&format!("{MUTUAL}client_cert = \"none\"\n"), "5:15", "expected `required` or `optional`");
    let bound = format!("{EXCHANGE}{PARTNER}certificates = [\"{FINGERPRINT}\"]\n");
    check_refused(&bound, "6:6", "need `client_ca` in [server.tls]");
    check_refused(&format!("{TLS}{bound}"), "9:6", "need `client_ca` in [server.tls]");
}

#[test]
fn mutual_tls_asks_everybody_unless_it_is_optional() {
    let wanted = |text: &str| Config::parse(text, "f").unwrap().server.tls.map(|tls| tls.client_cert());
    assert_eq!(wanted(MUTUAL), Some(ClientCert::Required));
    assert_eq!(wanted(&format!("{MUTUAL}client_cert = \"optional\"\n")), Some(ClientCert::Optional));
}

#[test]
fn a_partner_may_have_several_certificates() {
    let text = |second: &str| {
        format!("{MUTUAL}{EXCHANGE}{PARTNER}certificates = [\n  \"{FINGERPRINT}\",\n  \"{second}\",\n]\n")
    };
    let config = Config::parse(&text(&FINGERPRINT.replace('e', "E")), "f").unwrap();
    assert_eq!(config.partners[0].certificates.len(), 2);
    check_refused(&text("sha1"), "13:16", "`sha1` is no fingerprint");
}

#[test]
fn what_becomes_of_messages_without_their_referral_is_one_of_two() {
    let of = |keys: &str| Config::parse(&format!("{EXCHANGE}{PARTNER}{keys}"), "f").map(|it| it.partners[0].orphans);
    assert_eq!(of(""), Ok(Orphans::Refuse));
    assert_eq!(of("orphans = \"refuse\"\n"), Ok(Orphans::Refuse));
    assert_eq!(of("orphans = \"accept\"\n"), Ok(Orphans::Accept));
    check_refused(&format!("{EXCHANGE}{PARTNER}orphans = \"keep\"\n"), "9:11", "expected `refuse` or `accept`");
}

/// Threat: T117
#[test]
fn values_out_of_range_are_refused() {
    check_refused("[limits]\nbody_bytes_max = 0\n", "2:18", "out of range");
    check_refused("[limits]\nbundle_entries_max = 1000001\n", "2:22", "out of range");
    check_refused("[limits]\nconnections_max = 0\n", "2:19", "out of range: 1 to 1000000");
    check_refused("[limits]\nrequests_burst = 1000001\n", "2:18", "out of range: 1 to 1000000");
    check_refused("[server]\npublic_url = \"referrals.example.org\"\n", "2:14", "address");
    check_refused("[server]\nlisten = \"8080\"\n", "2:10", "127.0.0.1:8080");
    check_refused("[store]\nurl = \"mysql://x\"\n", "2:7", "sqlite:PATH");
}

#[test]
fn a_store_url_is_never_repeated_in_an_error() {
    let error = Config::parse("[store]\nurl = \"mysql://u:hidden@h/d\"\n", "f").expect_err("no such store");
    assert!(!error.to_string().contains("hidden"), "{error}");
}

/// Threat: T69
#[test]
fn an_origin_is_spelt_as_browsers_spell_it() {
    let of = |origin: &str| format!("{EXCHANGE}{PARTNER}origins = [\"{origin}\"]\n");
    for (origin, says) in [
        ("https://app.example.org/", "`https://app.example.org` is one"),
        ("https://APP.example.org", "`https://app.example.org` is one"),
        ("https://app.example.org:443", "`https://app.example.org` is one"),
        ("https://app.example.org/page", "`https://app.example.org` is one"),
        ("https://user@app.example.org", "`https://app.example.org` is one"),
        ("https://*.example.org", "is no origin"),
        ("app.example.org", "is no origin"),
        ("file:///home", "is no origin"),
        ("null", "is no origin"),
        ("*", "is no origin"),
        ("", "is no origin"),
    ] {
        check_refused(&of(origin), "9:11", says);
    }
    assert!(Config::parse(&of("https://app.example.org:8443"), "f").is_ok());
}

/// Threat: T104
#[test]
fn secrets_are_not_printed() {
    let text = format!(
        "[store]\nurl = \"postgres://u:hidden@h/d\"\n{EXCHANGE}{PARTNER}client_secret = \"hidden\"\n\
         notify = {{ url = \"https://a.example\", token = \"hidden\" }}\n"
    );
    let printed = format!("{:?}", Config::parse(&text, "f").unwrap());
    assert!(!printed.contains("hidden"), "{printed}");
}

#[test]
fn the_key_file_may_be_somewhere_else() {
    let config = Config::parse("[store]\nkeys = \"/secret/baton.keys\"\n", "f").unwrap();
    assert_eq!(config.store.key_file(), Path::new("/secret/baton.keys"));
}

#[test]
fn an_empty_file_has_the_documented_defaults() {
    let config = Config::parse("", "f").unwrap();
    assert_eq!(config.server.listen.0, "127.0.0.1:8080");
    assert_eq!(config.store.url.0, "sqlite:baton.db");
    assert_eq!(config.store.key_file(), Path::new("baton.db.keys"));
    assert_eq!((config.limits.body_bytes_max.0, config.limits.bundle_entries_max.0), (10_485_760, 10_000));
    let delivery = config.delivery;
    let secs =
        [delivery.retry_first, delivery.retry_cap, delivery.give_up_after, delivery.timeout].map(super::Delay::secs);
    assert_eq!(secs, [1, 3_600, 345_600, 10]);
}

#[test]
fn an_exchange_and_a_partner_have_the_documented_defaults() {
    let config = Config::parse(&format!("{EXCHANGE}{PARTNER}"), "f").unwrap();
    assert_eq!(config.exchanges[0].mode, ModeName::Compat);
    assert_eq!(config.exchanges[0].reliable_cache.secs(), 86_400);
    assert_eq!(config.partners[0].client_id(), "a");
}

#[test]
fn each_key_of_the_public_interface_is_known() {
    let text = r#"
[server]
listen = "127.0.0.1:0"
public_url = "http://localhost:8080/"
[server.tls]
cert = "server.pem"
key = "server.key"
client_ca = "clients.pem"
client_cert = "optional"
[egress]
extra_roots = "roots.pem"
[store]
url = "sqlite:baton.db"
keys = "baton.keys"
[limits]
body_bytes_max = 1
bundle_entries_max = 1
requests_per_second = 1
requests_burst = 1
requests_at_once = 1
requests_wait = "1s"
address_requests_per_second = 1
address_requests_burst = 1
address_logins_per_second = 1
address_logins_burst = 1
connections_max = 1
address_connections_max = 1
[delivery]
allow_private_addresses = true
retry_first = "250ms"
retry_cap = "1h"
give_up_after = "96h"
timeout = "10s"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
mode = "strict"
reliable_cache = "30m"
jwt = "unsigned"
spine_asid = "999999999999"
wording = "2.8"
ssp_hosts = ["proxy.example"]
[[partner]]
id = "clinic-a"
name = "Clinic A"
exchanges = ["netsmart"]
client_id = "client"
client_secret = "secret"
origins = ["https://app.example.org", "http://localhost:3000"]
certificates = ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
scopes = ["system/Messaging.write"]
roles = ["source", "target", "third-party", "provider", "consumer"]
version = "0.10"
reply = "echo"
orphans = "accept"
asid = "200000000205"
ods = "RR8"
endpoints = ["https://records.example/"]
notify = { url = "https://a.example/in", events = ["*"], token = "t" }
[[partner]]
id = "clinic-b"
name = "Clinic B"
exchanges = []
jwks = { keys = [{ kid = "1", kty = "EC", crv = "P-384", KEY }] }
version = "erec"
[[organization]]
ods = "RGD"
provider = true
"#;
    let jwk = EC.jwk();
    let key = format!("x = {}, y = {}", jwk["x"], jwk["y"]);
    let config = Config::parse(&text.replace("KEY", &key), "f").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.server.public_url.map(|url| url.0).as_deref(), Some("http://localhost:8080"));
    assert_eq!(config.delivery.retry_first.0.as_millis(), 250);
    assert!(config.partners[1].jwks.is_some());
}

/// With a slash at its end an address is another one: apps and partners that publish keys would not answer there.
#[test]
fn an_address_of_others_is_kept_as_it_was_written() {
    let address = "https://keys.example/";
    let text = format!("[server]\npublic_url = \"https://a.example//\"\n{EXCHANGE}{PARTNER}jwks_url = \"{address}\"\n");
    let config = Config::parse(&text.replace("client_secret = \"secret\"\n", ""), "f").expect("good addresses");
    assert_eq!(config.partners[0].jwks_url.as_ref().map(|url| url.0.as_str()), Some(address));
    assert_eq!(config.server.public_url.map(|url| url.0).as_deref(), Some("https://a.example"));
    for address in ["https://user@a.example", "https://user:pw@a.example", "https://:pw@a.example"] {
        check_refused(&format!("[server]\npublic_url = \"{address}\"\n"), "2:14", "address");
    }
}

#[test]
fn where_a_partner_is_told_is_checked_and_its_secrets_are_not_repeated() {
    let notify = |keys: &str| format!("{EXCHANGE}{PARTNER}notify = {{ url = \"https://a.example\", {keys} }}\n");
    check_refused(&notify("secret = \"whsec_c2hvcnQ=\""), "9:48", "24 to 64 random bytes");
    check_refused(&notify("token = \"two\\nlines\""), "6:6", "cannot stand in a header");
    let key = format!("whsec_{}", "A".repeat(32));
    let config = Config::parse(&notify(&format!("secret = \"{key}\"")), "baton.toml").expect("a good key");
    assert!(!format!("{config:?}").contains("AAAA"));
}

const OIDC: &str = "[login.oidc]\nissuer = \"https://id.example/\"\nclient_id = \"baton\"\n";

#[test]
fn somebody_can_log_in_and_nobody_under_a_name_of_their_own_choice() {
    let secret = "client_secret = \"s\"\n";
    check_refused("[login]\npasswords = false\n", "1:1", "nobody could log in");
    check_refused(OIDC, "2:10", "one of client_secret and key_file");
    for claim in ["preferred_username", "name", "nickname"] {
        check_refused(&format!("{OIDC}{secret}account_claim = \"{claim}\"\n"), "2:10", "take sub, email");
    }
    check_refused(&format!("{OIDC}{secret}account_claim = \"a b\"\n"), "2:10", "the name of a claim");
    check_refused(&format!("{OIDC}{secret}scopes = [\"email\"]\n"), "2:10", "have to hold openid");
    check_refused(&format!("{OIDC}key_file = \"/nowhere\"\n"), "4:12", "/nowhere");
    for issuer in ["http://id.example", "https://id.example?a", "id.example"] {
        check_refused(&OIDC.replace("https://id.example/", issuer), "2:10", "is no issuer");
    }
    let config = Config::parse(&format!("[login]\npasswords = false\n{OIDC}{secret}"), "f").expect("it is good");
    assert_eq!(config.login.oidc.map(|oidc| oidc.issuer.get_ref().0.clone()).as_deref(), Some("https://id.example/"));
}
