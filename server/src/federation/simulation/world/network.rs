//! What tabs ask of the servers, and what becomes of it on the way.

use std::sync::Arc;

use fedner_protocol::{RoundPolicy, UpdateHeader, UpdateId, decode_model, encode_update};
use futures_util::FutureExt;

use super::{Made, World};
use crate::error::Error;
use crate::federation::Submitted;
use crate::federation::simulation::operation::{Delivery, TabId};
use crate::federation::simulation::site::{Model, Next, Request};
use crate::rounds::Refusal;
use crate::store::StoreError;
use crate::timestamp::Timestamp;

/// Models that a tab asks for in vain before it waits: a server may know less than the one that announced them.
const FETCHES_MAX: usize = 3;

impl World {
    pub(super) async fn join(&mut self, id: TabId, at: usize) -> Result<(), String> {
        let site = self.sites[id.site];
        if self.revoked.contains(&site) {
            return Ok(());
        }
        self.tab(id).is_there = true;
        if self.tab(id).stream.is_some() {
            return Ok(());
        }
        self.recover().await;
        let federation = Arc::clone(self.replicas[at].federation());
        match self.ask(at, federation.open_stream(site)).await {
            Some(Ok(stream)) => {
                let tab = self.tab(id);
                (tab.stream, tab.at, tab.is_known) = (Some(stream), at, false);
                Ok(())
            }
            Some(Err(error)) => Err(format!("no stream for {id:?}: {error}")),
            None => Ok(()),
        }
    }

    pub(super) async fn leave(&mut self, site: usize) -> Result<(), String> {
        self.recover().await;
        let (federation, id) = (Arc::clone(self.replicas[0].federation()), self.sites[site]);
        let left = self.ask(0, federation.leave(id)).await;
        self.close_tabs(site);
        left.unwrap_or(Ok(())).map_err(|error| format!("site {site} can't leave: {error}"))
    }

    /// A tab does all that it can do without sending.
    pub(super) async fn train(&mut self, id: TabId) -> Result<(), String> {
        let at = self.tab(id).at;
        self.join(id, at).await?;
        let tab = self.tab(id);
        while let Some(event) = tab.stream.as_mut().and_then(|stream| stream.next().now_or_never()) {
            match event {
                Some(event) => tab.state = Some(event.snapshot.state(Timestamp::default(), &RoundPolicy::default())),
                None => tab.stream = None,
            }
        }
        for _ in 0..FETCHES_MAX {
            match self.tab(id).next() {
                Next::Wait | Next::Send => return Ok(()),
                Next::Fetch(version) => match self.fetch(version, self.tabs[&id].at).await? {
                    Some(model) => self.tab(id).model = Some(model),
                    None => return Ok(()),
                },
                Next::Train(round) => self.make(id, round),
            }
        }
        Ok(())
    }

    /// A version as a server has it; `None` where it has not got it.
    async fn fetch(&mut self, version: u32, at: usize) -> Result<Option<Model>, String> {
        self.recover().await;
        // As over HTTP: what has a digest is read once.
        let federation = Arc::clone(self.replicas[at].federation());
        match federation.model_digest(version).await {
            Err(Error::NoModel { .. }) => return Ok(None),
            Ok(digest) if self.fetched.contains_key(&digest) => return Ok(self.fetched.get(&digest).cloned()),
            digest => drop(digest.map_err(|error| format!("version {version}: {error}"))?),
        }
        let model = match federation.model(version).await {
            Err(Error::NoModel { .. }) => return Ok(None),
            model => model.map_err(|error| format!("version {version}: {error}"))?,
        };
        let (found, values) = decode_model(&self.manifest, &model.body).map_err(|error| error.to_string())?;
        if found != version {
            return Err(format!("version {version} says it is {found}"));
        }
        let model = Model { version, digest: model.digest, values };
        self.fetched.insert(model.digest.clone(), model.clone());
        Ok(Some(model))
    }

    /// A version that must be there.
    pub(in super::super) async fn model(&self, version: u32) -> Result<Model, String> {
        let model = self.replicas[0].federation().model(version).await;
        let model = model.map_err(|error| format!("version {version}: {error}"))?;
        let (_, values) = decode_model(&self.manifest, &model.body).map_err(|error| error.to_string())?;
        Ok(Model { version, digest: model.digest, values })
    }

