//! Errors as `application/problem+json`.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fedner_protocol::{PROBLEM_CONTENT_TYPE, ProblemCode};

use crate::error::Error;

/// Why the server itself failed, for the log alone. In the extensions of the answer.
#[derive(Debug, Clone)]
pub(super) struct Failure(pub(super) String);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_CONTENT_TYPE)], body).into_response();
        if matches!(problem.code, ProblemCode::NotEnrolled | ProblemCode::NotOperator) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = problem.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(problem.code);
        if problem.status >= 500 {
            response.extensions_mut().insert(Failure(self.to_string()));
        }
        response
    }
}

/// A handler panicked. The message went to the log with the panic itself.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal("a handler panicked; this is a fault of the program".to_owned()).into_response()
}
