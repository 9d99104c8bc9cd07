//! Where keys to an exchange are had, for clients that look for it in the CapabilityStatement and nowhere else.
//! Source: SMART App Launch 1.0, "Using CapabilityStatement": the extension `oauth-uris`.

use crate::template::template;

/// Where keys to an exchange are had.
#[derive(Clone, Copy, Debug)]
pub struct OauthUris<'u> {
    /// Where clients ask for tokens.
    pub token: &'u str,
    /// Where apps ask for codes; nothing where there are no apps, and so nobody is asked.
    pub authorize: Option<&'u str>,
}

impl OauthUris<'_> {
    /// The extensions, as JSON.
    pub(crate) fn extensions(&self) -> String {
        let named = |(name, address): (&str, &str)| {
            template(r#"{"url": "{name}", "valueUri": "{address}"}"#).text("name", name).text("address", address).0
        };
        let authorize = self.authorize.map(|address| ("authorize", address));
        authorize.into_iter().chain([("token", self.token)]).map(named).collect::<Vec<_>>().join(",")
    }

    /// By which grants keys are had, for people.
    pub(crate) fn grants(&self) -> &'static str {
        match self.authorize {
            None => "OAuth 2 client_credentials.",
            Some(_) => {
                "OAuth 2 client_credentials for systems; SMART App Launch with PKCE (S256) for apps that people let act for them."
            }
        }
    }
}
