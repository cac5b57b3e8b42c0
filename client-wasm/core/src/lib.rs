//! The participant, in plain Rust: features, model, training, evaluation and its part
//! in a federation. It runs natively and in a browser, takes a burn `Device` and never names one,
//! and knows no clock, file or network: those come in through small traits.

pub mod agreement;
pub mod batch;
pub mod compute;
pub mod corpus;
pub mod crf;
pub mod device_check;
pub mod enrolment;
pub mod export;
pub mod features;
pub mod leak;
pub mod model;
pub mod observer;
pub mod participant;
pub mod scores;
pub mod session;
pub mod tagging;
pub mod training;

pub use fedner_text as text;
pub use fedner_text::labels;
