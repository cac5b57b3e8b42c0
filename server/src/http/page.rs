//! The page's files.

use axum::Router;
use axum::extract::Request;
use axum::handler::HandlerWithoutStateExt;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;

use super::no_path;
use crate::config::PageConfig;

/// Longest part of a path between slashes, in bytes as it is written. The page's names are shorter, and with an ending such
/// as `.br` no file system takes much longer ones.
const SEGMENT_BYTES_MAX: usize = 200;
/// Longest path, in bytes as it is written.
const PATH_BYTES_MAX: usize = 1024;
/// The page's build puts below it what has its content's hash in its path.
const IMMUTABLE: &str = "/immutable/";

/// Serves the page's folder for every path that `router` does not have.
pub(super) fn serve(router: Router, page: &PageConfig) -> Router {
    let Some(dir) = &page.dir else {
        return router.fallback(no_path);
    };
    let files = ServeDir::new(dir)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(no_path.into_service());
    let page = Router::new().fallback_service(files).layer(from_fn(caching));
    router.merge(page)
}

/// Whether a path may name a file at all. What may not is not even looked for: file systems refuse it in ways of their own.
fn may_be_a_file(path: &str) -> bool {
    let segment = |segment: &str| {
        segment.len() <= SEGMENT_BYTES_MAX && percent_decode_str(segment).all(|byte| !byte.is_ascii_control())
    };
    path.len() <= PATH_BYTES_MAX && path.split('/').all(segment)
}

/// How long a browser may use a file without asking. Below [`IMMUTABLE`] a path names its content, so what was once there is
/// right for good; of all else it asks each time whether it is still the newest.
async fn caching(request: Request, next: Next) -> Response {
    if !may_be_a_file(request.uri().path()) {
        return no_path().await.into_response();
    }
    let immutable = request.uri().path().starts_with(IMMUTABLE);
    let mut response = next.run(request).await;
    let there = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let value = if immutable && there { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
