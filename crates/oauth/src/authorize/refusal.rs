//! Why an app gets no code: told to the person, or sent back to the app.
//! Source: RFC 6749, sections 4.1.2.1 and 10.15; OpenID Connect Core 1.0, section 3.1.2.6.

use crate::{pkce::ChallengeRefusal, redirect::RedirectUri};

/// Why an app gets no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizeRefusal {
    /// Shown to the person: it is not known that the address leads to the app, so nobody is sent there.
    Page(PageRefusal),
    /// Sent back to the app.
    Back(Back),
}

/// What a person is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageRefusal {
    /// No app is named, or two are.
    #[error("the request names no app: client_id must stand there once")]
    NoClient,
    /// No app of that name may ask for codes.
    #[error("no app of this client_id is registered here")]
    UnknownClient,
    /// The address is not the app's.
    #[error("redirect_uri must stand there once, in the very words that the app is registered with")]
    RedirectUri,
}

/// A refusal with the way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// An address that is registered.
    pub redirect_uri: RedirectUri,
    /// What the app sent along, when it is known which text that is.
    pub state: Option<String>,
    /// Why.
    pub why: BackRefusal,
}

impl Back {
    /// Where the browser is sent. Source: RFC 9207 for `iss`.
    #[must_use]
    pub fn location(&self, issuer: &str) -> String {
        let words = self.why.to_string();
        let mut parameters = vec![("error", self.why.code()), ("error_description", words.as_str())];
        parameters.extend(self.state.as_deref().map(|state| ("state", state)));
        parameters.push(("iss", issuer));
        self.redirect_uri.with(&parameters)
    }
}

/// What an app is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackRefusal {
    /// A parameter came twice.
    #[error("a parameter is repeated")]
    Repeated,
    /// A parameter is longer than anything that is looked at.
    #[error("a parameter is too long")]
    TooLong,
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Something else than a code is wanted.
    #[error("response_type must be code")]
    ResponseType,
    /// The code is wanted in another way.
    #[error("response_mode must be query")]
    ResponseMode,
    /// The request stands in an object of its own.
    #[error("request objects are not supported")]
    RequestObject,
    /// The request stands somewhere else.
    #[error("request objects are not supported")]
    RequestUri,
    /// The challenge is none.
    #[error(transparent)]
    Challenge(#[from] ChallengeRefusal),
    /// The token is wanted for somewhere else.
    #[error("aud must be the address of this FHIR server")]
    Audience,
    /// `prompt` says what is not understood.
    #[error("prompt must be none, or some of login, consent and select_account")]
    Prompt,
    /// `max_age` is no number.
    #[error("max_age must be a number of seconds")]
    MaxAge,
    /// Nothing that is asked for may be granted.
    #[error("none of these scopes is registered for this app")]
    Scope,
    /// The launch is not good.
    #[error("the launch is not known, is over, or is not for this app and this user")]
    Launch,
    /// What is granted is about a patient, and none was chosen.
    #[error("a scope is about a patient, and none was chosen")]
    NoPatient,
    /// The person says no.
    #[error("the user did not agree")]
    Denied,
    /// The person would have to log in, and must not be asked.
    #[error("the user is not logged in")]
    LoginRequired,
    /// The server cannot do its part, and will not soon.
    #[error("the server failed")]
    Failed,
    /// The server cannot do its part just now.
    #[error("the server cannot do this just now: try again in a moment")]
    Unavailable,
    /// The person would have to agree, and must not be asked.
    #[error("the user has not agreed")]
    ConsentRequired,
}

impl BackRefusal {
    /// The code in the answer.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            BackRefusal::Repeated
            | BackRefusal::TooLong
            | BackRefusal::Missing(_)
            | BackRefusal::ResponseMode
            | BackRefusal::Challenge(_)
            | BackRefusal::Audience
            | BackRefusal::Prompt
            | BackRefusal::MaxAge
            | BackRefusal::Launch => "invalid_request",
            BackRefusal::ResponseType => "unsupported_response_type",
            BackRefusal::RequestObject => "request_not_supported",
            BackRefusal::RequestUri => "request_uri_not_supported",
            BackRefusal::Scope | BackRefusal::NoPatient => "invalid_scope",
            BackRefusal::Denied => "access_denied",
            BackRefusal::LoginRequired => "login_required",
            BackRefusal::ConsentRequired => "consent_required",
            BackRefusal::Failed => "server_error",
            BackRefusal::Unavailable => "temporarily_unavailable",
        }
    }
}
