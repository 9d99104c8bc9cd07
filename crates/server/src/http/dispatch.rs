//! One request from its head to its answer: what is checked, and in which order. Source: spec of messages, "Order of checks".

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, OnceLock},
    task::Poll,
    time::Instant,
};

use baton_dialects::{Dialect, default_format};
use baton_exchange::refusal::Refusal;
use baton_fhir::format::{ContentType, Format, accept, content_type};
use hyper::{
    Method, Request, Response,
    body::Incoming,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderName},
    http::request::Parts,
};

use super::{
    admit::stranger,
    body::Inbound,
    browser, exchange,
    header::only,
    peer::Peer,
    query::Parameters,
    refuse::{Problem, refuse},
    reply::{Outgoing, Reply, takes_gzip},
    route::{OauthPlace, Place, Route},
    trace::Trace,
};
use crate::{
    app::App,
    authorize, clock,
    exchanged::Exchanged,
    failure::Failure,
    log::RequestLine,
    own, pointer,
    token::{self, refused_by_http},
    visit,
    work::with_place,
};

/// The head of a request, with what was made of it.
pub struct Asked<'r> {
    /// Method, address and headers.
    pub head: &'r Parts,
    /// Its ids.
    pub trace: &'r Trace,
    /// Parameters of its query.
    pub query: Parameters,
    /// What was sent as a form, once it was read.
    pub form: OnceLock<Vec<u8>>,
    /// The other end of the connection.
    pub peer: Peer,
}

impl Asked<'_> {
    /// The text of a header that is no list; empty when it is no text, or stands there twice.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        only(&self.head.headers, &name)
    }

    /// All that the client accepts.
    #[must_use]
    pub fn accepts(&self) -> Option<String> {
        self.listed(&ACCEPT)
    }

    /// All lines of a header: several are one list. Source: RFC 9110, section 5.3.
    #[must_use]
    pub fn listed(&self, name: &HeaderName) -> Option<String> {
        let lines: Vec<&str> = self.head.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }
}

/// Answers one request, whatever happens.
pub async fn answer(app: Arc<App>, request: Request<Incoming>, peer: Peer) -> Response<Outgoing> {
    let began = Instant::now();
    let _in_flight = app.metrics.begin();
    let (head, incoming) = request.into_parts();
    let trace = Trace::of(&head.headers, clock::random_id);
    let mut body = Inbound::new(incoming, &head.headers);
    let route = app.route(head.uri.path(), peer.listener);
    let peer = peer.behind(&app.proxies, &head.headers);
    let query = Parameters::parse(head.uri.query().unwrap_or_default().as_bytes());
    let asked = Asked { head: &head, trace: &trace, query, form: OnceLock::new(), peer };
    let mut log = RequestLine::default();
    let reply = match caught(respond(&app, &route, &asked, &mut body, &mut log)).await {
        Ok(reply) => reply,
        Err(problem) => refused(&app, &route, &asked, &problem, &mut log),
    };
    let reply = reply.zipped(&app, log.by(), takes_gzip(asked.listed(&ACCEPT_ENCODING).as_deref())).await;
    let reply = match with_place(&app, log.by(), reply) {
        Ok(reply) => reply,
        Err(failure) => refused(&app, &route, &asked, &failure.into(), &mut log),
    };
    body.put_aside();
    let took = began.elapsed();
    app.metrics.request(route.template(), reply.status.as_u16(), took);
    log.write(&head.method, route.template(), reply.status, took, &trace);
    let mut response = reply.into_response(&trace);
    browser::mark(&mut response, &app, &route, &head.method, &head.headers, peer.channel);
    response
}

/// Turns a panic into a failure, so that it costs one answer and not the connection.
async fn caught<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(progress) => progress,
        Err(_) => Poll::Ready(Err(Failure::Bug("a handler panicked".to_owned()).into())),
    })
    .await
}

