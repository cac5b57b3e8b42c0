//! The page's files.

use axum::Router;
use axum::extract::Request;
use axum::handler::HandlerWithoutStateExt;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower_http::services::ServeDir;

use super::no_path;
use crate::config::PageConfig;

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
    let page = Router::new().fallback_service(files).layer(from_fn(revalidate));
    router.merge(page)
}

/// A browser may keep files but asks each time whether they are still the newest.
async fn revalidate(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
