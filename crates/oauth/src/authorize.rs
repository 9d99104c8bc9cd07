//! Reads a request for a code, by GET or POST. Source: RFC 6749, section 4.1.1; SMART App Launch 2.2, "Obtain authorization
//! code"; RFC 9700, section 2.1; OpenID Connect Core 1.0, section 3.1.2.1.
//!
//! What is read is kept by the server and looked up again by a number: nothing is taken a second time from the browser,
//! which could say something else then (CVE-2026-7571).

mod refusal;

use serde::{Deserialize, Serialize};

use crate::{
    grant::repeats,
    pkce::Challenge,
    redirect::RedirectUri,
    scope::{granted, still},
};
pub use refusal::{AuthorizeRefusal, Back, BackRefusal, PageRefusal};

/// Longer values are not looked at.
const VALUE_BYTES_MAX: usize = 4096;

/// How long a `state` may be: it is kept until the person has answered, for whoever asks, and comes back byte for byte.
pub const STATE_BYTES_MAX: usize = 4096;

/// How long a `launch` and a `nonce` may be: both are numbers of chance.
pub const HANDLE_BYTES_MAX: usize = 512;

/// The parameters that mean something here. Others are ignored, but stand there once as well.
const PARAMETERS: [&str; 16] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "resource",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "request",
    "request_uri",
];

/// An app that may ask for codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub client_id: String,
    /// Where its users may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may be granted.
    pub scopes: Vec<String>,
}

impl App {
    /// What is left of scopes that were granted before: registrations change. Nothing when nothing is left.
    #[must_use]
    pub fn still(&self, scopes: &[String]) -> Option<Vec<String>> {
        Some(still(&self.scopes, scopes)).filter(|left| !left.is_empty())
    }

    /// The same for an answer to an address that was registered then. Nothing also when no answer goes there any more.
    #[must_use]
    pub fn still_grants(&self, redirect_uri: &str, scopes: &[String]) -> Option<Vec<String>> {
        RedirectUri::among(&self.redirect_uris, redirect_uri)?;
        self.still(scopes)
    }
}

/// A request that may be put to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// What comes back to the app as it was.
    pub state: String,
    /// What may be granted of what it asks for.
    pub scopes: Vec<String>,
    /// What its code is tied to.
    pub challenge: Challenge,
    /// The handle of a launch that was begun elsewhere.
    pub launch: Option<String>,
    /// What comes back in the ID token.
    pub nonce: Option<String>,
    /// How the person is to be asked.
    pub prompts: Vec<Prompt>,
    /// How long ago the person may have logged in, in seconds.
    pub max_age: Option<u32>,
}

/// How a person is to be asked. Source: OpenID Connect Core 1.0, section 3.1.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prompt {
    /// Not at all.
    Nothing,
    /// Who they are, even if that is known.
    Login,
    /// Whether they agree, even if they have.
    Consent,
    /// Which of their accounts it is.
    SelectAccount,
}

impl AuthorizeRequest {
    /// Whether the person has to log in although they did at a moment, in seconds since 1970: because the app asks for that, or
    /// that was too long ago. Source: OpenID Connect Core 1.0, section 3.1.2.1 (`prompt`, `max_age`).
    #[must_use]
    pub fn wants_login(&self, authenticated: i64, now: i64) -> bool {
        let is_asked_for = self.prompts.iter().any(|it| matches!(it, Prompt::Login | Prompt::SelectAccount));
        is_asked_for || self.max_age.is_some_and(|secs| now.saturating_sub(authenticated) >= i64::from(secs))
    }

    /// Where the browser is sent with a code. Source: RFC 9207 for `iss`.
    #[must_use]
    pub fn location(&self, code: &str, issuer: &str) -> String {
        self.redirect_uri.with(&[("code", code), ("state", &self.state), ("iss", issuer)])
    }

    /// The same request, refused later.
    #[must_use]
    pub fn refused(self, why: BackRefusal) -> Back {
        Back { redirect_uri: self.redirect_uri, state: Some(self.state), why }
    }
}

/// Decoded parameters. One without a value counts as not sent.
struct Parameters<'p>(&'p [(String, String)]);

impl<'p> Parameters<'p> {
    fn value(&self, name: &str) -> Option<&'p str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn times(&self, name: &str) -> usize {
        self.0.iter().filter(|(key, _)| key == name).count()
    }

    /// What stands there once.
    fn once(&self, name: &str) -> Option<&'p str> {
        self.value(name).filter(|_| self.times(name) == 1)
    }
}

/// Whose request it is, so that the app can be looked up. `parameters` are all that came, those of the address and then those of
/// the form.
///
/// # Errors
/// [`PageRefusal::NoClient`]
pub fn client_id(parameters: &[(String, String)]) -> Result<&str, PageRefusal> {
    Parameters(parameters).once("client_id").ok_or(PageRefusal::NoClient)
}

