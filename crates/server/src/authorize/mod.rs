//! Where people let apps act for them: the request of an app, the login, the question, and launches from here.
//! Source: SMART App Launch 2.2; RFC 6749, section 4.1; spec of security, 2.1 and T01 to T17.

mod account;
mod apart;
mod ask;
mod consent;
mod consent_page;
mod decide;
mod elsewhere;
mod flow;
pub(crate) mod guard;
mod launch;
mod login;
mod page;
mod session;
pub(crate) mod throttle;
mod words;

use hyper::StatusCode;

use crate::{
    app::App,
    http::{body::Inbound, dispatch::Asked, refuse::Problem, reply::Reply, route::OauthPage},
};

pub use launch::launch;
pub(crate) use throttle::Guesses;

/// Why there is no page that was asked for.
enum Stopped {
    /// Another page, or a way back, says why.
    Reply(Box<Reply>),
    /// HTTP or the machine.
    Problem(Problem),
}

impl From<Reply> for Stopped {
    fn from(reply: Reply) -> Stopped {
        Stopped::Reply(Box::new(reply))
    }
}

impl<P: Into<Problem>> From<P> for Stopped {
    fn from(problem: P) -> Stopped {
        Stopped::Problem(problem.into())
    }
}

/// A page, or what is there instead.
type Paged = Result<Reply, Stopped>;

fn answered(paged: Paged) -> Result<Reply, Problem> {
    match paged {
        Ok(reply) => Ok(reply),
        Err(Stopped::Reply(reply)) => Ok(*reply),
        Err(Stopped::Problem(problem)) => Err(problem),
    }
}

/// Answers a person's browser.
///
/// # Errors
/// A [`Problem`] when the body breaks a limit or the store cannot be used.
pub async fn answer(app: &App, place: OauthPage, asked: &Asked<'_>, body: &mut Inbound) -> Result<Reply, Problem> {
    answered(match place {
        OauthPage::Authorize => ask::authorize(app, asked, body).await,
        OauthPage::Login => login::log_in(app, asked, body).await,
        OauthPage::Elsewhere => elsewhere::go(app, asked, body).await,
        OauthPage::Callback => elsewhere::come_back(app, asked).await,
        OauthPage::Logout => login::log_out(app, asked, body).await,
        OauthPage::Consent => decide::decide(app, asked, body).await,
        OauthPage::Style => Ok(page::style()),
    })
}

/// What is told to who comes with a form that is over, of another browser, or not of ours.
fn over() -> Reply {
    page::sorry(StatusCode::FORBIDDEN, "This form is over. Go back to the app and begin again.")
}
