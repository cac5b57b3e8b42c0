//! `export`: the model in use as one archive, which the page opens.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use fedner_core::export::About;

use crate::convert::{Target, output};
use crate::failure::Failure;
use crate::model::ModelOptions;
use crate::report::Report;

/// What to export.
#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    model: ModelOptions,
    /// The archive to write, as in model.zip
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The model's name, as its card says it
    #[arg(long, default_value = "FedNER model")]
    name: String,
    /// Overwrite a file
    #[arg(long)]
    force: bool,
    /// The result as a line of JSON, on standard output
    #[arg(long)]
    pub json: bool,
}

/// Writes the archive.
pub async fn export(arguments: &ExportArguments) -> Result<(), Failure> {
    let report = Report::new(arguments.json);
    let target = Target::archive(&arguments.out, arguments.force);
    output::check(&target)?;
    let opened = arguments.model.open()?;
    let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let date = today.split('T').next().unwrap_or_default().to_owned();
    let about = About { name: arguments.name.clone(), date };
    let archive = opened.session.export(&about, None).await.map_err(|e| Failure::Other(e.to_string()))?;
    output::put(&arguments.out, &archive, arguments.force)?;
    let (file, bytes) = (arguments.out.display().to_string(), archive.len());
    report.result("exported", &serde_json::json!({ "file": file, "bytes": bytes }), &format!("wrote {file}"));
    Ok(())
}
