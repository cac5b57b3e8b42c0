//! What can be wrong with a file.

use crate::Digest;

/// Why bytes are not a valid model or update.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CodecError {
    /// More bytes than the manifest's tensors can take.
    #[error("{bytes} bytes are more than the {max} this manifest allows")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not a safetensors file.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// The header is missing or can't be read.
    #[error("metadata field \"fedner\": {0}")]
    Header(String),
    /// Made for another manifest.
    #[error("made for manifest {found}, this federation has {expected}")]
    Manifest {
        /// The digest in the file.
        found: Digest,
        /// The federation's.
        expected: Digest,
    },
    /// A tensor is missing.
    #[error("tensor {0:?} is missing")]
    Missing(String),
    /// A tensor that the manifest does not name.
    #[error("tensor {0:?} is not in the manifest")]
    Unknown(String),
    /// A tensor of another shape or element type.
    #[error("tensor {name:?} is {found}, the manifest says {expected}")]
    Shape {
        /// Which tensor.
        name: String,
        /// What the file has.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A value that is NaN or infinite.
    #[error("tensor {name:?} has a value that is not finite at element {element}")]
    NotFinite {
        /// Which tensor.
        name: String,
        /// Index in the flat tensor.
        element: usize,
    },
    /// Places that don't rise, or lie beyond the tensor.
    #[error("tensor {name:?}: place {place} must come after the one before it and be one of {elements} elements")]
    Place {
        /// The tensor with the places.
        name: String,
        /// The place.
        place: usize,
        /// Elements that there are.
        elements: usize,
    },
    /// The flat buffer does not fit the manifest.
    #[error("{found} values, the manifest has {expected}")]
    Length {
        /// Values given.
        found: usize,
        /// Values expected.
        expected: usize,
    },
}
