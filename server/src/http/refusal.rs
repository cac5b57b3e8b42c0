//! Errors as `application/problem+json`.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fedner_protocol::{PROBLEM_CONTENT_TYPE, ProblemCode};

use crate::error::Error;

/// Seconds after which a client may try again when the server can't take a request.
const RETRY_AFTER_S: u64 = 5;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status >= 500 {
            tracing::error!(code = ?problem.code, "{self}");
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_CONTENT_TYPE)], body).into_response();
        match problem.code {
            ProblemCode::NotEnrolled => {
                let challenge = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            ProblemCode::Unavailable | ProblemCode::TooMany => {
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
            }
            _ => {}
        }
        response
    }
}

/// A handler panicked. The message went to the log with the panic itself.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal("a handler panicked; this is a fault of the program".to_owned()).into_response()
}
