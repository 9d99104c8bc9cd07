//! Reads what is asked about a token: what it stands for, or that it be taken back.
//! Source: RFC 7662, section 2.1 (introspection); RFC 7009, section 2.1 (revocation).

use super::{Authentication, Form, TokenRefusal, authentication};

/// A question about a token. Prints without the token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenQuestion {
    /// The token, as it was shown. What kind it is said to be (`token_type_hint`) does not matter: both kinds are looked for.
    pub token: String,
    /// Who asks. An app without a secret may take back its own tokens, and may not look into any.
    pub authentication: Authentication,
}

impl std::fmt::Debug for TokenQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenQuestion(…, {:?})", self.authentication)
    }
}

/// Reads a question: its `Authorization` header and the parameters of its form, decoded.
///
/// # Errors
/// A refusal that needs no knowledge of clients.
pub fn token_question(authorization: Option<&str>, form: &[(String, String)]) -> Result<TokenQuestion, TokenRefusal> {
    let form = Form(form);
    if form.repeats_itself() {
        return Err(TokenRefusal::Repeated);
    }
    let authentication = authentication(authorization, &form)?;
    Ok(TokenQuestion { token: form.needed("token")?, authentication })
}

/// The token in a question of somebody who shows a bearer token, and so no credentials of a client.
///
/// # Errors
/// [`TokenRefusal::Repeated`], [`TokenRefusal::TwoWays`], [`TokenRefusal::Missing`]
pub fn asked_token(form: &[(String, String)]) -> Result<String, TokenRefusal> {
    let form = Form(form);
    if form.repeats_itself() {
        return Err(TokenRefusal::Repeated);
    }
    if form.authenticates() { Err(TokenRefusal::TwoWays) } else { form.needed("token") }
}
