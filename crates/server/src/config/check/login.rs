//! Checks of `[login]`.

use super::{Config, Fault, fault};

/// Claims that a person may write themselves, or that somebody else may have tomorrow. Source: OpenID Connect Core 1.0, sections
/// 5.1 and 5.7.
const CHANGING: [&str; 16] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "website",
    "phone_number",
    "picture",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
    "updated_at",
];

/// Claims that many people have alike, or that are others with each login. Source: OpenID Connect Core 1.0, section 2; and what
/// providers add about the tenant and the session.
const SHARED: [&str; 21] = [
    "iss",
    "aud",
    "azp",
    "tid",
    "hd",
    "acr",
    "amr",
    "ver",
    "idp",
    "typ",
    "scope",
    "roles",
    "groups",
    "email_verified",
    "phone_number_verified",
    "nonce",
    "sid",
    "jti",
    "auth_time",
    "at_hash",
    "c_hash",
];

/// A way in that lets in whom the operator means, and one at least.
pub(super) fn fits(config: &Config) -> Result<(), Fault> {
    let Some(oidc) = &config.login.oidc else {
        return match config.login.passwords {
            true => Ok(()),
            false => Err(Fault {
                offset: 0,
                message: "[login] passwords = false and no [login.oidc]: nobody could log in".to_owned(),
            }),
        };
    };
    let no = |message: String| Err(fault(&oidc.issuer, message));
    if oidc.client_id.is_empty() {
        return no("`client_id` of [login.oidc] is empty: the provider gave Baton one".to_owned());
    }
    if oidc.client_secret.is_some() == oidc.key_file.is_some() {
        return no("[login.oidc] has one of client_secret and key_file".to_owned());
    }
    let claim = oidc.account_claim.as_str();
    if CHANGING.contains(&claim) {
        let message = "may be changed by people, or be another person's tomorrow: take sub, email (only verified ones \
                       count) or a claim that your provider keeps unique";
        return no(format!("`account_claim`: `{claim}` {message}"));
    }
    if SHARED.contains(&claim) {
        let message = "does not say who somebody is: take sub, email (only verified ones count) or a claim that your provider \
                       keeps unique";
        return no(format!("`account_claim`: `{claim}` {message}"));
    }
    if claim.is_empty() || claim.contains(char::is_whitespace) {
        return no("`account_claim` is the name of a claim, as in \"sub\"".to_owned());
    }
    let scopes = oidc.scope();
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return no("`scopes` of [login.oidc] have to hold openid: without it nobody is named".to_owned());
    }
    Ok(())
}
