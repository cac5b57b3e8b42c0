//! The operator's calls.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fedner_protocol::{
    FederationId, InvitationId, InvitationRecord, InvitationRequest, MadeInvitation, SiteId, SiteRecord,
};
use serde::Deserialize;

use super::App;
use super::extract::{InPath, InQuery, JsonBody, Operator};
use crate::audit::{Actor, AuditRow};
use crate::error::Error;
use crate::operations;
use crate::store::{AUDIT_PAGE_ROWS, Unmerged};

/// What a list may be narrowed to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    federation: Option<FederationId>,
}

/// What becomes of the updates of a site whose part is ended.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    /// Those that are not merged yet are removed.
    #[serde(default)]
    discard_updates: bool,
}

/// Where a page of the audit log begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

pub(super) async fn invite(
    _: Operator,
    State(app): State<Arc<App>>,
    JsonBody(request): JsonBody<InvitationRequest>,
) -> Result<(StatusCode, Json<MadeInvitation>), Error> {
    app.federation(&request.federation)?.takes_new_sites()?;
    let made = operations::invite(&app.store, request, &app.origin, (Actor::Operator, app.clock.now())).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

pub(super) async fn invitations(
    _: Operator,
    State(app): State<Arc<App>>,
    InQuery(narrowed): InQuery<Narrowed>,
) -> Result<Json<Vec<InvitationRecord>>, Error> {
    Ok(Json(operations::invitations(&app.store, narrowed.federation.as_ref(), app.clock.now()).await?))
}

pub(super) async fn revoke_invitation(
    _: Operator,
    State(app): State<Arc<App>>,
    InPath(id): InPath<InvitationId>,
) -> Result<StatusCode, Error> {
    operations::revoke_invitation(&app.store, id, Actor::Operator, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sites(
    _: Operator,
    State(app): State<Arc<App>>,
    InQuery(narrowed): InQuery<Narrowed>,
) -> Result<Json<Vec<SiteRecord>>, Error> {
    Ok(Json(operations::sites(&app.store, narrowed.federation.as_ref(), app.clock.now()).await?))
}

pub(super) async fn revoke_site(
    _: Operator,
    State(app): State<Arc<App>>,
    InPath(site): InPath<SiteId>,
    InQuery(Revocation { discard_updates }): InQuery<Revocation>,
) -> Result<StatusCode, Error> {
    let updates = if discard_updates { Unmerged::Discard } else { Unmerged::Keep };
    let revoked = operations::revoke_site(&app.store, site, updates, (Actor::Operator, app.clock.now())).await?;
    if let Some(federation) = app.federations.get(&revoked.federation) {
        federation.leave(site).await?;
        federation.look().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The oldest rows after a number, [`AUDIT_PAGE_ROWS`] at most; none when there are no more.
pub(super) async fn audit(
    _: Operator,
    State(app): State<Arc<App>>,
    InQuery(After { after }): InQuery<After>,
) -> Result<Json<Vec<AuditRow>>, Error> {
    Ok(Json(app.store.audit_rows(after, AUDIT_PAGE_ROWS).await?))
}

pub(super) async fn pause(
    _: Operator,
    State(app): State<Arc<App>>,
    InPath(id): InPath<FederationId>,
) -> Result<StatusCode, Error> {
    app.federation(&id)?.set_paused(true, Actor::Operator).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn resume(
    _: Operator,
    State(app): State<Arc<App>>,
    InPath(id): InPath<FederationId>,
) -> Result<StatusCode, Error> {
    app.federation(&id)?.set_paused(false, Actor::Operator).await?;
    Ok(StatusCode::NO_CONTENT)
}
