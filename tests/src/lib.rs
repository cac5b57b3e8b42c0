//! What tests of several packages share: a server in this process, and a typed client for it.
//!
//! A helper panics when the server does not do what the test relies on; the message says which call it was.

mod app;
pub mod browser;
mod client;
mod encoder;
mod events;
mod identity;
mod log;
pub mod participant;
mod postgres;
pub mod signing;
pub mod tls;

pub use app::{TestApp, TestAppBuilder, small_federation};
pub use client::{Answer, Site, update_bytes, update_id};
pub use encoder::tiny_pack;
pub use events::Events;
pub use identity::{acceptance, identity, secret_of};
pub use log::KeptLog;
pub use postgres::TestDatabase;
