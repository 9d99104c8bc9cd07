//! What clients are told of the endpoints here. Source: SMART App Launch 2.2, "Conformance".

use baton_oauth::{
    discovery::{ClientKind, Feature, Served},
    grant::GrantType,
};

/// Scopes of apps of which it makes sense to ask.
pub const SCOPES_OF_APPS: [&str; 8] = [
    "openid",
    "fhirUser",
    "launch",
    "launch/patient",
    "offline_access",
    "online_access",
    "patient/*.rs",
    "user/*.cruds",
];

const CLIENTS: [ClientKind; 3] = [ClientKind::Symmetric, ClientKind::Asymmetric, ClientKind::Public];

const ALL: [GrantType; 3] = [GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::RefreshToken];

/// Without apps nobody logs in here.
const BACKEND: [Feature; 4] =
    [Feature::PermissionV1, Feature::PermissionV2, Feature::Introspection, Feature::Revocation];

const APPS: [Feature; 16] = [
    Feature::LaunchEhr,
    Feature::LaunchStandalone,
    Feature::AuthorizePost,
    Feature::OpenId,
    Feature::EhrPatient,
    Feature::StandalonePatient,
    Feature::Banner,
    Feature::Style,
    Feature::Offline,
    Feature::Online,
    Feature::PermissionPatient,
    Feature::PermissionUser,
    Feature::PermissionV1,
    Feature::PermissionV2,
    Feature::Introspection,
    Feature::Revocation,
];

/// What is granted: to systems everywhere, to apps only where people log in.
#[must_use]
pub(super) fn grants(is_among_people: bool) -> &'static [GrantType] {
    if is_among_people { &ALL } else { &ALL[..1] }
}

/// What clients are told, with the scopes that make sense at one exchange.
#[must_use]
pub fn served<'s>(has_apps: bool, public_url: &'s str, scopes: &'s [&'s str]) -> Served<'s> {
    match has_apps {
        true => Served { public_url, grants: grants(true), clients: &CLIENTS, features: &APPS, scopes },
        false => Served { public_url, grants: grants(false), clients: &CLIENTS[..2], features: &BACKEND, scopes },
    }
}
