//! Measurements in a real browser over the built page. Each prints what it found; none is a test, since times differ from
//! machine to machine.
//!
//! `FEDNER_PAGE_DIR`, `FEDNER_CHROMEDRIVER` and `FEDNER_CHROMIUM` say where things are, if not in the usual places.

mod annotating;
mod layer;
mod notes;
mod screenshots;
mod task;
mod tfjs;
mod training;

use std::path::PathBuf;

use axum::Router;
use clap::Parser;

/// Measures in a browser over the built page.
#[derive(Parser)]
enum Command {
    /// How fluent annotating is with many notes and with a long one.
    Annotating,
    /// How fast a tab trains, its memory, and how soon it begins. Prints one line of JSON.
    Training {
        /// The folder with TF.js's files, to train the model in it too.
        #[arg(long, value_name = "FOLDER")]
        tfjs: Option<PathBuf>,
    },
    /// What each view looks like, as files in a folder.
    Screenshots {
        /// Where they go.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// burn's bidirectional LSTM on WebGPU next to ours. Prints one line of JSON.
    Layer {
        /// The folder with the module that has burn's layer.
        #[arg(long, value_name = "FOLDER")]
        module: PathBuf,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    match Command::parse() {
        Command::Annotating => annotating::measure().await,
        Command::Training { tfjs } => training::measure(tfjs.as_deref()).await,
        Command::Screenshots { to } => screenshots::take(&to).await,
        Command::Layer { module } => layer::measure(&module).await,
    }
}

/// Serves a page of its own until the program ends, for code that the product's page does not let in; answers with its
/// address.
async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}
