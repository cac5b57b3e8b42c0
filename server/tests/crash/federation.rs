//! A federation whose server dies: its sites repeat whatever got no answer.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use fedner_protocol::{Digest, EnrolRequest, EnrolResponse, FederationEvent, FederationInfo, FederationState, Phase};
use fedner_server::Config;
use fedner_tests::{TestDatabase, update_bytes, update_id};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::harness::{Folder, Program, adam, config};

/// What a federation goes through.
pub struct Plan {
    /// How many sites; all are needed for a round, so that only they decide what is in it.
    pub sites: usize,
    /// How many rounds.
    pub rounds: u32,
    /// A round's deadline, in seconds.
    deadline_s: u32,
    /// Whether the last site waits in round 1 until the round has failed.
    fails: bool,
    /// The write points at which this plan lets the program die; empty for all.
    only: &'static [&'static str],
}

impl Plan {
    /// Whether the program dies at this visit.
    pub fn visits(&self, visit: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| visit.starts_with(only))
    }
}

/// Between them they come to every write point that is a federation's own.
pub const PLANS: [Plan; 2] = [
    Plan { sites: 3, rounds: 2, deadline_s: 600, fails: false, only: &[] },
    // How often this round fails is a matter of time; that it fails once is not.
    Plan {
        sites: 2,
        rounds: 1,
        deadline_s: 1,
        fails: true,
        only: &["fail-round:before-commit:1", "fail-round:after-commit:1"],
    },
];

fn config_of(plan: &Plan) -> Config {
    config(plan.sites as u32, |federation| {
        federation.presence_timeout_s = 1;
        (federation.rounds.rounds, federation.rounds.deadline_s) = (plan.rounds, plan.deadline_s);
        federation.optimiser = adam();
    })
}

/// What a life ends with.
pub struct Outcome {
    /// The bytes of every version.
    pub models: Vec<Vec<u8>>,
    /// What the audit log says of each merge; its chain is whole, and it has a row for each site.
    pub merges: Vec<String>,
    /// Every visit to a write point, in order.
    pub visits: Vec<String>,
    /// How often the program died.
    pub deaths: usize,
}

/// A federation from its first start to its end.
pub struct Life<'p> {
    plan: &'p Plan,
    folder: Folder,
    program: Option<Program>,
    /// Where the program dies; taken by its first start unless it is to die always.
    die_at: Option<String>,
    always: bool,
    sites: Vec<EnrolResponse>,
    /// An open event stream for each site, so that all are present while the program lives.
    streams: Vec<Response>,
    http: Client,
    deaths: usize,
}

/// No answer: the program died.
struct Died;

impl From<reqwest::Error> for Died {
    fn from(error: reqwest::Error) -> Self {
        assert!(!error.is_status() && !error.is_builder(), "{error}");
        Self
    }
}

impl<'p> Life<'p> {
    pub fn new(plan: &'p Plan, database: Option<TestDatabase>) -> Self {
        let folder = Folder::new(&config_of(plan)).on(database);
        let http = Client::new();
        Self {
            plan,
            folder,
            program: None,
            die_at: None,
            always: false,
            sites: Vec::new(),
            streams: Vec::new(),
            http,
            deaths: 0,
        }
    }

    /// The program dies at this visit to a write point.
    pub fn dying_at(self, visit: &str) -> Self {
        Self { die_at: Some(visit.to_owned()), ..self }
    }

    /// As [`Self::dying_at`], after each restart again.
    pub fn dying_always_at(self, visit: &str) -> Self {
        Self { always: true, ..self.dying_at(visit) }
    }

    /// Lives it.
    pub async fn live(mut self) -> Outcome {
        for _ in 0..self.plan.sites {
            let site = self.until_answered(Self::enrol).await;
            self.sites.push(site);
        }
        let mut models = vec![self.until_answered(async |life| life.model(0).await).await];
        for round in 1..=self.plan.rounds {
            self.until(|state| matches!(state.phase, Phase::Open { round: open, .. } if open == round)).await;
            for site in 0..self.plan.sites {
                if self.plan.fails && site + 1 == self.plan.sites {
                    self.until(|state| matches!(state.phase, Phase::Open { attempt, .. } if attempt > 1)).await;
                }
                let base = Digest::of(models.last().unwrap());
                self.until_answered(async |life| life.send(&base, round, site).await).await;
            }
            self.until(|state| state.version >= round).await;
            models.push(self.until_answered(async |life| life.model(round).await).await);
        }
        self.program.take().unwrap().stop();
        let visits = std::fs::read_to_string(self.visits_file()).unwrap_or_default();
        let visits = visits.lines().map(str::to_owned).collect();
        Outcome { models, merges: self.audited(), visits, deaths: self.deaths }
    }

    fn audited(&self) -> Vec<String> {
        assert!(self.folder.run(&["audit", "verify"]).good().contains("is whole"));
        let log = self.folder.run(&["audit", "show", "--json"]).good();
        let rows: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_kind = |kind: &'static str| rows.iter().filter(move |row| row["kind"] == kind);
        // One more where the answer to an enrolment was lost.
        let enrolled = of_kind("site-enrolled").count();
        assert!((self.plan.sites..=self.plan.sites + self.deaths).contains(&enrolled), "{log}");
        self.assert_each_step_is_told(&rows);
        of_kind("round-merged").map(|row| row["detail"].to_string()).collect()
    }

