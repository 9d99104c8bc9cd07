//! The page on which an app's request is put to a person.

use baton_oauth::scope::Scope;
use hyper::StatusCode;

use super::{
    apart::told_apart,
    flow::{Flow, Wanted},
    page::{escaped, log_out, more_of, origin_of, page},
    session::Session,
    words::words,
};
use crate::{app::App, http::reply::Reply, rest::PatientsSeen};

/// The page. What an app may do with records can be left out by the person, kind by kind.
pub(super) fn page_of(
    app: &App,
    flow: &Flow,
    wanted: &Wanted,
    session: &Session,
    patients: Option<&PatientsSeen>,
    wrong: Option<&str>,
) -> Reply {
    let registered = app.registered(&wanted.request.client_id);
    let name = registered.as_ref().map_or("An app", |registered| registered.name.as_str());
    let alert = wrong.map(|words| format!("<p role=\"alert\">{}</p>\n", escaped(words))).unwrap_or_default();
    // a name can be anybody's, the address cannot
    let at = origin_of(wanted.request.redirect_uri.as_str());
    let inner = format!(
        "<p>You are <strong>{}</strong>.{}</p>\n{alert}<form method=\"post\" action=\"/oauth/consent\">\n\
         <input type=\"hidden\" name=\"flow\" value=\"{}\">\n{}{}\
         <button name=\"decision\" value=\"allow\">Allow</button>\n\
         <button name=\"decision\" value=\"deny\" class=\"plain\" formnovalidate>Do not allow</button>\n</form>\n\
         {}",
        escaped(&session.account.name),
        at.as_ref().map(|origin| format!(" The app is at <strong>{}</strong>.", escaped(origin))).unwrap_or_default(),
        flow.text,
        choices(&wanted.request.scopes),
        patients.map(choice_of_patient).unwrap_or_default(),
        log_out(flow, "I am somebody else"),
    );
    let leads_to: Vec<String> = at.into_iter().collect();
    page(StatusCode::OK, &format!("May {name} have access?"), &inner, &leads_to)
}

fn choices(scopes: &[String]) -> String {
    let mut html = "<fieldset>\n<legend>It will be able to</legend>\n".to_owned();
    for text in scopes {
        let Ok(scope) = text.parse() else { continue };
        let (value, words) = (escaped(text), escaped(&words(&scope)));
        html.push_str(&match scope {
            Scope::Resource(_) | Scope::Lasting(_) => {
                format!("<label><input type=\"checkbox\" name=\"scope\" value=\"{value}\" checked> {words}</label>\n")
            }
            Scope::Launch(_) | Scope::Identity(_) => format!("<p>{words}</p>\n"),
        });
    }
    html + "</fieldset>\n"
}

fn choice_of_patient(patients: &PatientsSeen) -> String {
    let mut html = "<fieldset>\n<legend>About which patient?</legend>\n".to_owned();
    for (id, words) in told_apart(patients) {
        html.push_str(&format!(
            "<label><input type=\"radio\" name=\"patient\" value=\"{}\" required> {}</label>\n",
            escaped(id),
            escaped(&words),
        ));
    }
    if patients.patients.is_empty() {
        html.push_str("<p>There are no patients that you may see.</p>\n");
    }
    if let Some(after) = patients.next {
        html.push_str(&more_of(after, "Show others"));
    }
    html + "</fieldset>\n"
}
