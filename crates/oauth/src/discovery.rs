//! What clients find at `.well-known/smart-configuration`. Source: SMART App Launch 2.2, Conformance.

use serde::Serialize;

/// The answer: only what is really offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SmartConfiguration {
    /// Where tokens are asked for, absolute.
    pub token_endpoint: String,
    /// How clients may authenticate there.
    pub token_endpoint_auth_methods_supported: &'static [&'static str],
    /// Which grants there are.
    pub grant_types_supported: &'static [&'static str],
    /// Scopes that make sense here.
    pub scopes_supported: Vec<String>,
    /// SMART's names of what is offered.
    pub capabilities: &'static [&'static str],
    /// Required by SMART even where no code is ever given out; it must name S256 and not `plain`.
    pub code_challenge_methods_supported: &'static [&'static str],
}

/// What a server offers whose public address is this, without a slash at the end.
#[must_use]
pub fn smart_configuration(public_url: &str, scopes: &[&str]) -> SmartConfiguration {
    SmartConfiguration {
        token_endpoint: format!("{public_url}/oauth/token"),
        token_endpoint_auth_methods_supported: &["client_secret_basic", "client_secret_post"],
        grant_types_supported: &["client_credentials"],
        scopes_supported: scopes.iter().map(ToString::to_string).collect(),
        capabilities: &["client-confidential-symmetric", "permission-v1"],
        code_challenge_methods_supported: &["S256"],
    }
}

#[cfg(test)]
mod tests {
    use super::smart_configuration;

    #[test]
    fn the_token_endpoint_is_absolute() {
        let configuration = smart_configuration("https://referrals.example.org", &[]);
        assert_eq!(configuration.token_endpoint, "https://referrals.example.org/oauth/token");
    }

    #[test]
    fn nothing_is_promised_that_is_not_served() {
        let configuration = smart_configuration("https://referrals.example.org", &["system/Messaging.write"]);
        assert!(!configuration.token_endpoint_auth_methods_supported.contains(&"private_key_jwt"));
        assert!(!configuration.code_challenge_methods_supported.contains(&"plain"));
        assert!(!configuration.capabilities.iter().any(|capability| capability.starts_with("launch")));
    }
}