    fn make(&mut self, id: TabId, round: u32) {
        // Odd, so that no number is twice another.
        let number = 2 * self.made.len() as u32 + 1;
        let mut bytes = [0; 16];
        // In another order than that of making.
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_le_bytes());
        let update = UpdateId::from_random(bytes);
        let base = self.tabs[&id].model.as_ref().expect("a tab trains from a model").digest.clone();
        let header = UpdateHeader {
            federation: self.config.id.clone(),
            round,
            base_version: round - 1,
            base_model: Some(base.clone()),
            samples: 1,
            manifest: self.manifest.digest.clone(),
        };
        let mut values = vec![0.0; self.manifest.parameters()];
        values[self.place(id)] = number as f32;
        let body = encode_update(&self.manifest, &header, &values).expect("the values fit");
        self.made.insert(number, Made { tab: id, round, id: update, base: base.clone() });
        self.tab(id).update = Some(Request { site: self.sites[id.site], round, id: update, base, body });
    }

    pub(super) async fn send(&mut self, id: TabId, delivery: Delivery, at: usize) -> Result<(), String> {
        self.train(id).await?;
        let due = self.tab(id).next() == Next::Send;
        let Some(request) = self.tab(id).update.clone().filter(|_| due || delivery == Delivery::Duplicated) else {
            return Ok(());
        };
        match delivery {
            Delivery::Arrives => {
                if let Some(answer) = self.deliver(&request, at).await? {
                    self.answered(id, &request, &answer);
                }
            }
            Delivery::RequestLost => {}
            Delivery::AnswerLost => drop(self.deliver(&request, at).await?),
            Delivery::Duplicated => self.deliver_twice(&request).await?,
            Delivery::Delayed => self.delayed.push(request),
        }
        Ok(())
    }

    /// Both are under way at once, to two servers where there are two.
    async fn deliver_twice(&mut self, request: &Request) -> Result<(), String> {
        self.recover().await;
        let servers: Vec<_> = self.replicas.iter().map(|replica| Arc::clone(replica.federation())).collect();
        let submit = |at: usize| {
            servers[at % servers.len()].submit(request.site, request.round, request.id, request.body.clone())
        };
        let both = async { tokio::join!(submit(0), submit(1)) };
        if let Some((one, other)) = self.ask(0, both).await {
            self.judge(request, &one)?;
            self.judge(request, &other)?;
        }
        Ok(())
    }

    /// The request arrives; the answer, unless the server crashed. Who asks was checked before, as it may happen.
    pub(super) async fn deliver(
        &mut self,
        request: &Request,
        at: usize,
    ) -> Result<Option<Result<Submitted, Error>>, String> {
        self.recover().await;
        let federation = Arc::clone(self.replicas[at].federation());
        if !self.revoked.contains(&request.site) {
            federation.touch(request.site);
        }
        let submitted = federation.submit(request.site, request.round, request.id, request.body.clone());
        let Some(answer) = self.ask(at, submitted).await else { return Ok(None) };
        self.judge(request, &answer)?;
        Ok(Some(answer))
    }

    /// Whether the server may answer so.
    fn judge(&self, request: &Request, answer: &Result<Submitted, Error>) -> Result<(), String> {
        let wrong = |why: &str| Err(format!("update {} for round {}: {why}", request.id, request.round));
        let is_revoked = self.revoked.contains(&request.site);
        match answer {
            Ok(Submitted { receipt, .. }) if (receipt.update, receipt.round) != (request.id, request.round) => {
                wrong("the receipt is for another one")
            }
            Ok(Submitted { new: true, .. }) if is_revoked => wrong("it was stored after the site's part had ended"),
            Err(Error::SiteRevoked) if is_revoked => Ok(()),
            Err(Error::Round(refusal))
                if self.acknowledged.contains_key(&request.id) && !self.rotten.contains(&request.id) =>
            {
                wrong(&format!("it was acknowledged and is refused now: {refusal:?}"))
            }
            // No disk is full here: this is the failure that the list asks for.
            Ok(_) | Err(Error::Round(_) | Error::Store(StoreError::Full(_)) | Error::BaseChanged { .. }) => Ok(()),
            // Of two servers that were asked, one may have crashed.
            Err(Error::Stopping) => Ok(()),
            Err(other) => wrong(&other.to_string()),
        }
    }

    /// A tab hears what became of its update.
    pub(super) fn answered(&mut self, id: TabId, request: &Request, answer: &Result<Submitted, Error>) {
        match answer {
            Ok(submitted) => {
                self.acknowledged.insert(request.id, submitted.receipt.round);
                self.tab(id).done_with(request.round);
            }
            Err(Error::Round(Refusal::TooEarly { .. }) | Error::BaseChanged { .. }) => {
                let tab = self.tab(id);
                (tab.model, tab.update) = (None, None);
            }
            Err(Error::Round(Refusal::RoundOver { .. } | Refusal::SiteHasSent { .. })) => {
                let tab = self.tab(id);
                tab.update = None;
                tab.done_with(request.round);
            }
            // It sends the same again.
            Err(_) => {}
        }
    }
}
