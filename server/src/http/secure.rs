//! The calls of secure aggregation besides masked updates.

use axum::Json;
use axum::http::StatusCode;
use fedner_protocol::FederationId;
use fedner_secure_aggregation::{Message, View};

use super::extract::{Asker, InPath, JsonBody};
use crate::error::Error;

pub(super) async fn view(
    Asker { site, federation }: Asker,
    InPath((_, round)): InPath<(FederationId, u32)>,
) -> Result<Json<View>, Error> {
    federation.secure_view(site, round).await.map(Json)
}

pub(super) async fn send(
    Asker { site, federation }: Asker,
    InPath((_, round, attempt)): InPath<(FederationId, u32, u32)>,
    JsonBody(message): JsonBody<Message>,
) -> Result<StatusCode, Error> {
    federation.take_message(site, (round, attempt), message).await?;
    Ok(StatusCode::NO_CONTENT)
}
