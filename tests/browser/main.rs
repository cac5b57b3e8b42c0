//! Real headless browsers over the built page, one test at a time.
//!
//! `cargo xtask test` builds the page and runs them. By hand, after `cargo xtask page`:
//! `cargo test -p fedner-tests --features browser --test browser [name]`.
//! `FEDNER_PAGE_DIR`, `FEDNER_CHROMEDRIVER` and `FEDNER_CHROMIUM` say where things are, if not in the usual places.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod accessibility;
mod annotate;
mod axe;
mod dashboard;
mod devices;
mod encoder;
mod faults;
mod federation;
mod invitation;
mod keeping;
mod language;
mod local;
mod long_note;
mod masking;
mod notes;
mod offline;
mod own_model;
mod privacy;
mod shared_module;
mod storage;
mod stored_workspace;
mod two_tabs;
mod views;
mod watch;
mod webgpu;

use fedner_tests::browser as harness;
