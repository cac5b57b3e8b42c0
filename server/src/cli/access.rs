//! Who may take part: invitations, sites, the operator's credential.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use fedner_protocol::{
    FederationId, InvitationId, InvitationRecord, InvitationRequest, InvitationState, SiteId, SiteRecord,
};
use serde::Serialize;

use super::CommandError;
use crate::audit::Actor;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Enrolment};
use crate::operations;
use crate::store::{Purpose, Store, Unmerged};
use crate::timestamp::Timestamp;

/// Whoever may run commands on the server's machine.
const ACTOR: Actor = Actor::CommandLine;

/// `invite`: what for, whom and for how long.
#[derive(Debug, Args)]
pub(super) struct InviteArguments {
    /// The federation; it must have been served once.
    #[arg(long)]
    federation: FederationId,
    /// Whom, as the lists will name the site, such as "St Mary's, ward 3".
    #[arg(long)]
    name: String,
    /// For how long the link works, such as 12h, 7d or 4weeks.
    #[arg(long, default_value = "7d", value_parser = humantime::parse_duration)]
    expires: Duration,
    /// Where browsers reach the server, if not at listen.public_url.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// `invitations …`
#[derive(Debug, Subcommand)]
pub(super) enum InvitationsCommand {
    /// List invitations and what has become of them. Their links are not kept.
    List(ListArguments),
    /// Take back an invitation that nobody has used.
    Revoke {
        /// Its id, as the list has it.
        id: InvitationId,
    },
}

/// `sites …`
#[derive(Debug, Subcommand)]
pub(super) enum SitesCommand {
    /// List enrolled sites.
    List(ListArguments),
    /// End a site's part: its next request is refused, its open streams end within seconds.
    Revoke {
        /// Its id, as the list has it.
        id: SiteId,
        /// Also remove what it has sent and is not merged yet; without it, that still counts in its round.
        #[arg(long)]
        discard_updates: bool,
    },
}

/// `operator …`
#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Make a new operator credential in place of the one there was, and show it this once.
    New,
}

/// What a list shows, and how.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Of this federation only.
    #[arg(long)]
    federation: Option<FederationId>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn invite(arguments: InviteArguments, config: &Config) -> Result<(), CommandError> {
    let InviteArguments { federation, name, expires, public_url } = arguments;
    let closed = config.federations.iter().any(|f| f.id == federation && f.enrolment == Enrolment::Closed);
    if closed {
        return Err(format!("federation {federation} is closed: set its enrolment to \"invitation\" first").into());
    }
    let origin = origin(config, public_url)?;
    let request = InvitationRequest { federation, name, expires_in_s: Some(expires.as_secs()) };
    let made =
        with_store(config, async |store, now| operations::invite(store, request, &origin, (ACTOR, now)).await).await?;
    eprintln!(
        "A one-time invitation for {:?}, until {}. Send this link to that person only; it is not shown again:",
        made.invitation.name,
        time(made.invitation.expires_at_ms)
    );
    println!("{}", made.link);
    Ok(())
}

pub(super) async fn invitations(command: InvitationsCommand, config: &Config) -> Result<(), CommandError> {
    match command {
        InvitationsCommand::List(ListArguments { federation, json }) => {
            let list = async |store: &Store, now| operations::invitations(store, federation.as_ref(), now).await;
            let list = with_store(config, list).await?;
            print_list(json, &list, "invitation\tfederation\tname\tmade\texpires\tstate", invitation_line)
        }
        InvitationsCommand::Revoke { id } => {
            with_store(config, async |store, now| operations::revoke_invitation(store, id, ACTOR, now).await).await?;
            println!("invitation {id} was taken back");
            Ok(())
        }
    }
}