/// Words a problem in the format that was asked for, as far as that can be given.
fn refused(app: &Arc<App>, route: &Route, asked: &Asked<'_>, problem: &Problem, log: &mut RequestLine) -> Reply {
    if let Problem::Failure(failure) = problem {
        log.failed(failure);
    }
    if is_for_people(app, route) {
        return authorize::sorry(problem, &asked.trace.request_id);
    }
    if let (Route::Oauth(_), Problem::Refusal(refusal)) = (route, problem)
        && let Some(reply) = refused_by_http(refusal)
    {
        return reply;
    }
    let (dialect, format) = match (route, problem) {
        (Route::Locator(number, _), _) => return pointer::problem(app, *number, asked, problem),
        (Route::Exchange(number, ..), _) => {
            let exchange = &app.exchanges[*number].now();
            (exchange.mount.dialect, wanted(exchange, asked).unwrap_or_else(|_| otherwise(exchange, asked)))
        }
        // outside of the exchanges no guide applies; the first one's words do as well as others
        _ => (Dialect::Netsmart, format_anywhere(asked)),
    };
    refuse(problem, dialect, format, &asked.trace.request_id)
}

/// Whether people look at what is there. Where there are no apps there are no such pages, as anywhere else.
fn is_for_people(app: &App, route: &Route) -> bool {
    let is_page = matches!(route, Route::Oauth(OauthPlace::Page(_)) | Route::Exchange(_, Place::Launch(_), _));
    is_page && app.clients.now().has_apps()
}

fn format_anywhere(asked: &Asked<'_>) -> Format {
    accept(asked.accepts().as_deref(), asked.query.get("_format"), "4.0", Format::Json).unwrap_or(Format::Json)
}

async fn respond(
    app: &Arc<App>,
    route: &Route,
    asked: &Asked<'_>,
    body: &mut Inbound,
    log: &mut RequestLine,
) -> Result<Reply, Problem> {
    if route.is_open(&asked.head.method) {
        stranger(app, asked)?;
    }
    // a locator says no in its guide's words, and the audit has a line of it
    if let Some(allow) = route.allow().filter(|_| !matches!(route, Route::Locator(..))) {
        if asked.head.method == Method::OPTIONS {
            return Ok(browser::methods(allow));
        }
        if !route.takes(&asked.head.method) {
            return Err(Refusal::MethodNotAllowed { allow }.into());
        }
    }
    // each in a place of its own: who waits for a body keeps no room for what other routes need, and thousands may wait
    let is_nowhere = |place: &OauthPlace| place.is_for_apps() && !app.clients.now().has_apps();
    match route {
        Route::Oauth(place) if is_nowhere(place) => Err(Refusal::NoSuchRoute.into()),
        Route::Oauth(OauthPlace::Page(page)) => Box::pin(authorize::answer(app, *page, asked, body)).await,
        Route::Live => Ok(own::live()),
        Route::Ready => Ok(own::ready(app).await),
        Route::Metrics => Ok(own::metrics(app).await),
        Route::Oauth(place) => Box::pin(token::answer(app, *place, asked, body, log)).await,
        Route::Unknown => Err(Refusal::NoSuchRoute.into()),
        Route::Exchange(number, place, _) => {
            let exchange = &app.exchanges[*number].now();
            let answered = Box::pin(exchange::answer(app, exchange, place, asked, body, log)).await;
            Box::pin(visit::accounted(app, exchange, place, asked, log, answered)).await
        }
        Route::Locator(number, place) => Ok(Box::pin(pointer::answer(app, *number, place, asked, body, log)).await),
    }
}

/// The format that is asked for.
///
/// # Errors
/// [`Refusal::NotAcceptable`] when it cannot be given.
pub fn wanted(exchange: &Exchanged, asked: &Asked<'_>) -> Result<Format, Refusal> {
    let (header, parameter) = (asked.accepts(), asked.query.get("_format"));
    let version = exchange.mount.dialect.fhir_version();
    accept(header.as_deref(), parameter, version, otherwise(exchange, asked)).ok_or_else(|| Refusal::NotAcceptable {
        accept: parameter.or(header.as_deref()).unwrap_or_default().to_owned(),
    })
}

/// The format for those who ask for none.
fn otherwise(exchange: &Exchanged, asked: &Asked<'_>) -> Format {
    let sent = match content_type(asked.header(CONTENT_TYPE), exchange.mount.dialect.fhir_version()) {
        ContentType::Fhir(format) => Some(format),
        ContentType::Form | ContentType::Unsupported => None,
    };
    default_format(&exchange.mount, sent)
}
