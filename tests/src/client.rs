//! A typed client that is independent of the participants' own.

use fedner_protocol::{
    Digest, EnrolRequest, EnrolResponse, FederationInfo, FederationState, Problem, SiteId, UpdateHeader, UpdateId,
    UpdateReceipt, decode_model, encode_update,
};
use reqwest::{Method, RequestBuilder, header};
use serde::de::DeserializeOwned;

use crate::{Events, TestApp};

/// An answer, read to its end.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: header::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads the answer.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.expect("the answer has an end").to_vec() }
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The body as a refusal; checks that status and media type agree with it.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), fedner_protocol::PROBLEM_CONTENT_TYPE, "{}", self.text());
        let problem: Problem = self.json();
        assert_eq!((self.status, problem.code.status()), (problem.status, problem.status));
        problem
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A site as the server sees it: an id, a credential and requests.
#[derive(Clone)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its credential.
    pub credential: String,
    federation: String,
    http: reqwest::Client,
    origin: String,
}

impl Site {
    /// Enrols at the server at `origin`.
    pub async fn enrol(origin: &str, federation: &str) -> Self {
        let http = reqwest::Client::new();
        let answer = Answer::of(enrol_request(&http, origin, federation)).await;
        assert_eq!(answer.status, 201, "POST /enrol: {}", answer.text());
        Self::enrolled(answer.json(), origin, federation)
    }

    /// A site that has enrolled by itself.
    pub fn enrolled(EnrolResponse { site, credential }: EnrolResponse, origin: &str, federation: &str) -> Self {
        let (federation, origin) = (federation.to_owned(), origin.to_owned());
        Self { id: site, credential, federation, http: reqwest::Client::new(), origin }
    }

    /// A site that enrolled before, by its credential.
    pub fn known(origin: &str, federation: &str, credential: &str) -> Self {
        let id =
            credential.split('.').next().and_then(|id| id.parse().ok()).expect("a credential begins with the site");
        let (credential, federation, origin) = (credential.to_owned(), federation.to_owned(), origin.to_owned());
        Self { id, credential, federation, http: reqwest::Client::new(), origin }
    }

    /// The same site, with the address that the server has after a restart.
    pub fn at(&self, app: &TestApp) -> Self {
        self.at_origin(&app.origin())
    }

    /// The same site, asking another address.
    pub fn at_origin(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    /// Where it asks, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A request to a path below its federation, with its credential.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/federations/{}{path}", self.origin, self.federation);
        self.http.request(method, url).bearer_auth(&self.credential)
    }

    /// Sends [`Site::request`] without a body.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// `GET /federations/{f}`.
    pub async fn info(&self) -> FederationInfo {
        let answer = self.get("").await;
        assert_eq!(answer.status, 200, "GET federation: {}", answer.text());
        answer.json()
    }

    /// Where the federation stands.
    pub async fn state(&self) -> FederationState {
        self.info().await.state
    }

    /// Opens the event stream.
    pub async fn events(&self) -> Events {
        Events::open(self.request(Method::GET, "/events")).await
    }

    /// The bytes of a version.
    pub async fn model_bytes(&self, version: u32) -> Vec<u8> {
        let answer = self.get(&format!("/models/{version}")).await;
        assert_eq!(answer.status, 200, "GET model: {}", answer.text());
        answer.body
    }

    /// The values of a version.
    pub async fn model(&self, version: u32) -> Vec<f32> {
        let manifest = self.info().await.manifest;
        let (found, values) = decode_model(&manifest, &self.model_bytes(version).await).expect("it is a model");
        assert_eq!(found, version);
        values
    }

    /// `PUT …/updates/{id}` with any bytes.
    pub async fn put(&self, round: u32, id: impl std::fmt::Display, body: Vec<u8>) -> Answer {
        Answer::of(self.request(Method::PUT, &format!("/rounds/{round}/updates/{id}")).body(body)).await
    }

    /// Sends an update whose values are all `value` and expects it to be new.
    pub async fn send(&self, round: u32, id: UpdateId, samples: u32, value: f32) {
        let body = self.update(round, samples, value).await;
        let answer = self.put(round, id, body).await;
        assert_eq!(answer.status, 201, "PUT update: {}", answer.text());
        assert_eq!(answer.json::<UpdateReceipt>(), UpdateReceipt { round, update: id });
    }

    /// The bytes of an update for this federation whose values are all `value`.
    pub async fn update(&self, round: u32, samples: u32, value: f32) -> Vec<u8> {
        let info = self.info().await;
        update_bytes(&info, &info.state.model, round, samples, &vec![value; info.manifest.parameters()])
    }

    /// `POST …/leave`.
    pub async fn leave(&self) {
        let answer = Answer::of(self.request(Method::POST, "/leave")).await;
        assert_eq!(answer.status, 204, "POST leave: {}", answer.text());
    }
}

/// `POST /enrol` without an invitation.
pub(crate) fn enrol_request(http: &reqwest::Client, origin: &str, federation: &str) -> RequestBuilder {
    let federation = federation.parse().expect("the test gives a valid federation id");
    http.post(format!("{origin}/api/v1/enrol")).json(&EnrolRequest { federation, invitation: None, identity: None })
}

/// An update of some values, trained from the version with the digest `base`.
pub fn update_bytes(info: &FederationInfo, base: &Digest, round: u32, samples: u32, values: &[f32]) -> Vec<u8> {
    let header = UpdateHeader {
        federation: info.id.clone(),
        round,
        base_version: round - 1,
        base_model: Some(base.clone()),
        samples,
        manifest: info.manifest.digest.clone(),
    };
    encode_update(&info.manifest, &header, values).expect("the values fit the manifest")
}

/// An update id made of one number.
pub fn update_id(number: u8) -> UpdateId {
    UpdateId::from_random([number; 16])
}
