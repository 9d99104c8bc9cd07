//! Access tokens: the endpoints that give them, look into them and take them back, and the check of those that come back.

mod account;
mod clients;
mod endpoint;
mod form;
mod introspect;
mod keys;
mod prove;
mod revoke;
mod verify;

pub use clients::{Client, Clients};
pub use endpoint::served;
pub use form::refused_by_http;
pub use verify::caller;

use baton_exchange::audit::Errand;

use self::{account::Asking, form::Hindered};
use crate::{
    app::App,
    http::{body::Inbound, dispatch::Asked, refuse::Problem, reply::Reply, route::OauthPlace},
};

/// Answers a client, or says in OAuth's words why not.
///
/// # Errors
/// A [`Problem`] when the body breaks a limit or the store cannot be used.
pub async fn answer(app: &App, place: OauthPlace, asked: &Asked<'_>, body: &mut Inbound) -> Result<Reply, Problem> {
    let form = match form::read(&asked.head.headers, body).await {
        Ok(form) => form,
        Err(hindered) => return form::hindered(hindered),
    };
    let errand = match place {
        OauthPlace::Token => Errand::Token,
        OauthPlace::Introspect => Errand::Introspection,
        OauthPlace::Revoke => Errand::Revocation,
    };
    let mut asking = Asking::new(app, &asked.trace.request_id, errand);
    let answered = match place {
        OauthPlace::Token => endpoint::token(&mut asking, &asked.head.headers, &form).await,
        OauthPlace::Introspect => introspect::answer(&mut asking, asked, &form).await,
        OauthPlace::Revoke => revoke::revoke(&mut asking, &asked.head.headers, &form).await,
    };
    if let Err(Hindered::Refused(refusal)) = &answered {
        asking.write_refused(*refusal).await?;
    }
    answered.or_else(form::hindered)
}
