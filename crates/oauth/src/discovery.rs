//! What clients find at `.well-known/smart-configuration` and `.well-known/openid-configuration`: what is really served,
//! and nothing else. Source: SMART App Launch 2.2, "Conformance"; OpenID Connect Discovery 1.0, section 3.

use serde::Serialize;

use crate::grant::GrantType;

/// How clients authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// With a secret.
    Symmetric,
    /// With a signed assertion.
    Asymmetric,
    /// Not at all.
    Public,
}

/// Parts of apps' launches that a server may have or not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Apps are launched from a session here.
    LaunchEhr,
    /// Apps are launched by themselves.
    LaunchStandalone,
    /// Requests for a code come by POST, too.
    AuthorizePost,
    /// ID tokens are given.
    OpenId,
    /// The patient of the session is told.
    EhrPatient,
    /// The encounter of the session is told.
    EhrEncounter,
    /// The user chooses a patient.
    StandalonePatient,
    /// The user chooses an encounter.
    StandaloneEncounter,
    /// Apps are told whether they have to show whose data it is.
    Banner,
    /// Apps are told our looks.
    Style,
    /// `offline_access`
    Offline,
    /// `online_access`
    Online,
    /// Scopes for one patient.
    PermissionPatient,
    /// Scopes for what a user may see.
    PermissionUser,
    /// Scopes in the words of SMART 1.
    PermissionV1,
    /// Scopes in the letters of SMART 2.
    PermissionV2,
    /// Tokens can be looked into.
    Introspection,
    /// Tokens can be taken back.
    Revocation,
}

/// What a server serves.
#[derive(Clone, Copy, Debug)]
pub struct Served<'s> {
    /// Its public address, without a slash at the end. It is its issuer.
    pub public_url: &'s str,
    /// Which grants there are.
    pub grants: &'s [GrantType],
    /// How clients may authenticate.
    pub clients: &'s [ClientKind],
    /// What else there is.
    pub features: &'s [Feature],
    /// Scopes that make sense here.
    pub scopes: &'s [&'s str],
}

/// What SMART clients find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SmartConfiguration {
    /// We, where ID tokens are given; SMART wants it left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where the keys of ID tokens are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where codes are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are asked for, absolute.
    pub token_endpoint: String,
    /// Where tokens are looked into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// Where tokens are taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// How clients may authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How assertions may be signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// How clients may authenticate where tokens are looked into. Source: RFC 8414, section 2, as the following ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How assertions may be signed there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// How clients may authenticate where tokens are taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How assertions may be signed there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// Which grants there are.
    pub grant_types_supported: Vec<&'static str>,
    /// What codes are asked for with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<&'static str>,
    /// Scopes that make sense here.
    pub scopes_supported: Vec<String>,
    /// SMART's names of what is offered.
    pub capabilities: Vec<&'static str>,
    /// Required by SMART even where no code is ever given out; it must name S256 and not `plain`.
    pub code_challenge_methods_supported: [&'static str; 1],
    /// Whether answers with a code say who gave it. Source: RFC 9207.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_response_iss_parameter_supported: Option<bool>,
}

/// What OpenID clients find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenIdConfiguration {
    /// The same as for SMART, with issuer and keys.
    #[serde(flatten)]
    pub smart: SmartConfiguration,
    /// Every app knows a user by the same number.
    pub subject_types_supported: [&'static str; 1],
    /// How ID tokens are signed.
    pub id_token_signing_alg_values_supported: [&'static str; 1],
    /// Codes come by address.
    pub response_modes_supported: [&'static str; 1],
    /// What ID tokens say.
    pub claims_supported: [&'static str; 8],
    /// Request objects are not read.
    pub request_parameter_supported: bool,
    /// Nor fetched, which is what an absent member would promise.
    pub request_uri_parameter_supported: bool,
}

impl Served<'_> {
    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/oauth/{path}", self.public_url)
    }

    fn gives_codes(&self) -> bool {
        self.grants.contains(&GrantType::AuthorizationCode)
    }
}

/// What SMART clients are told.
#[must_use]
pub fn smart_configuration(served: &Served<'_>) -> SmartConfiguration {
    let codes = served.gives_codes();
    let openid = served.has(Feature::OpenId);
    let asymmetric = served.clients.contains(&ClientKind::Asymmetric);
    let all = auth_methods_of(served.clients);
    let algorithms = if asymmetric { vec!["RS384", "ES384"] } else { Vec::new() };
    let where_there_is = |feature, list: &[&'static str]| match served.has(feature) {
        true => list.to_vec(),
        false => Vec::new(),
    };
    // who has nothing to prove themselves with looks into no tokens
    let proving: Vec<_> = all.iter().copied().filter(|method| *method != NONE).collect();
    SmartConfiguration {
        issuer: openid.then(|| served.public_url.to_owned()),
        jwks_uri: openid.then(|| served.at("jwks")),
        authorization_endpoint: codes.then(|| served.at("authorize")),
        token_endpoint: served.at("token"),
        introspection_endpoint: served.has(Feature::Introspection).then(|| served.at("introspect")),
        revocation_endpoint: served.has(Feature::Revocation).then(|| served.at("revoke")),
        introspection_endpoint_auth_methods_supported: where_there_is(Feature::Introspection, &proving),
        introspection_endpoint_auth_signing_alg_values_supported: where_there_is(Feature::Introspection, &algorithms),
        revocation_endpoint_auth_methods_supported: where_there_is(Feature::Revocation, &all),
        revocation_endpoint_auth_signing_alg_values_supported: where_there_is(Feature::Revocation, &algorithms),
        token_endpoint_auth_methods_supported: all,
        token_endpoint_auth_signing_alg_values_supported: algorithms,
        grant_types_supported: served.grants.iter().map(|grant| grant.name()).collect(),
        response_types_supported: if codes { vec!["code"] } else { Vec::new() },
        scopes_supported: served.scopes.iter().map(ToString::to_string).collect(),
        capabilities: capabilities(served),
        code_challenge_methods_supported: [crate::pkce::METHOD],
        authorization_response_iss_parameter_supported: codes.then_some(true),
    }
}

/// What OpenID clients are told; nothing where no ID tokens are given.
#[must_use]
pub fn openid_configuration(served: &Served<'_>) -> Option<OpenIdConfiguration> {
    (served.has(Feature::OpenId) && served.gives_codes()).then(|| OpenIdConfiguration {
        smart: smart_configuration(served),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        response_modes_supported: ["query"],
        claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"],
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
    })
}

/// The method of a client that has nothing to authenticate with.
const NONE: &str = "none";

fn auth_methods_of(clients: &[ClientKind]) -> Vec<&'static str> {
    clients.iter().flat_map(|kind| auth_methods(*kind)).copied().collect()
}

