//! The packs of pretrained encoders.

use fedner_encoder::Pack;
use fedner_protocol::{Digest, ModelSpec};
use fedner_tests::{Answer, Site, TestApp, small_federation, tiny_pack};
use serde_json::Value;

#[tokio::test]
async fn packs_are_listed_and_served_for_good_whole_and_in_ranges() {
    let pack = tiny_pack();
    let digest = Digest::of(&pack);
    let app = TestApp::builder().encoders(vec![pack.clone()]).start().await;
    let listed: Value = Answer::of(app.http().get(format!("{}/api/v1/encoders", app.origin()))).await.json();
    assert_eq!(listed[0]["digest"], digest.to_string());
    assert_eq!((&listed[0]["licence"], &listed[0]["bytes"]), (&"MIT".into(), &pack.len().into()));

    let url = format!("{}/encoders/{digest}.safetensors", app.origin());
    let whole = Answer::of(app.http().get(&url)).await;
    assert_eq!((whole.status, whole.header("cache-control")), (200, "public, max-age=31536000, immutable"));
    assert_eq!(Digest::of(&whole.body), digest);
    let rest = Answer::of(app.http().get(&url).header("range", "bytes=1000-")).await;
    assert_eq!((rest.status, &rest.body[..]), (206, &pack[1000..]));

    let other = Digest::of(b"other");
    for missing in [format!("{other}.safetensors"), digest.to_string(), "..%2ffedner.sqlite".to_owned()] {
        let answer = Answer::of(app.http().get(format!("{}/encoders/{missing}", app.origin()))).await;
        assert_eq!(answer.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_federation_tells_which_pack_its_model_needs_and_is_not_served_without_it() {
    let pack = tiny_pack();
    let identity = Pack::read(&pack).unwrap().identity();
    let model = ModelSpec { pretrained: Some(identity), ..ModelSpec::small() };
    let federation = fedner_server::FederationConfig { model: model.clone(), ..small_federation("test") };
    let mut app = TestApp::builder().federation(federation).encoders(vec![pack]).start().await;
    let site = Site::enrol(&app.origin(), "test").await;
    assert_eq!(site.info().await.model, model);

    std::fs::remove_dir_all(app.data_dir().join("encoders")).unwrap();
    let error = app.restart_with(|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("federation test") && error.contains("there is no pack"), "{error}");
}
