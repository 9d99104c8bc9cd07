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

use baton_dialects::Dialect;
use baton_exchange::refusal::Refusal;
use baton_oauth::authorize::{AuthorizeRequest, BackRefusal};
use hyper::{StatusCode, header::RETRY_AFTER};

use crate::{
    app::App,
    failure::Failure,
    http::{
        body::Inbound,
        dispatch::Asked,
        refuse::{Problem, status, with_headers},
        reply::Reply,
        route::OauthPage,
    },
    log::with_sources,
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

/// A page that says to a person why there is no other one, in the place of what programs are told.
pub(crate) fn sorry(problem: &Problem, request_id: &str) -> Reply {
    match problem {
        Problem::Refusal(refusal) => {
            // outside of the exchanges no guide applies; the first one's numbers do as well as others
            let refused = baton_dialects::refuse(Dialect::Netsmart, refusal);
            with_headers(refusal, page::sorry(status(refused.status), words_of(refusal)))
        }
        Problem::Refused(refused) => page::sorry(status(refused.status), UNREADABLE),
        Problem::Failure(failure) => failed(failure, request_id),
    }
}

const UNREADABLE: &str = "This cannot be read. Go back and try again.";

fn words_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::TooManyRequests { .. } => "Too much comes from where you are. Wait for a moment and try again.",
        Refusal::MethodNotAllowed { .. } => "This page is not asked for in that way. Go back and begin again.",
        Refusal::BodyTooLarge { .. } => "The form is larger than any of this server. Go back and try again.",
        Refusal::BodyTooSlow => "The form took too long to arrive. Go back and try again.",
        Refusal::NoSuchRoute => "There is no such page here.",
        _ => UNREADABLE,
    }
}

fn failed(failure: &Failure, request_id: &str) -> Reply {
    let status = failure.status();
    match failure.retry_after_secs() {
        Some(secs) => {
            let words = "This does not work just now. Wait for a moment and try again.";
            page::sorry(status, words).header(RETRY_AFTER, secs.to_string())
        }
        None => page::sorry(
            status,
            &format!("Something is wrong here. Tell who runs this server this number: {request_id}"),
        ),
    }
}

/// The way back to an app for which the machine could not do its part, once it is known that the address is the app's. The log says
/// what it was. Source: RFC 6749, section 4.1.2.1.
fn told_the_app(app: &App, asked: &Asked<'_>, request: AuthorizeRequest, stopped: Stopped) -> Stopped {
    let Stopped::Problem(Problem::Failure(failure)) = &stopped else { return stopped };
    let id = asked.trace.request_id.as_str();
    tracing::error!(request.id = id, "an app is told that this does not work: {}", with_sources(failure));
    let why = match failure.retry_after_secs() {
        Some(_) => BackRefusal::Unavailable,
        None => BackRefusal::Failed,
    };
    ask::back_to_app(app, &request.refused(why)).into()
}

/// What is told to who comes with a form that is over, of another browser, or not of ours.
fn over() -> Reply {
    page::sorry(StatusCode::FORBIDDEN, "This form is over. Go back to the app and begin again.")
}
