//! Forms come from our own pages. Source: OWASP ASVS 5.0, 3.5.1; spec of security, T15.

use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, ORIGIN},
};

use super::{Stopped, page};
use crate::{
    app::App,
    http::{
        body::{Inbound, announced},
        dispatch::Asked,
        query::{Parameters, is_form},
    },
};

/// A form is small.
pub(crate) const FORM_BYTES_MAX: usize = 16 * 1024;

/// Reads a form of one of our pages.
pub(super) async fn own_form(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Result<Parameters, Stopped> {
    let own = page::origin_of(&app.public_url);
    if own.is_none() || asked.header(ORIGIN).map(str::to_owned) != own {
        let words = "This form does not come from a page of this server, so it is not read.";
        return Err(page::sorry(StatusCode::FORBIDDEN, words).into());
    }
    form(asked, body).await
}

/// Reads a form of anybody.
pub(super) async fn form(asked: &Asked<'_>, body: &mut Inbound) -> Result<Parameters, Stopped> {
    let (packing, declared) = announced(&asked.head.headers, FORM_BYTES_MAX)?;
    let bytes = body.read(packing, FORM_BYTES_MAX, declared).await?;
    if !is_form(asked.header(CONTENT_TYPE)) {
        return Err(page::sorry(StatusCode::BAD_REQUEST, "This is no form.").into());
    }
    Ok(Parameters::parse(&bytes))
}