    /// Each round opens, fails and opens again as often as it must, and is merged: every step is there, once.
    fn assert_each_step_is_told(&self, rows: &[Value]) {
        let mut steps = rows.iter().filter(|row| row["kind"].as_str().unwrap().starts_with("round-")).map(|row| {
            let detail: Value = serde_json::from_str(row["detail"].as_str().unwrap()).unwrap();
            (row["kind"].as_str().unwrap(), detail["round"].as_u64().unwrap(), detail["attempt"].as_u64())
        });
        for round in 1..=u64::from(self.plan.rounds) {
            for attempt in 1.. {
                assert_eq!(steps.next(), Some(("round-opened", round, Some(attempt))));
                match steps.next() {
                    Some(("round-merged", merged, _)) if merged == round => break,
                    step => assert_eq!(step, Some(("round-failed", round, Some(attempt)))),
                }
            }
        }
        assert_eq!(steps.next(), None);
    }

    fn visits_file(&self) -> PathBuf {
        self.folder.path().join("visits")
    }

    /// Repeats a request until the program lives long enough to answer it.
    async fn until_answered<T>(&mut self, ask: impl AsyncFn(&Self) -> Result<T, Died>) -> T {
        loop {
            if self.program.is_none() {
                self.start();
            }
            let outcome = match self.all_present().await {
                Ok(()) => ask(self).await,
                Err(died) => Err(died),
            };
            match outcome {
                Ok(answer) => return answer,
                Err(Died) => {
                    self.streams.clear();
                    let status = self.program.take().unwrap().wait();
                    self.mourn(status);
                }
            }
        }
    }

    fn start(&mut self) {
        while self.program.is_none() {
            let mut command = self.folder.command();
            command.env("FEDNER_FAILPOINT_LOG", self.visits_file());
            let die_at = if self.always { self.die_at.clone() } else { self.die_at.take() };
            command.envs(die_at.map(|die_at| ("FEDNER_FAILPOINT", die_at)));
            match Program::start(&mut command) {
                Ok(program) => self.program = Some(program),
                Err(status) => self.mourn(status),
            }
        }
    }

    fn mourn(&mut self, status: ExitStatus) {
        assert_eq!(status.signal(), Some(9), "the program ended by itself: {status}");
        self.deaths += 1;
        assert!(self.deaths < 1000, "the federation does not get on");
    }

    async fn enrol(&self) -> Result<EnrolResponse, Died> {
        let request = EnrolRequest { federation: "test".parse().unwrap(), invitation: None, identity: None };
        let url = format!("{}/api/v1/enrol", self.program.as_ref().unwrap().origin);
        let response = self.http.post(url).json(&request).send().await?;
        assert_eq!(response.status(), 201);
        Ok(response.json().await?)
    }

    async fn request(&self, site: usize, method: Method, path: &str, body: Vec<u8>) -> Result<Response, Died> {
        let url = format!("{}/api/v1/federations/test{path}", self.program.as_ref().unwrap().origin);
        let request = self.http.request(method, url).bearer_auth(&self.sites[site].credential).body(body);
        let response = request.send().await?;
        assert!(response.status().is_success(), "{path}: {}", response.text().await?);
        Ok(response)
    }

    async fn info(&self, site: usize) -> Result<FederationInfo, Died> {
        Ok(self.request(site, Method::GET, "", Vec::new()).await?.json().await?)
    }

    async fn all_present(&mut self) -> Result<(), Died> {
        for site in self.streams.len()..self.sites.len() {
            let stream = self.request(site, Method::GET, "/events", Vec::new()).await?;
            self.streams.push(stream);
        }
        Ok(())
    }

    async fn model(&self, version: u32) -> Result<Vec<u8>, Died> {
        let response = self.request(0, Method::GET, &format!("/models/{version}"), Vec::new()).await?;
        Ok(response.bytes().await?.into())
    }

    async fn send(&self, base: &Digest, round: u32, site: usize) -> Result<(), Died> {
        let info = self.info(site).await?;
        let value = |i: usize| (i % 7) as f32 * 0.3 - 0.1 * (site as f32 + 1.0) * round as f32;
        let values: Vec<_> = (0..info.manifest.parameters()).map(value).collect();
        let body = update_bytes(&info, base, round, 5 + 7 * site as u32, &values);
        let path = format!("/rounds/{round}/updates/{}", update_id(round as u8 * 10 + site as u8));
        self.request(site, Method::PUT, &path, body).await.map(|_| ())
    }

    /// Follows the events until the federation has come so far.
    async fn until(&mut self, far: impl Fn(&FederationState) -> bool) {
        self.until_answered(async |life| {
            let mut events = life.request(0, Method::GET, "/events", Vec::new()).await?;
            let mut unread = Vec::new();
            while let Some(chunk) = events.chunk().await? {
                unread.extend_from_slice(&chunk);
                let text = String::from_utf8_lossy(&unread);
                let events = text.split_inclusive("\n\n").filter(|event| event.ends_with("\n\n"));
                let data = events.filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
                let newest = data.last().map(|data| serde_json::from_str::<FederationEvent>(data).unwrap());
                if newest.is_some_and(|event| far(&event.state)) {
                    return Ok(());
                }
            }
            Err(Died)
        })
        .await;
    }
}
