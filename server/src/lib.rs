//! The aggregation server: takes updates of the shared module from sites, merges them round by round
//! and hands the global shared module out. It knows tensors by name and no model code; it never sees
//! text, tokens, label names or a private module.
//!
//! [`Server::start`] runs one in this process; the binary `fedner-server` does that with a
//! configuration file, the environment and flags.

pub mod aggregate;
pub mod audit;
mod body;
mod bundle;
pub mod cli;
mod clock;
pub mod config;
mod credential;
pub mod encoders;
mod enrolment;
mod error;
mod events;
pub mod failpoint;
mod federation;
mod http;
mod identity;
mod limits;
mod listen;
mod memory;
mod metrics;
mod models;
mod open_files;
mod operations;
pub mod optimiser;
mod pace;
mod presence;
mod replica;
mod revocation;
mod rounds;
mod server;
mod store;
mod store_clock;
mod timestamp;
mod upload;
mod work;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, FederationConfig};
pub use listen::Proxies;
pub use server::{Server, StartError};
pub use timestamp::Timestamp;
