//! The product's model in TF.js, trained in a tab on the very sentences that the product's tab trains on. TF.js comes
//! from npm and is asked for; its page has a little server of its own, since the product's lets no such code in.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use fedner_core::{
    batch::{Batch, epoch_order},
    corpus::Corpus,
    features::FeatureHasher,
};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use fedner_tests::browser::{Gpu, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// In the folder.
const FILES: [&str; 2] = ["tf.min.js", "tf-backend-webgpu.min.js"];
const PAGE: &str = include_str!("tfjs.html");
const WORKER: &str = include_str!("tfjs.js");
/// TF.js's backends that train, and its own gradient of the embedding or the one that `tfjs.js` has.
const BACKENDS: [&str; 3] = ["cpu", "webgl", "webgpu"];
const GRADIENTS: [&str; 2] = ["gather", "scatter"];
/// Each of them is measured for so long.
const LIMIT: Duration = Duration::from_secs(100);
/// Batches that it goes through.
const BATCHES: usize = 16;

/// How fast one way of training is.
#[derive(Serialize)]
pub struct Measured {
    backend: &'static str,
    gradient: &'static str,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    /// Words a second of each window.
    speeds: Vec<f64>,
    why: String,
}

/// Trains in every way that TF.js, whose files are in a folder, has.
pub async fn measure(stage: &Stage, folder: &Path, corpus: &Corpus, seed: u64) -> Vec<Measured> {
    let origin = serve(folder, batches(corpus, seed)).await;
    let mut all = Vec::new();
    for (backend, gradient) in BACKENDS.into_iter().flat_map(|backend| GRADIENTS.map(|gradient| (backend, gradient))) {
        let profile = stage.profile(&format!("tfjs-{backend}-{gradient}"), Gpu::Software);
        let tab = stage.open_unready(&profile, &origin).await;
        let measure = "const [backend, gradient, limit] = args; return await window.measure(backend, gradient, limit)";
        let limit = LIMIT.as_millis() as u64;
        let outcome: Outcome = tab.script_async(measure, json!([backend, gradient, limit])).await;
        eprintln!("TF.js, {backend}, {gradient}: {:.0?} words/s; {}", outcome.speeds, outcome.why);
        all.push(Measured { backend, gradient, outcome });
        // What TF.js logs about a backend that isn't there is no fault of the product.
        tab.quit().await;
        stage.dismiss(&tab);
    }
    all
}

/// Serves the page, TF.js and the batches until the program ends; answers with the address.
async fn serve(folder: &Path, batches: Value) -> String {
    let script = |text: String| get(move || async move { ([(CONTENT_TYPE, "text/javascript")], text) });
    let mut router = Router::new()
        .route("/", get(|| async { ([(CONTENT_TYPE, "text/html")], PAGE) }))
        .route("/tfjs.js", script(WORKER.to_owned()))
        .route("/batches.json", get(move || async move { batches.to_string() }));
    for name in FILES {
        let file = folder.join(name);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        router = router.route(&format!("/tf/{name}"), script(text));
    }
    crate::listen(router).await
}

/// The first batches of a pass and the model's sizes, as `training-bench --write-batches` has them too.
fn batches(corpus: &Corpus, seed: u64) -> Value {
    let (spec, policy) = (ModelSpec::default(), TrainingPolicy::default());
    let (hasher, examples) = (FeatureHasher::new(&spec), corpus.training(&spec));
    let lengths: Vec<usize> = examples.iter().map(|example| example.tags.len()).collect();
    let order = epoch_order(&lengths, policy.batch_size as usize, seed);
    let batches = order.iter().take(BATCHES).map(|chosen| {
        let batch = Batch::new(chosen.iter().map(|at| &examples[*at]), hasher.rows_per_token());
        json!({ "width": batch.width, "lengths": batch.lengths, "rows": batch.rows, "tags": batch.tags })
    });
    json!({
        "sizes": {
            "features": spec.features.len(), "hashes": spec.hashes, "rows": spec.rows_total(),
            "embedding_width": spec.embedding_width, "encoder_width": spec.encoder_width,
            "blocks": spec.blocks(), "lstm": spec.private_lstm(), "tags": corpus.labels().tags(), "dropout": policy.dropout,
        },
        "batches": batches.collect::<Vec<_>>(),
    })
}
