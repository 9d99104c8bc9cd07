//! The OpenID provider where people log in: what it says of itself, the question that browsers take there, and who came back.
//! Source: OpenID Connect Core 1.0, section 3.1; OpenID Connect Discovery 1.0; RFC 9700, sections 2.1.1 and 4.4.

mod known;
mod redeem;
mod trouble;

use std::sync::Arc;

use baton_exchange::{access::Elsewhere, time::Timestamp};
use baton_oauth::provider::{self, Came, Question, Wanted};

use self::known::Known;
pub(crate) use self::trouble::{Fault, Trouble};
use crate::{
    config::{Config, Oidc},
    egress::Egress,
};

/// Where browsers come back to.
pub(crate) const CALLBACK: &str = "/oauth/login/callback";

/// How people log in, as one configuration has it.
pub struct Logins {
    /// Whether passwords are taken here.
    pub passwords: bool,
    pub(crate) provider: Option<Arc<Provider>>,
}

impl Logins {
    /// As a configuration has it. What is known of the same provider is kept.
    #[must_use]
    pub fn of(config: &Config, public_url: &str, before: Option<&Logins>) -> Logins {
        let known = before.and_then(|before| before.provider.as_ref()).map(|before| before.known.clone());
        let provider = config.login.oidc.as_ref().and_then(|oidc| Provider::of(oidc, public_url, known));
        Logins { passwords: config.login.passwords, provider: provider.map(Arc::new) }
    }
}

/// An OpenID provider, and what we are there.
pub(crate) struct Provider {
    oidc: Oidc,
    /// What people call it.
    pub(crate) name: String,
    redirect_uri: String,
    known: Arc<Known>,
}

/// How somebody is to log in at a provider.
#[derive(Clone, Copy, Default)]
pub(crate) struct How<'h> {
    /// Whether they are to be asked although they are known there, and what.
    pub(crate) prompt: Option<&'h str>,
    /// How long ago they may have logged in, in seconds.
    pub(crate) max_age: Option<u32>,
}

/// Who came back, and when they logged in, in seconds since 1970, where the provider says so.
pub(crate) struct Somebody {
    pub(crate) known_by: Elsewhere,
    pub(crate) authenticated: Option<i64>,
}

/// What a question is asked with, to be compared when the answer comes.
pub(crate) struct Secrets<'s> {
    pub(crate) state: &'s str,
    pub(crate) nonce: &'s str,
    pub(crate) verifier: &'s str,
}

impl Provider {
    /// Nothing for an issuer that cannot be called, which the configuration has refused.
    fn of(oidc: &Oidc, public_url: &str, known: Option<Arc<Known>>) -> Option<Provider> {
        let fresh = Known::of(&oidc.issuer.get_ref().0, &oidc.origins)?;
        let known = known.filter(|known| known.is_of_same(&fresh)).unwrap_or_else(|| Arc::new(fresh));
        let host = url::Url::parse(known.issuer()).ok()?.host_str()?.to_owned();
        let name = oidc.name.clone().unwrap_or(host);
        Some(Provider { oidc: oidc.clone(), name, redirect_uri: format!("{public_url}{CALLBACK}"), known })
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> &str {
        self.known.issuer()
    }

    /// Where a browser goes to have its person log in.
    ///
    /// # Errors
    /// A [`Trouble`] when it is not known where that is.
    pub(crate) async fn question(
        &self,
        egress: &Egress,
        now: Timestamp,
        secrets: &Secrets<'_>,
        how: How<'_>,
    ) -> Result<String, Trouble> {
        let found = self.known.found(egress, now.secs()).await?;
        let scope = self.oidc.scope();
        let question = Question {
            client_id: &self.oidc.client_id,
            redirect_uri: &self.redirect_uri,
            scope: &scope,
            state: secrets.state,
            nonce: secrets.nonce,
            verifier: secrets.verifier,
            prompt: how.prompt,
            max_age: how.max_age,
        };
        let endpoint = &found.document.authorization_endpoint;
        let mut url = url::Url::parse(endpoint).map_err(|_| Trouble::Address("authorization_endpoint"))?;
        url.query_pairs_mut().extend_pairs(question.parameters());
        Ok(url.into())
    }

    /// Who came back, having logged in since a moment, where that was asked for.
    ///
    /// # Errors
    /// A [`Trouble`] when nobody did, or it cannot be told who.
    pub(crate) async fn person(
        &self,
        egress: &Egress,
        now: Timestamp,
        answer: &[(String, String)],
        secrets: &Secrets<'_>,
        since: Option<i64>,
    ) -> Result<Somebody, Trouble> {
        let found = self.known.found(egress, now.secs()).await?;
        let code = match provider::came(answer, self.issuer(), found.document.names_itself)? {
            Came::Code(code) => code,
            Came::Nobody(why) => return Err(Trouble::Nobody(why.to_owned())),
        };
        let token = self.redeemed(egress, now, &found, code, secrets.verifier).await?;
        let claimed = provider::claimed(&token)?;
        let keys = found.keys.with(claimed.kid(), egress, now.secs()).await.ok_or(Trouble::NoKey)?;
        let (client_id, nonce) = (self.oidc.client_id.as_str(), secrets.nonce);
        let wanted = Wanted { issuer: self.issuer(), client_id, nonce, since, now: now.secs() };
        let identity = claimed.verify(&keys, &wanted)?;
        let claim = self.oidc.account_claim.as_str();
        let known_by = identity.claim(claim).and_then(|value| Elsewhere::new(self.issuer(), claim, value));
        let known_by = known_by.ok_or_else(|| Trouble::NoClaim(claim.to_owned()))?;
        Ok(Somebody { known_by, authenticated: identity.authenticated() })
    }
}
