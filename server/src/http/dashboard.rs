//! The dashboard's own files, which are part of the program.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

/// Where it is.
const BASE: &str = "/admin/";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Each file with its content type.
const FILES: [(&str, &str, &str); 7] = [
    ("", HTML, include_str!("../../dashboard/index.html")),
    ("icon.svg", "image/svg+xml", include_str!("../../dashboard/icon.svg")),
    ("dashboard.css", CSS, include_str!("../../dashboard/dashboard.css")),
    ("main.js", SCRIPT, include_str!("../../dashboard/main.js")),
    ("server.js", SCRIPT, include_str!("../../dashboard/server.js")),
    ("draw.js", SCRIPT, include_str!("../../dashboard/draw.js")),
    ("federation.js", SCRIPT, include_str!("../../dashboard/federation.js")),
];

/// The paths of the dashboard; they need no credential, since they show nothing by themselves.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = Router::new().route("/admin", get(async || Redirect::permanent(BASE)));
    FILES.into_iter().fold(router, |router, (name, content_type, text)| {
        let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")];
        router.route(&format!("{BASE}{name}"), get(async move || (headers, text).into_response()))
    })
}
