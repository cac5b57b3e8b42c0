//! The event stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream::unfold;

use super::App;
use super::extract::Asker;
use super::layers::Client;
use crate::error::Error;

/// The name of every event.
const EVENT_NAME: &str = "state";
/// Time between comments on a quiet stream, so that proxies keep it and lost connections show.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Asks nginx not to hold events back.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Client(client): Client,
    asker: Asker,
) -> Result<impl IntoResponse, Error> {
    let Asker { site, federation } = asker;
    // Both are held as long as the stream is open.
    let slot = app.admission.stream(client).ok_or(Error::TooManyStreamsHere)?;
    let counted = app.metrics.open_stream();
    let policy = federation.config().rounds.clone();
    let stream = federation.open_stream(site).await?;
    let messages = unfold((stream, app, policy, (slot, counted)), |(mut stream, app, policy, held)| async move {
        let event = stream.next().await?;
        let json = event.json(app.clock.steady(), &policy);
        let json = json.inspect_err(|e| tracing::error!("an event can't be written: {e}")).ok()?;
        let message = sse::Event::default().event(EVENT_NAME).id(event.snapshot.sequence.to_string()).data(json);
        Some((Ok::<_, Infallible>(message), (stream, app, policy, held)))
    });
    Ok(([UNBUFFERED], Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}
