//! The server over HTTP, without any model code: updates are plain numbers.

mod life;
mod page;
mod presence;
mod refusals;
mod restart;
mod storage;
