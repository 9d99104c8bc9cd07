//! Which path is what, which methods it takes, and what it asks of a caller. All routes are in this folder.

mod oauth;
mod own;
mod place;
mod pointer;

use hyper::Method;

pub use oauth::{OAUTH_PLACES, OauthPage, OauthPlace};
pub use own::{OWN_PLACES, OwnPlace};
pub use place::{Access, Place};
pub use pointer::{Form, PointerPlace};

/// A place under the root of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Whether the process runs.
    Live,
    /// Whether requests can be served.
    Ready,
    /// Counters for those who operate it.
    Metrics,
    /// Where apps and their users get keys to what is here.
    Oauth(OauthPlace),
    /// A place under an exchange, by its number in the configuration, and what may be sent there.
    Exchange(usize, Place, Ways),
    /// A place under a record locator, by its number in the configuration.
    Locator(usize, PointerPlace),
    /// Nothing is here.
    Unknown,
}

/// What is mounted at a path, by its number in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base<'b> {
    /// An exchange that takes messages.
    Exchange(usize, &'b str, Ways),
    /// A record locator.
    Locator(usize, &'b str),
}

impl<'b> Base<'b> {
    fn path(&self) -> &'b str {
        match self {
            Base::Exchange(_, path, _) | Base::Locator(_, path) => path,
        }
    }
}

/// By which ways an exchange takes what changes referrals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// By messages alone.
    Messages,
    /// By messages, by the older guide's updates of a referral, and by REST on what a target works with.
    MessagesAndRest,
}

const READ: &str = "GET, HEAD";
const POST: &str = "POST";

impl Route {
    /// Finds the route of a path. The longest of the bases that fits wins.
    #[must_use]
    pub fn of<'b>(path: &str, bases: impl Iterator<Item = Base<'b>>) -> Route {
        match path.strip_suffix('/').unwrap_or(path) {
            "/health/live" => return Route::Live,
            "/health/ready" => return Route::Ready,
            "/metrics" => return Route::Metrics,
            path => {
                if let Some(place) = OauthPlace::of(path) {
                    return Route::Oauth(place);
                }
            }
        }
        let fits = |base: &Base<'_>| {
            path.strip_prefix(base.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match bases.filter(fits).max_by_key(|base| base.path().len()) {
            Some(Base::Exchange(number, base, ways)) => Route::Exchange(number, Place::of(&path[base.len()..]), ways),
            Some(Base::Locator(number, base)) => Route::Locator(number, PointerPlace::of(&path[base.len()..])),
            None => Route::Unknown,
        }
    }

    /// The methods that a route takes, as in the header `Allow`; nothing where there is no such route.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self {
            Route::Live | Route::Ready | Route::Metrics => Some(READ),
            Route::Oauth(place) => Some(place.allow()),
            Route::Exchange(_, place, ways) => place.allow(*ways),
            Route::Locator(_, place) => place.allow(),
            Route::Unknown => None,
        }
    }

    /// Whether a route takes a method.
    #[must_use]
    pub fn takes(&self, method: &Method) -> bool {
        self.allow().is_some_and(|allow| allow.split(", ").any(|allowed| allowed == method.as_str()))
    }

    /// Whether a request is answered without asking who calls: because of the place, or because it is told its methods.
    #[must_use]
    pub fn is_open(&self, method: &Method) -> bool {
        match self {
            Route::Live | Route::Ready | Route::Metrics | Route::Oauth(_) | Route::Unknown => true,
            Route::Exchange(_, place, _) => !self.takes(method) || place.access(method) == Access::Public,
            Route::Locator(_, place) => !self.takes(method) || *place == PointerPlace::Metadata,
        }
    }

    /// The route without what varies, for logs and metrics.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            Route::Live => "/health/live",
            Route::Ready => "/health/ready",
            Route::Metrics => "/metrics",
            Route::Oauth(place) => place.path(),
            Route::Exchange(_, place, _) => place.template(),
            Route::Locator(_, place) => place.template(),
            Route::Unknown => "(none)",
        }
    }
}

/// A segment without percent-encoding. Nothing for a broken escape, for what is no UTF-8, and for a hidden slash.
fn decoded(segment: &str) -> Option<String> {
    unescaped(segment).filter(|segment| !segment.contains('/'))
}

/// A text without percent-encoding. Nothing for a broken escape and for what is no UTF-8.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (pair, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
