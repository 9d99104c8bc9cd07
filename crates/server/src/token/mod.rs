//! Access tokens: the endpoints that give them, look into them and take them back, and the check of those that come back.

mod account;
mod clients;
mod code;
mod endpoint;
mod form;
mod give;
mod introspect;
mod kept;
mod keys;
mod prove;
mod published;
mod refresh;
mod revoke;
mod served;
mod verify;

pub use clients::{Client, Clients, Kind, Registered};
pub use form::refused_by_http;
pub use served::{SCOPES_OF_APPS, served};
pub use verify::caller;

pub(crate) use endpoint::new_token_text;
pub(crate) use kept::{KeptCode, Whose, bytes, open_account, read, ticket_key};
pub(crate) use keys::{LIMITS, Published};

use baton_exchange::{audit::Errand, refusal::Refusal};

use self::{account::Asking, form::Hindered};
use crate::{
    app::App,
    http::{body::Inbound, dispatch::Asked, refuse::Problem, reply::Reply, route::OauthPlace},
    log::RequestLine,
};

/// Answers a client, or says in OAuth's words why not.
///
/// # Errors
/// A [`Problem`] when the body breaks a limit or the store cannot be used.
pub async fn answer(
    app: &App,
    place: OauthPlace,
    asked: &Asked<'_>,
    body: &mut Inbound,
    log: &mut RequestLine,
) -> Result<Reply, Problem> {
    let errand = match place {
        OauthPlace::Token => Errand::Token,
        OauthPlace::Introspect => Errand::Introspection,
        OauthPlace::Revoke => Errand::Revocation,
        OauthPlace::Keys => return published::keys(app).await,
        OauthPlace::OpenId => return published::openid(app),
        OauthPlace::Looks => return Ok(published::looks()),
        OauthPlace::Page(_) => return Err(Refusal::NoSuchRoute.into()),
    };
    let form = match form::read(asked, body).await {
        Ok(form) => form,
        Err(hindered) => return form::hindered(hindered),
    };
    let mut asking = Asking::new(app, asked, errand);
    let answered = match place {
        OauthPlace::Introspect => introspect::answer(&mut asking, asked, &form).await,
        OauthPlace::Revoke => revoke::revoke(&mut asking, &asked.head.headers, &form).await,
        // the others were answered before
        OauthPlace::Token | OauthPlace::Keys | OauthPlace::OpenId | OauthPlace::Looks | OauthPlace::Page(_) => {
            endpoint::token(&mut asking, &asked.head.headers, &form).await
        }
    };
    let answered = match answered {
        Err(Hindered::Refused(refusal)) => Err(match asking.write_refused(refusal).await {
            Ok(refusal) => Hindered::Refused(refusal),
            Err(hindered) => hindered,
        }),
        other => other,
    };
    if let Some(partner) = asking.known() {
        log.partner(partner);
    }
    answered.or_else(form::hindered)
}
