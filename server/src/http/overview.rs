//! What the dashboard shows at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fedner_protocol::{FederationId, FederationState, RoundPolicy, SiteId, TENSORS_CONTENT_TYPE};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};

use super::App;
use super::extract::{InPath, JsonBody, Operator};
use crate::audit::Verified;
use crate::config::Enrolment;
use crate::error::Error;
use crate::federation::Federation;
use crate::store::{StoredVersion, VERSIONS_LISTED_MAX};

/// Longest link that is drawn, in bytes.
const LINK_BYTES_MAX: usize = 1000;

/// The server and all its federations.
#[derive(Serialize)]
pub(super) struct Overview {
    program: &'static str,
    is_ready: bool,
    /// Why it is not.
    reason: Option<String>,
    store_bytes: Option<u64>,
    damaged: Vec<String>,
    federations: Vec<FederationOverview>,
}

/// One federation.
#[derive(Serialize)]
struct FederationOverview {
    id: FederationId,
    name: String,
    enrolment: Enrolment,
    rounds: RoundPolicy,
    state: FederationState,
    /// Why its rounds don't go on.
    trouble: Option<String>,
    /// Sites that take part now.
    present: BTreeSet<SiteId>,
    /// Those whose update of the open round is acknowledged.
    sent: BTreeSet<SiteId>,
    versions: Vec<StoredVersion>,
}

pub(super) async fn overview(_: Operator, State(app): State<Arc<App>>) -> Result<Json<Overview>, Error> {
    let mut federations = Vec::new();
    for federation in app.federations.values() {
        federations.push(of(&app, federation).await?);
    }
    let checked = app.store.check().await;
    Ok(Json(Overview {
        program: env!("CARGO_PKG_VERSION"),
        is_ready: checked.is_ok(),
        reason: checked.err().map(|error| error.to_string()),
        store_bytes: app.store.bytes().await.ok(),
        damaged: app.store.damage().await?.iter().map(ToString::to_string).collect(),
        federations,
    }))
}

async fn of(app: &App, federation: &Federation) -> Result<FederationOverview, Error> {
    let config = federation.config();
    Ok(FederationOverview {
        id: config.id.clone(),
        name: config.name.clone(),
        enrolment: config.enrolment,
        rounds: config.rounds.clone(),
        state: federation.state().await?,
        trouble: federation.trouble(),
        present: federation.present(),
        sent: federation.senders(),
        versions: app.store.versions(&config.id, VERSIONS_LISTED_MAX).await?,
    })
}

/// A version as a file.
pub(super) async fn model(
    _: Operator,
    State(app): State<Arc<App>>,
    InPath((id, version)): InPath<(FederationId, u32)>,
) -> Result<Response, Error> {
    let model = app.models.get(app.federation(&id)?, version).await?;
    let name = format!("attachment; filename=\"{id}-{version}.safetensors\"");
    let headers = [(CONTENT_TYPE, TENSORS_CONTENT_TYPE.to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, model.body.clone()).into_response())
}

/// The outcome of reading the whole audit log.
#[derive(Serialize)]
pub(super) struct AuditCheck {
    is_whole: bool,
    rows: u64,
    /// Hash of the last row, to be noted elsewhere.
    head: String,
    /// What is wrong with it.
    reason: Option<String>,
}

pub(super) async fn verify_audit(_: Operator, State(app): State<Arc<App>>) -> Result<Json<AuditCheck>, Error> {
    Ok(Json(match app.store.verify_audit(None).await? {
        Ok(Verified { rows, head, .. }) => AuditCheck { is_whole: true, rows, head: head.to_string(), reason: None },
        Err(error) => {
            let head = app.store.audit_head().await?;
            AuditCheck {
                is_whole: false,
                rows: head.rows,
                head: head.hash.to_string(),
                reason: Some(error.to_string()),
            }
        }
    }))
}

/// A link to be drawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    link: String,
}

/// The link as a QR code. It holds a secret, so it comes and goes in bodies.
pub(super) async fn qr_code(_: Operator, JsonBody(Link { link }): JsonBody<Link>) -> Result<Response, Error> {
    let too_long = || Error::BadRequest(format!("link: use at most {LINK_BYTES_MAX} bytes"));
    if link.len() > LINK_BYTES_MAX {
        return Err(too_long());
    }
    let code = QrCode::new(link).map_err(|_| too_long())?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(([(CONTENT_TYPE, "image/svg+xml")], drawn).into_response())
}
