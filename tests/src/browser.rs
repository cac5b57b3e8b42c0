//! What every browser test, and every measurement in a browser, builds on: a driver, isolated profiles, the page in
//! them, and a check at the end that nothing went wrong unnoticed.

mod driver;
mod netlog;
mod page;
mod processes;
mod profile;
mod recorder;
mod site_notes;
mod stage;
mod tab;

pub use netlog::foreign_requests;
pub use page::{LedgerEntry, PageCopy, PageState, page_dir};
pub use processes::Memory;
pub use profile::Gpu;
pub use recorder::{Recorded, Recorder};
pub use site_notes::{SiteNotes, real_corpora, sample_site};
pub use stage::{Stage, run};
pub use tab::Tab;

use std::time::Duration;

/// A test that waits longer than this for one thing has failed. Such a thing can be a whole federation of three tabs, on
/// a slow machine with much else to do.
pub const WAIT_MAX: Duration = Duration::from_secs(600);
