//! A server in this process, on a free port and a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fedner_protocol::{
    Aggregation, Digest, InvitationRequest, MadeInvitation, ModelSpec, RoundPolicy, ServerOptimiser, Weighting,
};
use fedner_server::config::Enrolment;
use fedner_server::encoders::Encoders;
use fedner_server::{Clock, Config, FederationConfig, ManualClock, Server, StartError, SystemClock, Timestamp};
use reqwest::{Method, RequestBuilder};
use tempfile::TempDir;

use crate::client::enrol_request;
use crate::{Answer, Site};

/// The day on which every test with a manual clock begins.
const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// A running server that tests can look into, move the clock of and restart.
pub struct TestApp {
    server: Option<Server>,
    config: Config,
    clock: Arc<dyn Clock>,
    manual: Option<Arc<ManualClock>>,
    http: reqwest::Client,
    folder: TempDir,
    operator: Option<String>,
}

/// Sets a [`TestApp`] up; the clock stands still unless a real one is chosen.
#[derive(Default)]
pub struct TestAppBuilder {
    config: Config,
    clock: Option<Arc<dyn Clock>>,
    encoders: Vec<Vec<u8>>,
}

/// A federation named `id`, open for joining, with the smallest useful model: 3 sites open a round, 2 close it.
pub fn small_federation(id: &str) -> FederationConfig {
    let id = id.parse().expect("the test gives a valid federation id");
    FederationConfig {
        optimiser: ServerOptimiser::AVERAGING,
        enrolment: Enrolment::Open,
        sites_may_learn_each_others_updates: true,
        model: ModelSpec::small(),
        rounds: RoundPolicy { min_sites: 3, quorum: 2, deadline_s: 60, rounds: 3, ..RoundPolicy::default() },
        // So that it shows whose update was merged with which number of samples.
        aggregation: Aggregation::Mean { weighting: Weighting::Samples },
        ..FederationConfig::new(id, "Test federation")
    }
}

impl TestAppBuilder {
    /// Serves this federation too; without any, [`small_federation`] `test` is served.
    pub fn federation(mut self, federation: FederationConfig) -> Self {
        self.config.federations.push(federation);
        self
    }

    /// Serves these encoders' packs.
    pub fn encoders(mut self, packs: Vec<Vec<u8>>) -> Self {
        self.encoders = packs;
        self
    }

    /// Serves the page in this folder.
    pub fn page(mut self, dir: impl Into<PathBuf>) -> Self {
        self.config.page.dir = Some(dir.into());
        self
    }

    /// Changes any part of the configuration.
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Lets time pass as it does, for tests with browsers and real participants.
    pub fn real_clock(self) -> Self {
        self.clock(Arc::new(SystemClock))
    }

    /// Goes by this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Starts the server.
    pub async fn start(mut self) -> TestApp {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        self.config.listen.address = ([127, 0, 0, 1], 0).into();
        self.config.store.data_dir = folder.path().join("data");
        for pack in &self.encoders {
            let kept = Encoders::of(&self.config.store.data_dir).add(&Digest::of(pack), pack);
            kept.unwrap_or_else(|e| panic!("the pack is kept: {e}"));
        }
        if self.config.federations.is_empty() {
            self.config.federations.push(small_federation("test"));
        }
        let manual = self.clock.is_none().then(|| Arc::new(ManualClock::new(START)));
        let clock = match (self.clock, &manual) {
            (Some(clock), _) => clock,
            (None, Some(manual)) => Arc::clone(manual) as Arc<dyn Clock>,
            (None, None) => Arc::new(SystemClock),
        };
        let server = Server::start(self.config.clone(), Arc::clone(&clock)).await;
        let server = server.unwrap_or_else(|e| panic!("the server starts: {e}"));
        let operator = server.operator_file().and_then(|file| std::fs::read_to_string(file).ok());
        let operator = operator.map(|credential| credential.trim().to_owned());
        let (server, http) = (Some(server), reqwest::Client::new());
        TestApp { server, config: self.config, clock, manual, http, folder, operator }
    }
}

impl TestApp {
    /// Sets one up.
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder::default()
    }

    /// One with [`small_federation`] `test`, and a clock that stands still.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Where it is, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        self.server().url().trim_end_matches('/').to_owned()
    }

    /// The folder of its database.
    pub fn data_dir(&self) -> &Path {
        &self.config.store.data_dir
    }

    /// A folder that is removed with the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A plain client, for requests that no typed one would make.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Lets time pass. Only with a manual clock.
    pub fn advance_s(&self, s: u64) {
        self.manual.as_ref().expect("the test has a manual clock").advance_ms(s * 1000);
    }

    /// Stops the server, changes its configuration and starts it anew on the same data. The address changes.
    ///
    /// # Errors
    /// When the server can't start so.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), StartError> {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        change(&mut self.config);
        self.server = Some(Server::start(self.config.clone(), Arc::clone(&self.clock)).await?);
        Ok(())
    }

    /// Stops the server and starts it anew on the same data. The address changes.
    pub async fn restart(&mut self) {
        self.restart_with(|_| ()).await.unwrap_or_else(|e| panic!("the server starts again: {e}"));
    }

    /// Stops the server as Ctrl-C does.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Asks to join, and returns whatever the answer is.
    pub async fn try_enrol(&self, federation: &str) -> Answer {
        Answer::of(enrol_request(&self.http, &self.origin(), federation)).await
    }

    /// A new site of this federation.
    pub async fn enrol(&self, federation: &str) -> Site {
        Site::enrol(&self.origin(), federation).await
    }

    /// The operator's credential, as the first start on this data has given it.
    pub fn operator(&self) -> &str {
        self.operator.as_deref().expect("this was the first start on its data")
    }

    /// A request to a path below `/admin`, with the operator's credential.
    pub fn admin(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/admin{path}", self.origin());
        self.http.request(method, url).bearer_auth(self.operator())
    }

    /// Makes an invitation that lasts a day.
    pub async fn invite(&self, federation: &str, name: &str) -> MadeInvitation {
        let federation = federation.parse().expect("the test gives a valid federation id");
        let request = InvitationRequest { federation, name: name.to_owned(), expires_in_s: Some(24 * 3600) };
        let answer = Answer::of(self.admin(Method::POST, "/invitations").json(&request)).await;
        assert_eq!(answer.status, 201, "POST invitations: {}", answer.text());
        answer.json()
    }

    /// Enrols so many sites in federation `test`.
    pub async fn sites(&self, count: usize) -> Vec<Site> {
        let mut sites = Vec::with_capacity(count);
        for _ in 0..count {
            sites.push(self.enrol("test").await);
        }
        sites
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("the server is running")
    }
}
