//! `join`: this site's part in a federation, to its end. Started again after a kill it goes on.

use std::cell::RefCell;
use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;
use fedner_core::participant::Transport as _;
use fedner_core::participant::{Host, Invitation, Outcome, enrol, participate};
use fedner_protocol::FederationInfo;

use crate::encoder;
use crate::failure::Failure;
use crate::host::{SystemEntropy, Watcher, random_seed};
use crate::link::Link;
use crate::masking::StoredMasking;
use crate::membership::{Membership, StoredEnrolments};
use crate::model::{self, STATE};
use crate::notes::NotesOptions;
use crate::report::{Report, in_words};
use crate::state_folder::StateFolder;
use crate::stop::Stop;
use crate::transport::HttpTransport;

/// What to take part in.
#[derive(Debug, Args)]
pub struct JoinArguments {
    /// The operator's link, in quotes, or - to read it from standard input; not needed once the site has joined
    #[arg(long, value_name = "LINK")]
    invite: Option<String>,
    #[command(flatten)]
    notes: NotesOptions,
    /// The state folder: credential, identity key, model and checkpoints of one site in one federation
    #[arg(long, value_name = "DIR", default_value = STATE)]
    state: PathBuf,
    /// A model's file to begin with, where the state folder has none yet
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Train a model alone at the end, to compare the federation's with
    #[arg(long)]
    compare: bool,
    /// Take no part where updates are not masked by secure aggregation
    #[arg(long)]
    masked_only: bool,
    /// A file (PEM) with an authority that the server's certificate is from, beside the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Talk to a server without TLS, in a network that is trusted
    #[arg(long)]
    allow_http: bool,
    /// A line of JSON for each event, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Takes part until the federation is finished.
pub async fn join(arguments: &JoinArguments, stop: &Stop) -> Result<(), Failure> {
    let mut report = Report::new(arguments.json);
    let link = arguments.invite.as_deref().map(|text| Link::given(text, arguments.allow_http)).transpose()?;
    let folder = StateFolder::open(&arguments.state)?;
    let mut membership = Membership::find(&folder, link.as_ref())?;
    let site_notes = arguments.notes.read(&report)?;
    let mut corpus = site_notes.corpus(&report)?;
    let device = Device::flex();
    let mut session = match (folder.session(&device)?, &arguments.model) {
        (None, Some(file)) => Some(model::read(file)?),
        (stored, _) => stored,
    };
    let secret = link.and_then(|link| link.secret);
    let identity = membership.identity(&folder, secret.as_deref())?;
    let mut transport = HttpTransport::new(&membership.server, arguments.ca.as_deref(), stop)?;
    let mut invitation = Invitation {
        federation: membership.federation.clone(),
        secret,
        identity: Some(identity),
        enrolment: membership.enrolment.clone(),
        seed: random_seed(),
        baseline: arguments.compare,
        masked_only: arguments.masked_only,
    };
    let membership = RefCell::new(membership);
    let site = JoiningSite { folder: &folder, membership: &membership, stop };
    let info = site.enter(&mut invitation, &mut transport, &mut report).await?;
    encoder::read_notes(&info.model, &site_notes, &mut corpus, (&folder, &transport), &report).await?;

    let host = Host {
        transport: &mut transport,
        entropy: &mut SystemEntropy,
        enrolments: &mut site.enrolments(),
        observer: &mut Watcher::new(&mut report, Some(&folder), stop),
        masking: &mut site.masking(),
    };
    let ended = participate(&mut session, &device, &corpus, invitation, host).await;
    if let Some(session) = session {
        let checkpoint = session.save().await.map_err(|e| Failure::Other(e.to_string()))?;
        folder.keep_model(&checkpoint).map_err(|e| Failure::Other(e.to_string()))?;
    }
    let outcome = ended?;
    stop.failure()?;
    report.result("participated", &outcome, &in_words_of(&outcome));
    Ok(())
}

/// What is kept of a site while it joins and takes part.
struct JoiningSite<'a> {
    folder: &'a StateFolder,
    membership: &'a RefCell<Membership>,
    stop: &'a Stop,
}

impl<'a> JoiningSite<'a> {
    fn enrolments(&self) -> StoredEnrolments<'a> {
        StoredEnrolments { folder: self.folder, membership: self.membership, stop: self.stop }
    }

    fn masking(&self) -> StoredMasking<'a> {
        StoredMasking { folder: self.folder, membership: self.membership }
    }

    /// Enrols where needed, and asks what the federation is: its pretrained encoder reads the notes first.
    async fn enter(
        &self,
        invitation: &mut Invitation,
        transport: &mut HttpTransport,
        report: &mut Report,
    ) -> Result<FederationInfo, Failure> {
        if invitation.enrolment.is_none() {
            let host = Host {
                transport: &mut *transport,
                entropy: &mut SystemEntropy,
                enrolments: &mut self.enrolments(),
                observer: &mut Watcher::new(report, Some(self.folder), self.stop),
                masking: &mut self.masking(),
            };
            let enrolled = enrol(invitation, host).await?;
            // The credential is kept before it is used.
            self.stop.failure()?;
            invitation.enrolment = Some(enrolled);
        }
        if let Some(enrolment) = &invitation.enrolment {
            transport.set_credential(&enrolment.credential);
        }
        Ok(transport.federation(&invitation.federation).await?)
    }
}

fn in_words_of(outcome: &Outcome) -> String {
    let Outcome { rounds, version, scores, .. } = outcome;
    let scores = scores.as_ref().map_or_else(String::new, |scores| format!("; {}", in_words(scores)));
    format!("the federation is finished: {rounds} rounds here, version {version}{scores}")
}
