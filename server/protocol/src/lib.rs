//! What the server and every participant agree on: the model specification and the manifest derived
//! from it, the messages, the tensor codec and the problem codes.
//!
//! Nothing here knows a model's code, a browser or a database. Text, tokens, label names and the
//! private module have no type in this crate, so no message can carry them.

mod admin;
mod codec;
mod identity;
mod ids;
mod json;
mod manifest;
mod messages;
mod names;
mod policy;
mod problem;
mod spec;
pub mod tensor_names;
mod values;

pub use admin::{InvitationRecord, InvitationRequest, InvitationState, MadeInvitation, SiteRecord};
pub use codec::{
    CodecError, Int8Update, MaskedHeader, TopKUpdate, UpdateHeader, decode_masked_update, decode_model, decode_update,
    encode_int8_update, encode_masked_update, encode_model, encode_top_k_update, encode_update, is_model, pack_numbers,
    tensor_names, unpack_numbers,
};
pub use identity::{Identity, enrolment_statement};
pub use ids::{Digest, FederationId, IdError, InvitationId, SiteId, UpdateId};
pub use json::check_keys_are_unique;
pub use manifest::{Initialiser, Manifest, TensorSpec, draw_tensors};
pub use messages::{
    EnrolRequest, EnrolResponse, FederationEvent, FederationInfo, FederationState, Happened, InvitationInfo,
    InvitationQuery, Offer, OfferQuery, Phase, UpdateReceipt,
};
pub use names::is_plain_name;
pub use policy::{
    Aggregation, LocalSteps, PolicyError, RoundPolicy, SecureAggregation, ServerOptimiser, TrainingPolicy,
    UpdateBounds, UpdateCodec, Weighting,
};
pub use problem::{PROBLEM_CONTENT_TYPE, Problem, ProblemCode};
pub use spec::{
    Decoder, Feature, FeatureTable, ModelSpec, PretrainedEncoder, PrivateEncoder, SpecError, WORD_VECTOR_STEP,
};
pub use values::{bytes_to_values, values_to_bytes};

/// Where the interface starts; a breaking change gets a new number.
pub const API_BASE: &str = "/api/v1";

/// Media type of models and updates.
pub const TENSORS_CONTENT_TYPE: &str = "application/vnd.safetensors";