pub(super) async fn sites(command: SitesCommand, config: &Config) -> Result<(), CommandError> {
    match command {
        SitesCommand::List(ListArguments { federation, json }) => {
            let list = async |store: &Store, now| operations::sites(store, federation.as_ref(), now).await;
            let list = with_store(config, list).await?;
            print_list(json, &list, "site\tfederation\tname\tenrolled\tlast seen\trevoked", site_line)
        }
        SitesCommand::Revoke { id, discard_updates } => {
            let updates = if discard_updates { Unmerged::Discard } else { Unmerged::Keep };
            let revoke = async |store: &Store, now| operations::revoke_site(store, id, updates, (ACTOR, now)).await;
            let revoked = with_store(config, revoke).await?;
            println!("the part of site {id} was ended");
            if discard_updates {
                println!("updates of it that were discarded before they were merged: {}", revoked.discarded.len());
            }
            Ok(())
        }
    }
}

pub(super) async fn operator(command: OperatorCommand, config: &Config) -> Result<(), CommandError> {
    let OperatorCommand::New = command;
    let credential = with_store(config, async |store, now| operations::new_operator(store, now).await).await?;
    eprintln!("The new operator credential; the one before is worth nothing any more. It is not shown again:");
    println!("{}", credential.reveal());
    Ok(())
}

/// Does one thing with the store, also while a server is running on it.
async fn with_store<T, E: Into<CommandError>>(
    config: &Config,
    act: impl AsyncFnOnce(&Store, Timestamp) -> Result<T, E>,
) -> Result<T, CommandError> {
    let failed = |e| format!("{}: {e}", config.store);
    let store: Arc<Store> = Store::open(&config.store, Purpose::Command).await.map_err(failed)?;
    let done = act(&store, SystemClock.now()).await;
    store.close().await;
    done.map_err(Into::into)
}

/// What links begin with.
fn origin(config: &Config, given: Option<String>) -> Result<String, CommandError> {
    let mut listen = config.listen.clone();
    listen.public_url = given.or(listen.public_url);
    Config { listen: listen.clone(), ..config.clone() }.validate_settings()?;
    if let Some(url) = listen.public_url {
        return Ok(url);
    }
    if listen.address.port() == 0 || listen.address.ip().is_unspecified() {
        return Err("where do browsers reach the server? Set listen.public_url, or give --public-url https://…".into());
    }
    let scheme = if config.tls.files().is_some() { "https" } else { "http" };
    Ok(format!("{scheme}://{}", listen.address))
}

/// A table with tabs between its columns, or JSON.
fn print_list<T: Serialize>(
    json: bool,
    list: &[T],
    head: &str,
    line: impl Fn(&T) -> String,
) -> Result<(), CommandError> {
    if json {
        println!("{}", serde_json::to_string_pretty(list)?);
        return Ok(());
    }
    println!("{head}");
    list.iter().for_each(|item| println!("{}", line(item)));
    Ok(())
}

fn invitation_line(record: &InvitationRecord) -> String {
    let InvitationRecord { id, federation, name, made_at_ms, expires_at_ms, state } = record;
    let state = match state {
        InvitationState::Open => "open".to_owned(),
        InvitationState::Expired => "expired".to_owned(),
        InvitationState::Used { site, at_ms } => format!("used by site {site} at {}", time(*at_ms)),
        InvitationState::Revoked { at_ms } => format!("revoked at {}", time(*at_ms)),
    };
    format!("{id}\t{federation}\t{name}\t{}\t{}\t{state}", time(*made_at_ms), time(*expires_at_ms))
}

fn site_line(record: &SiteRecord) -> String {
    let name = record.name.as_deref().unwrap_or("-");
    let when = |ms: Option<u64>| ms.map_or("-".to_owned(), time);
    format!(
        "{}\t{}\t{name}\t{}\t{}\t{}",
        record.id,
        record.federation,
        time(record.enrolled_at_ms),
        when(record.seen_at_ms),
        when(record.revoked_at_ms)
    )
}

/// As RFC 3339 has it, in UTC.
fn time(ms: u64) -> String {
    Timestamp::from_ms(ms).rfc3339()
}
