//! A site that takes part until the federation is finished, whatever happens to the servers: what got no answer is
//! sent again, with the same id and bytes.

use std::time::Duration;

use fedner_protocol::{
    EnrolRequest, EnrolResponse, FederationEvent, FederationInfo, FederationState, Phase, UpdateId, UpdateReceipt,
};
use fedner_tests::update_bytes;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use tokio::sync::watch;

use super::Acknowledged;

/// Wait after a request failed.
const RETRY: Duration = Duration::from_millis(20);

pub struct Participant {
    number: usize,
    origin: String,
    credential: String,
    http: Client,
}

/// What became of waiting.
enum Heard {
    /// The round is open and this site may send.
    MaySend(u32),
    Finished,
    /// The stream ended; a new one is needed.
    Lost,
}

impl Participant {
    pub async fn enrol(origin: &str, number: usize) -> Self {
        // A connection for each request, so that the balancer sends each elsewhere.
        let http = Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let request = EnrolRequest { federation: "test".parse().unwrap(), invitation: None, identity: None };
        let response = http.post(format!("{origin}/api/v1/enrol")).json(&request).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let EnrolResponse { credential, .. } = response.json().await.unwrap();
        Self { number, origin: origin.to_owned(), credential, http }
    }

    /// Sends in every round once the test allows it, until the federation is finished.
    pub async fn take_part(self, mut allowed: watch::Receiver<(u32, usize)>, acknowledged: Acknowledged) {
        let mut sent = 0;
        loop {
            match self.hear(sent, &mut allowed).await {
                Heard::MaySend(round) => {
                    let id = self.update_id(round);
                    if self.send(round, id).await {
                        sent = round;
                        let before = acknowledged.lock().unwrap().insert(id, round);
                        assert_eq!(before, None);
                    }
                }
                Heard::Finished => return,
                Heard::Lost => tokio::time::sleep(RETRY).await,
            }
        }
    }

    fn update_id(&self, round: u32) -> UpdateId {
        UpdateId::from_random([round as u8 * 16 + self.number as u8; 16])
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/federations/test{path}", self.origin);
        self.http.request(method, url).bearer_auth(&self.credential)
    }

    /// Follows the events until there is something to do.
    async fn hear(&self, sent: u32, allowed: &mut watch::Receiver<(u32, usize)>) -> Heard {
        let Ok(mut events) = self.request(Method::GET, "/events").send().await else { return Heard::Lost };
        if events.status() != StatusCode::OK {
            return Heard::Lost;
        }
        let mut unread = Vec::new();
        let mut open = None;
        loop {
            if let Some(round) = open {
                let (allowed_round, sites) = *allowed.borrow_and_update();
                if round < allowed_round || (round == allowed_round && self.number < sites) {
                    return Heard::MaySend(round);
                }
            }
            let state = tokio::select! {
                state = next(&mut events, &mut unread) => state,
                changed = allowed.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => std::future::pending().await,
                },
            };
            open = match state.map(|state| state.phase) {
                None => return Heard::Lost,
                Some(Phase::Finished) => return Heard::Finished,
                Some(Phase::Open { round, .. }) if round > sent => Some(round),
                Some(_) => None,
            };
        }
    }

    /// Sends until there is an answer; `false` when the round was not open where it was asked.
    async fn send(&self, round: u32, id: UpdateId) -> bool {
        // Made once: sent again after the merge, it must still be the same.
        let mut body = None;
        loop {
            if body.is_none() {
                body = self.body(round).await.ok();
            }
            if let Some(body) = &body
                && let Ok(response) = self.try_send(round, id, body.clone()).await
            {
                match response.status() {
                    StatusCode::OK | StatusCode::CREATED => {
                        // The answer can be cut off; then nothing is known yet.
                        let Ok(receipt) = response.json::<UpdateReceipt>().await else { continue };
                        assert_eq!(receipt, UpdateReceipt { round, update: id });
                        return true;
                    }
                    StatusCode::SERVICE_UNAVAILABLE => {}
                    other => panic!("site {} in round {round}: {other} {:?}", self.number, response.text().await),
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn body(&self, round: u32) -> reqwest::Result<Vec<u8>> {
        let info: FederationInfo = self.request(Method::GET, "").send().await?.json().await?;
        let site = self.number as f32 + 1.0;
        let values = (0..info.manifest.parameters()).map(|i| (i % 7) as f32 * 0.3 - 0.1 * site * round as f32);
        let values: Vec<_> = values.collect();
        Ok(update_bytes(&info, &info.state.model, round, 5 + 7 * self.number as u32, &values))
    }

    async fn try_send(&self, round: u32, id: UpdateId, body: Vec<u8>) -> reqwest::Result<Response> {
        self.request(Method::PUT, &format!("/rounds/{round}/updates/{id}")).body(body).send().await
    }
}

/// The state of the next event; `None` when the stream ended.
async fn next(events: &mut Response, unread: &mut Vec<u8>) -> Option<FederationState> {
    loop {
        if let Some(end) = unread.windows(2).position(|two| two == b"\n\n") {
            let message: Vec<u8> = unread.drain(..end + 2).collect();
            let message = String::from_utf8(message).unwrap();
            if let Some(data) = message.lines().find_map(|line| line.strip_prefix("data: ")) {
                return Some(serde_json::from_str::<FederationEvent>(data).unwrap().state);
            }
            continue;
        }
        unread.extend_from_slice(&events.chunk().await.ok()??);
    }
}
