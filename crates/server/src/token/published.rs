//! What is said of the keys and the looks of this server to who checks ID tokens or draws an app.
//! Source: OpenID Connect Discovery 1.0; RFC 7517; SMART App Launch 2.2, "Styling".

use baton_exchange::refusal::Refusal;
use baton_oauth::discovery::openid_configuration;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::{SCOPES_OF_APPS, served};
use crate::{
    app::App,
    http::{refuse::Problem, reply::Reply},
};

const JSON: &str = "application/json";

/// `GET /oauth/jwks`
///
/// # Errors
/// A failure when there are no keys.
pub(super) async fn keys(app: &App) -> Result<Reply, Problem> {
    let keys = app.signing.published().await?;
    Ok(told(&keys))
}

/// `GET /.well-known/openid-configuration`
///
/// # Errors
/// [`Refusal::NoSuchRoute`] where no ID tokens are given.
pub(super) fn openid(app: &App) -> Result<Reply, Problem> {
    let told_of = openid_configuration(&served(app.clients.now().has_apps(), &app.public_url, &SCOPES_OF_APPS))
        .ok_or(Refusal::NoSuchRoute)?;
    Ok(told(&json!(told_of)))
}

/// `GET /oauth/style.json`: colours and sizes that fit this server's own pages.
pub(super) fn looks() -> Reply {
    told(&json!({
        "color_background": "#ffffff",
        "color_error": "#b00020",
        "color_highlight": "#0b5394",
        "color_modal_backdrop": "",
        "color_success": "#1a7f37",
        "color_text": "#1b1f24",
        "dim_border_radius": "6px",
        "dim_font_size": "16px",
        "dim_spacing_size": "16px",
        "font_family_body": "system-ui, sans-serif",
        "font_family_heading": "system-ui, sans-serif",
    }))
}

fn told(value: &Value) -> Reply {
    Reply::with_body(StatusCode::OK, JSON, value.to_string()).public()
}
