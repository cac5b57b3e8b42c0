//! The server over HTTP, without any model code: updates are plain numbers.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod audit;
mod dashboard;
mod encoders;
mod hostile;
mod http2;
mod invitations;
mod life;
mod limits;
mod metrics;
mod origin;
mod page;
mod presence;
mod refusals;
mod restart;
mod storage;
mod tls;
mod uploads;
