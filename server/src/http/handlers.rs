//! One function a call.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use fedner_protocol::{API_BASE, Digest, EnrolRequest, EnrolResponse, FederationId, FederationInfo, UpdateId};
use fedner_protocol::{InvitationInfo, InvitationQuery, Offer, OfferQuery};
use fedner_protocol::{TENSORS_CONTENT_TYPE, UpdateReceipt};
use serde_json::json;

use super::App;
use super::extract::{Asker, InPath, JsonBody};
use super::layers::Client;
use super::model_body::ModelBody;
use super::refusal::Failure;
use crate::enrolment;
use crate::error::Error;
use crate::models::Model;
use crate::upload::Upload;

/// What has this digest never changes, and only enrolled sites may read it.
const DIGEST_CACHING: &str = "private, max-age=31536000, immutable";
/// After a backup was restored, the same version number can stand for another model: each use asks whether it does.
const VERSION_CACHING: &str = "private, no-cache";

/// Most damaged rows that the health check names.
const DAMAGE_TOLD_MAX: usize = 10;

pub(super) async fn enrol(
    client: Client,
    State(app): State<Arc<App>>,
    JsonBody(request): JsonBody<EnrolRequest>,
) -> Result<(StatusCode, Json<EnrolResponse>), Error> {
    let config = app.federation(&request.federation)?.config();
    if request.invitation.is_none() {
        app.admission.enrolment(client.0).map_err(Error::TooFast)?;
    }
    let response = enrolment::enrol(&app.store, config, &request, app.clock.now()).await;
    let response = response.map_err(|error| app.counted(client, error))?;
    Ok((StatusCode::CREATED, Json(response)))
}

pub(super) async fn invitation(
    client: Client,
    State(app): State<Arc<App>>,
    JsonBody(query): JsonBody<InvitationQuery>,
) -> Result<Json<InvitationInfo>, Error> {
    let config = app.federation(&query.federation)?.config();
    let info = enrolment::look_up(&app.store, config, &query, app.clock.now()).await;
    Ok(Json(info.map_err(|error| app.counted(client, error))?))
}

pub(super) async fn offer(
    client: Client,
    State(app): State<Arc<App>>,
    JsonBody(query): JsonBody<OfferQuery>,
) -> Result<Json<Offer>, Error> {
    let config = app.federation(&query.federation)?.config();
    let offer = enrolment::offer(&app.store, config, query, app.clock.now()).await;
    Ok(Json(offer.map_err(|error| app.counted(client, error))?))
}

pub(super) async fn info(asker: Asker) -> Result<Json<FederationInfo>, Error> {
    asker.federation.info().await.map(Json)
}

pub(super) async fn latest(asker: Asker) -> Result<Redirect, Error> {
    let (id, state) = (&asker.federation.config().id, asker.federation.state().await?);
    Ok(Redirect::temporary(&format!("{API_BASE}/federations/{id}/models/{}/{}", state.version, state.model)))
}

pub(super) async fn model(
    asker: Asker,
    State(app): State<Arc<App>>,
    InPath((_, version)): InPath<(FederationId, u32)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    asker.federation.check_needed(version).await?;
    let model = app.models.get(&asker.federation, version).await?;
    Ok(model_response(model, &headers, VERSION_CACHING))
}

/// As [`model`], of which the digest is known.
pub(super) async fn model_by_digest(
    asker: Asker,
    State(app): State<Arc<App>>,
    InPath((_, version, digest)): InPath<(FederationId, u32, Digest)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    asker.federation.check_needed(version).await?;
    let model = app.models.get(&asker.federation, version).await?;
    if model.digest != digest {
        return Err(Error::OtherModel { version, digest: model.digest.clone() });
    }
    Ok(model_response(model, &headers, DIGEST_CACHING))
}

fn model_response(model: Arc<Model>, headers: &HeaderMap, caching: &str) -> Response {
    let etag = format!("\"{}\"", model.digest);
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag));
    let caching = [(ETAG, etag), (CACHE_CONTROL, caching.to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let body = Body::new(ModelBody::new(model));
    (caching, [(CONTENT_TYPE, TENSORS_CONTENT_TYPE)], body).into_response()
}

pub(super) async fn submit(
    Asker { site, federation }: Asker,
    State(app): State<Arc<App>>,
    InPath((_, round, id)): InPath<(FederationId, u32, UpdateId)>,
    body: Body,
) -> Result<(StatusCode, Json<UpdateReceipt>), Error> {
    let submitted = app.uploads.take_in(&federation, Upload { site, round, id, body }).await;
    if matches!(&submitted, Err(error) if error.is_for_want_of_room()) {
        // It never came to the store, which shares the disk: the health check has to know all the same.
        app.store.note_refused(federation.update_bytes_max() as u64);
    }
    let submitted = submitted?;
    let status = if submitted.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(submitted.receipt)))
}

pub(super) async fn leave(asker: Asker) -> Result<StatusCode, Error> {
    asker.federation.leave(asker.site).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The process answers; whether it can do its work is another question.
pub(super) async fn alive() -> &'static str {
    "alive"
}

pub(super) async fn health(State(app): State<Arc<App>>) -> Response {
    let stopped = app.federations.values().find(|federation| !federation.is_driven());
    let checked = match stopped {
        Some(federation) => Err(Error::Internal(format!("the rounds of federation {} ended", federation.config().id))),
        None => app.store.check().await.map_err(Error::Store),
    };
    let ill = match checked {
        Ok(()) => app.federations.values().find_map(|federation| {
            Some(format!("the rounds of federation {} don't go on: {}", federation.config().id, federation.trouble()?))
        }),
        Err(error) => {
            let body = Json(json!({ "status": "unavailable", "detail": error.problem().detail }));
            let failure = Extension(Failure(format!("health check: {error}")));
            return (StatusCode::SERVICE_UNAVAILABLE, failure, body).into_response();
        }
    };
    let (status, mut body) = match ill {
        None => (StatusCode::OK, json!({ "status": "ok" })),
        Some(detail) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "unavailable", "detail": detail })),
    };
    // Rounds go on without what was set aside; that a disk loses bits is to be known all the same.
    let damage = app.store.damage().await.unwrap_or_default();
    if !damage.is_empty() {
        body["damaged"] = damage.iter().take(DAMAGE_TOLD_MAX).map(ToString::to_string).collect();
    }
    (status, Json(body)).into_response()
}
