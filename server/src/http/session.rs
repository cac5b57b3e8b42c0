//! The operator's sign-in at the dashboard.
//!
//! The cookie holds the operator's credential itself: scripts can't read it, no other page makes a browser send it, it
//! goes to the operator's calls only, and a new credential ends every session at every server on the store.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use fedner_protocol::API_BASE;
use serde::Deserialize;

use super::App;
use super::extract::JsonBody;
use super::layers::Client;
use crate::credential::OperatorCredential;
use crate::enrolment::is_operator;
use crate::error::Error;

/// The cookie's name.
const COOKIE_NAME: &str = "fedner-operator";
/// How long a browser keeps it: a working day.
const AGE_S: u32 = 10 * 3600;
/// What the dashboard sends along with whatever changes something: no form of another page can.
const CALLED_BY: HeaderName = HeaderName::from_static("x-called-by");
const DASHBOARD: &str = "dashboard";

/// What somebody signs in with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    credential: String,
}

pub(super) async fn sign_in(
    client: Client,
    State(app): State<Arc<App>>,
    JsonBody(SignIn { credential }): JsonBody<SignIn>,
) -> Result<Response, Error> {
    // Read and written again, so that nothing else gets into the header.
    let credential = OperatorCredential::parse(credential.trim()).map(|credential| credential.reveal());
    let known = is_operator(&app.store, credential.as_deref()).await;
    known.map_err(|error| app.counted(client, error))?;
    Ok(set(&app, &credential.unwrap_or_default(), AGE_S))
}

pub(super) async fn sign_out(State(app): State<Arc<App>>) -> Response {
    set(&app, "", 0)
}

fn set(app: &App, value: &str, age_s: u32) -> Response {
    let secure = if app.origin.starts_with("https://") { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE_NAME}={value}; Path={API_BASE}/admin; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

/// The credential of a session. A request that changes something must come from the dashboard's own script.
pub(super) fn credential(parts: &Parts) -> Option<&str> {
    let is_called_by_dashboard = parts.headers.get(CALLED_BY).is_some_and(|by| by == DASHBOARD);
    if !parts.method.is_safe() && !is_called_by_dashboard {
        return None;
    }
    cookie(&parts.headers)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request = Request::builder().method(method).uri("/");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_session_changes_something_only_from_the_dashboard() {
        let session = ("cookie", "a=b; fedner-operator=operator.x; c=d");
        assert_eq!(credential(&parts("GET", &[session])), Some("operator.x"));
        assert_eq!(credential(&parts("POST", &[session])), None);
        assert_eq!(credential(&parts("POST", &[session, ("x-called-by", "another")])), None);
        assert_eq!(credential(&parts("DELETE", &[session, ("x-called-by", "dashboard")])), Some("operator.x"));
        assert_eq!(credential(&parts("GET", &[("cookie", "xfedner-operator=a")])), None);
    }
}
