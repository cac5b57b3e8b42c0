//! burn's own bidirectional LSTM on WebGPU in a tab, next to a model with the fused one and one without.

use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use fedner_tests::browser::{Gpu, run};
use fedner_tests::small_federation;
use serde_json::json;

const PAGE: &str = include_str!("lstm.html");
const FILES: [(&str, &str); 2] = [("layer_bench.js", "text/javascript"), ("layer_bench_bg.wasm", "application/wasm")];
/// Tokens of a sentence: first two, until all kernels are compiled.
const LENGTHS: [usize; 2] = [2, 32];
/// Each side and its steps; one of burn's takes longer than all the others together.
const SIDES: [(&str, usize); 3] = [("fused", 15), ("without", 15), ("composed", 3)];

/// Measures the module in a folder, and prints the milliseconds of each step.
pub async fn measure(module: &Path) {
    run("bench_layer", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let origin = serve(module).await;
        let profile = stage.profile("layer", Gpu::Software);
        let tab = stage.open_unready(&profile, &origin).await;
        let step = "const [side, length] = args; return await window.step(side, length)";
        let mut report = json!({});
        for (side, steps) in SIDES {
            let mut taken: Vec<f64> = Vec::with_capacity(steps);
            tab.script_async::<f64>(step, json!([side, LENGTHS[0]])).await;
            for _ in 0..steps {
                taken.push(tab.script_async(step, json!([side, LENGTHS[1]])).await);
                eprintln!("{side}: {:.0?} ms", taken.last());
            }
            report[side] = json!(taken);
        }
        tab.quit().await;
        stage.dismiss(&tab);
        println!("{report}");
        app
    })
    .await;
}

/// Serves the page and the module until the program ends; answers with the address.
async fn serve(folder: &Path) -> String {
    let mut router = Router::new().route("/", get(|| async { ([(CONTENT_TYPE, "text/html")], PAGE) }));
    for (name, kind) in FILES {
        let file = folder.join(name);
        let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        router = router.route(&format!("/{name}"), get(move || async move { ([(CONTENT_TYPE, kind)], bytes) }));
    }
    crate::listen(router).await
}
