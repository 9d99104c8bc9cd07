//! What browsers are told: which pages may read an answer, and what they must not make of it.

use std::{collections::HashSet, sync::Arc};

use hyper::{
    HeaderMap, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderValue, ORIGIN, STRICT_TRANSPORT_SECURITY,
        VARY,
    },
};

use super::{
    peer::Channel,
    reply::{Outgoing, Reply},
    route::{Access, OauthPlace, Place, PointerPlace, Route},
};
use crate::app::App;

/// For how long a browser speaks to this host over TLS only: a year. Other hosts of the domain are not ours to bind.
const TLS_ONLY: &str = "max-age=31536000";

/// Headers that a page may send besides those that every page may.
const SENT: &str = "Accept, Authorization, Content-Type, If-Match, If-None-Match, If-None-Exist, Prefer, X-Request-ID, \
                    X-Correlation-ID";
/// Headers of an answer that a page may read.
const READ: &str = "Location, ETag, Retry-After, WWW-Authenticate, X-Request-ID, X-Correlation-ID";
/// How long a browser may remember what it was told about both, in seconds.
const REMEMBERED_SECS: &str = "600";

/// Pages of which origins may read an answer. None is ever let in by who its browser is: credentials are not allowed.
enum Readers {
    /// All: it is what the server says of itself.
    All,
    /// Those that the operator registered.
    These(Arc<HashSet<String>>),
    /// None.
    None,
}

impl Readers {
    fn of(app: &App, route: &Route, method: &Method) -> Readers {
        match route {
            Route::Live | Route::Ready | Route::Metrics | Route::Unknown => Readers::None,
            Route::Oauth(OauthPlace::Token | OauthPlace::Revoke) => Readers::These(app.clients.now().origins.clone()),
            Route::Oauth(OauthPlace::Keys | OauthPlace::OpenId | OauthPlace::Looks) => Readers::All,
            // servers look into tokens, not pages; and what is for people is read by no page of somebody else
            Route::Oauth(OauthPlace::Introspect | OauthPlace::Page(_)) | Route::Exchange(_, Place::Launch(_), _) => {
                Readers::None
            }
            Route::Exchange(_, Place::Base | Place::OperationElsewhere | Place::Unknown, _) => Readers::None,
            Route::Exchange(_, place, _) if place.access(method) == Access::Public => Readers::All,
            Route::Exchange(number, ..) => Readers::These(app.exchanges[*number].now().origins.clone()),
            Route::Locator(_, PointerPlace::Metadata) => Readers::All,
            // the guide's reference server answers all pages; whoever registers one closes it to the others
            Route::Locator(number, _) => {
                app.locators[*number].now().origins.clone().map_or(Readers::All, Readers::These)
            }
        }
    }

    /// What to say to the page that asks: nothing, unless it may read.
    fn told(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match self {
            Readers::All => Some(HeaderValue::from_static("*")),
            Readers::These(origins) => origin.filter(|it| it.to_str().is_ok_and(|it| origins.contains(it))).cloned(),
            Readers::None => None,
        }
    }
}

/// Answers who asks for the methods of a place, and a browser that asks first whether a page may use them.
pub(super) fn methods(allow: &'static str) -> Reply {
    Reply::empty(StatusCode::NO_CONTENT)
        .header(ALLOW, allow)
        .header(ACCESS_CONTROL_ALLOW_METHODS, allow)
        .header(ACCESS_CONTROL_ALLOW_HEADERS, SENT)
        .header(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECS)
}

/// Adds to an answer who may read it, and that TLS is spoken here.
pub(super) fn mark(
    response: &mut Response<Outgoing>,
    app: &App,
    route: &Route,
    method: &Method,
    headers: &HeaderMap,
    channel: Channel,
) {
    // browsers say one origin; of two that somebody says neither counts
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = origins.next().filter(|_| origins.next().is_none());
    let readers = Readers::of(app, route, method);
    let marked = response.headers_mut();
    if matches!(readers, Readers::These(_)) {
        marked.append(VARY, HeaderValue::from_static("Origin"));
    }
    match readers.told(origin) {
        Some(told) => {
            marked.insert(ACCESS_CONTROL_ALLOW_ORIGIN, told);
            marked.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READ));
        }
        None => {
            for name in [ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_MAX_AGE] {
                marked.remove(name);
            }
        }
    }
    if channel == Channel::Tls {
        marked.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
}