/// Reads a request of an app for the FHIR server at `base`.
///
/// # Errors
/// [`AuthorizeRefusal::Page`] until it is known that the address is the app's, [`AuthorizeRefusal::Back`] after that.
pub fn authorize_request(
    parameters: &[(String, String)],
    app: Option<&App>,
    base: &str,
) -> Result<AuthorizeRequest, AuthorizeRefusal> {
    let asked_by = client_id(parameters).map_err(AuthorizeRefusal::Page)?;
    let parameters = Parameters(parameters);
    let app = app.filter(|app| app.client_id == asked_by).ok_or(AuthorizeRefusal::Page(PageRefusal::UnknownClient))?;
    let redirect_uri = parameters.once("redirect_uri");
    let redirect_uri = redirect_uri.and_then(|asked| RedirectUri::among(&app.redirect_uris, asked));
    let redirect_uri = redirect_uri.ok_or(AuthorizeRefusal::Page(PageRefusal::RedirectUri))?;
    // one that is too long to be kept comes back all the same: without it the app would not know what was refused
    let state = parameters.once("state").map(str::to_owned);
    checked(&parameters, app, redirect_uri, base).map_err(|why| {
        let redirect_uri = redirect_uri.clone();
        AuthorizeRefusal::Back(Back { redirect_uri, state, why })
    })
}

fn checked(
    parameters: &Parameters<'_>,
    app: &App,
    redirect_uri: &RedirectUri,
    base: &str,
) -> Result<AuthorizeRequest, BackRefusal> {
    check_form(parameters)?;
    let state = parameters.value("state").ok_or(BackRefusal::Missing("state"))?;
    let challenge = Challenge::read(parameters.value("code_challenge"), parameters.value("code_challenge_method"))?;
    check_audience(parameters, base)?;
    let asked = parameters.value("scope").ok_or(BackRefusal::Missing("scope"))?;
    // which queries are decided says whoever asks the person
    let scopes = granted(&app.scopes, Some(asked), &|_| true).ok_or(BackRefusal::Scope)?;
    let launch = parameters.value("launch").map(str::to_owned);
    if launch.is_none() && scopes.iter().any(|scope| scope == "launch") {
        return Err(BackRefusal::Missing("launch"));
    }
    Ok(AuthorizeRequest {
        client_id: app.client_id.clone(),
        redirect_uri: redirect_uri.clone(),
        state: state.to_owned(),
        scopes,
        challenge,
        launch,
        nonce: parameters.value("nonce").map(str::to_owned),
        prompts: prompts(parameters.value("prompt"))?,
        max_age: max_age(parameters.value("max_age"))?,
    })
}

/// One value for each, known or not (RFC 6749, section 3.1), and none that asks for another way of answering.
fn check_form(parameters: &Parameters<'_>) -> Result<(), BackRefusal> {
    if repeats(parameters.0) {
        return Err(BackRefusal::Repeated);
    }
    if PARAMETERS.iter().any(|name| parameters.value(name).is_some_and(|value| value.len() > bytes_max(name))) {
        return Err(BackRefusal::TooLong);
    }
    if parameters.value("request").is_some() {
        return Err(BackRefusal::RequestObject);
    }
    if parameters.value("request_uri").is_some() {
        return Err(BackRefusal::RequestUri);
    }
    match parameters.value("response_type") {
        Some("code") => {}
        Some(_) => return Err(BackRefusal::ResponseType),
        None => return Err(BackRefusal::Missing("response_type")),
    }
    match parameters.value("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => Err(BackRefusal::ResponseMode),
    }
}

fn bytes_max(name: &str) -> usize {
    match name {
        "state" => STATE_BYTES_MAX,
        "launch" | "nonce" => HANDLE_BYTES_MAX,
        _ => VALUE_BYTES_MAX,
    }
}

/// The app says where it will show its token, so that it cannot be led to get one for us and show it to somebody else.
/// `resource` (RFC 8707) says the same. They are compared as text, but for one slash at the end: FHIR clients differ in it.
fn check_audience(parameters: &Parameters<'_>, base: &str) -> Result<(), BackRefusal> {
    let (audience, resource) = (parameters.value("aud"), parameters.value("resource"));
    if audience.is_none() && resource.is_none() {
        return Err(BackRefusal::Missing("aud"));
    }
    let is_ours = |named: &str| named.strip_suffix('/').unwrap_or(named) == base.strip_suffix('/').unwrap_or(base);
    if [audience, resource].into_iter().flatten().all(is_ours) { Ok(()) } else { Err(BackRefusal::Audience) }
}

fn prompts(text: Option<&str>) -> Result<Vec<Prompt>, BackRefusal> {
    let mut prompts = Vec::new();
    for word in text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        prompts.push(match word {
            "none" => Prompt::Nothing,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _ => return Err(BackRefusal::Prompt),
        });
    }
    if prompts.contains(&Prompt::Nothing) && prompts.len() > 1 { Err(BackRefusal::Prompt) } else { Ok(prompts) }
}

/// Digits only: with a sign it would not be an age.
fn max_age(text: Option<&str>) -> Result<Option<u32>, BackRefusal> {
    let Some(text) = text else { return Ok(None) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    // longer than anybody stays logged in, it asks for nothing
    if is_number { Ok(Some(text.parse().unwrap_or(u32::MAX))) } else { Err(BackRefusal::MaxAge) }
}

#[cfg(test)]
mod tests;
