//! Checks of `[[app]]`.

use super::{Config, DialectName, Fault, called, exchanges_are_there, fault, secure};
use crate::config::{App, PublicUrl};

/// An app that makes sense beside all else.
pub(super) fn fits(config: &Config, app: &App) -> Result<(), Fault> {
    let no = |message: String| Err(fault(&app.id, message));
    let id = &app.id.get_ref().0;
    exchanges_are_there(config, &app.exchanges)?;
    if let Some(exchange) = config.exchanges.iter().find(|exchange| {
        *exchange.dialect.get_ref() == DialectName::Nrl && app.exchanges.iter().any(|name| name == &exchange.id)
    }) {
        return no(format!("`{}` is a record locator, where no apps are launched", exchange.id.get_ref().0));
    }
    if let Some(partner) = &app.partner
        && !config.partners.iter().any(|one| one.id.get_ref() == partner.get_ref())
    {
        return Err(fault(partner, format!("no partner is called `{}`", partner.get_ref().0)));
    }
    super::scopes::fit(config, &app.id, &app.exchanges, &app.scopes)?;
    if let Some(PublicUrl(url)) = config.server.public_url.as_ref().filter(|url| has_path(url)) {
        return no(format!(
            "people log in at an address without a path, since cookies and pages belong to a whole host, and `public_url` of \
             [server] is `{url}`: give Baton a host of its own"
        ));
    }
    if config.partners.iter().any(|partner| partner.client_id() == id) {
        return no(format!("a partner has the client id `{id}`: client ids are unique"));
    }
    if app.name.trim().is_empty() {
        return no("`name` is empty: people are asked by it whether they agree".to_owned());
    }
    if app.redirect_uris.is_empty() {
        return no("`redirect_uris` is empty: an app needs an address to send people back to".to_owned());
    }
    if app.ways() != 1 {
        return no(
            "an app has one of public = true, client_secret, client_secret_sha256, jwks, jwks_file and jwks_url"
                .to_owned(),
        );
    }
    let (old_plain, old_hashed) = (app.old_client_secret.is_some(), app.old_client_secret_sha256.is_some());
    if old_plain && old_hashed {
        return no("there is one secret before: old_client_secret or old_client_secret_sha256, not both".to_owned());
    }
    if (old_plain || old_hashed) && app.client_secret.is_none() && app.client_secret_sha256.is_none() {
        return no(
            "an old secret stands beside `client_secret` or `client_secret_sha256`, the one that takes its place"
                .to_owned(),
        );
    }
    let wrong = |message: String| fault(&app.id, message);
    app.jwks_url.iter().try_for_each(|url| called("jwks_url", url)).map_err(wrong)?;
    app.launch_url.iter().try_for_each(|url| secure("launch_url", url)).map_err(wrong)
}

fn has_path(PublicUrl(url): &PublicUrl) -> bool {
    url.splitn(4, '/').nth(3).is_some()
}
