//! The page's build: the wasm modules, their JavaScript by wasm-bindgen, and the files of `www/`, together in `target/page`.
//!
//! What has its content's hash in its path is below [`tree::IMMUTABLE`] and is kept by browsers for good; `index.html`
//! alone keeps its name and says where the rest is.

mod compress;
mod module;
mod size;
mod tree;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use crate::report::seconds;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

pub use module::{Module, PageProfile};
pub use size::check as check_sizes;

/// Builds the page and says where it is; does only what has changed.
pub fn build(workspace: &Workspace, profile: PageProfile) -> Result<PathBuf> {
    let start = Instant::now();
    let toolchain = Toolchain::ensure(workspace)?;
    let packages = module::build(workspace, toolchain, profile)?;
    let page = workspace.page();
    tree::compose(&workspace.root.join("www"), &packages, &page, profile)?;
    println!("The page is in {} ({})", page.display(), seconds(start.elapsed()));
    Ok(page)
}