fn auth_methods(kind: ClientKind) -> &'static [&'static str] {
    match kind {
        ClientKind::Symmetric => &["client_secret_basic", "client_secret_post"],
        ClientKind::Asymmetric => &["private_key_jwt"],
        ClientKind::Public => &[NONE],
    }
}

fn capabilities(served: &Served<'_>) -> Vec<&'static str> {
    let clients = served.clients.iter().map(|kind| match kind {
        ClientKind::Symmetric => "client-confidential-symmetric",
        ClientKind::Asymmetric => "client-confidential-asymmetric",
        ClientKind::Public => "client-public",
    });
    clients.chain(served.features.iter().filter_map(|feature| capability(*feature))).collect()
}

/// SMART's name of a feature, where it has one. Source: SMART App Launch 2.2, "Capability Sets".
fn capability(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::LaunchEhr => Some("launch-ehr"),
        Feature::LaunchStandalone => Some("launch-standalone"),
        Feature::AuthorizePost => Some("authorize-post"),
        Feature::OpenId => Some("sso-openid-connect"),
        Feature::EhrPatient => Some("context-ehr-patient"),
        Feature::EhrEncounter => Some("context-ehr-encounter"),
        Feature::StandalonePatient => Some("context-standalone-patient"),
        Feature::StandaloneEncounter => Some("context-standalone-encounter"),
        Feature::Banner => Some("context-banner"),
        Feature::Style => Some("context-style"),
        Feature::Offline => Some("permission-offline"),
        Feature::Online => Some("permission-online"),
        Feature::PermissionPatient => Some("permission-patient"),
        Feature::PermissionUser => Some("permission-user"),
        Feature::PermissionV1 => Some("permission-v1"),
        Feature::PermissionV2 => Some("permission-v2"),
        Feature::Introspection | Feature::Revocation => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientKind, Feature, Served, openid_configuration, smart_configuration};
    use crate::grant::GrantType;
    use serde_json::{Value, json};

    const BACKEND: Served<'static> = Served {
        public_url: "https://i.example",
        grants: &[GrantType::ClientCredentials],
        clients: &[ClientKind::Symmetric],
        features: &[Feature::PermissionV1],
        scopes: &["system/Messaging.write"],
    };

    const APPS: Served<'static> = Served {
        grants: &[GrantType::AuthorizationCode, GrantType::RefreshToken],
        clients: &[ClientKind::Asymmetric, ClientKind::Public],
        features: &[Feature::LaunchEhr, Feature::OpenId, Feature::Introspection, Feature::Revocation],
        scopes: &["openid"],
        ..BACKEND
    };

    fn told(served: &Served<'_>) -> Value {
        serde_json::to_value(smart_configuration(served)).expect("JSON")
    }

    #[test]
    fn nothing_is_promised_that_is_not_served() {
        let expected = json!({
            "token_endpoint": "https://i.example/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": ["system/Messaging.write"],
            "capabilities": ["client-confidential-symmetric", "permission-v1"],
            "code_challenge_methods_supported": ["S256"],
        });
        assert_eq!(told(&BACKEND), expected);
        assert_eq!(openid_configuration(&BACKEND), None);
    }

    #[test]
    fn what_is_served_is_told() {
        let expected = json!({
            "issuer": "https://i.example",
            "jwks_uri": "https://i.example/oauth/jwks",
            "authorization_endpoint": "https://i.example/oauth/authorize",
            "token_endpoint": "https://i.example/oauth/token",
            "introspection_endpoint": "https://i.example/oauth/introspect",
            "revocation_endpoint": "https://i.example/oauth/revoke",
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
            "introspection_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "revocation_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid"],
            "capabilities": ["client-confidential-asymmetric", "client-public", "launch-ehr", "sso-openid-connect"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        assert_eq!(told(&APPS), expected);
    }

    #[test]
    fn openid_clients_find_what_they_need() {
        let told = serde_json::to_value(openid_configuration(&APPS)).expect("JSON");
        for (member, expected) in [
            ("issuer", json!("https://i.example")),
            ("response_types_supported", json!(["code"])),
            ("subject_types_supported", json!(["public"])),
            ("id_token_signing_alg_values_supported", json!(["RS256"])),
            ("request_uri_parameter_supported", json!(false)),
        ] {
            assert_eq!(told[member], expected, "{member}");
        }
    }
}
