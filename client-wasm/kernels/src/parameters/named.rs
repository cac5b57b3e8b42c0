//! Tensors of a flat buffer, found by name.

use std::collections::BTreeMap;
use std::ops::Range;

/// A tensor of the flat buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedTensor<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its shape.
    pub shape: &'t [usize],
}

/// Why parameters are not those of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A layer's tensor is not there.
    #[error("the model has no tensor {name:?}")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// Two tensors have one name.
    #[error("the model has two tensors {name:?}")]
    Repeated {
        /// The name.
        name: String,
    },
    /// A tensor has another shape than its layer.
    #[error("the tensor {name:?} has the shape {found:?}, its layer wants {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// The layer's shape.
        expected: Vec<usize>,
        /// The tensor's.
        found: Vec<usize>,
    },
    /// A layer's tensors are not one behind the other.
    #[error("the tensor {name:?} must lie directly behind {previous:?}")]
    Apart {
        /// The tensor.
        name: String,
        /// The one before it in the layer.
        previous: String,
    },
    /// No layer reads a tensor.
    #[error("no layer of the model reads the tensor {name:?}")]
    Unread {
        /// The tensor.
        name: String,
    },
    /// More or fewer values than the model's tensors have.
    #[error("{found} values were given for {expected} parameters of {module}")]
    Count {
        /// The model, or a part of it.
        module: &'static str,
        /// Its parameters.
        expected: usize,
        /// The values given.
        found: usize,
    },
}

/// The tensors of a flat buffer, each with its place there and whether a layer has asked for it.
pub(super) struct NamedTensors<'t> {
    by_name: BTreeMap<&'t str, Found<'t>>,
    parameters: usize,
}

struct Found<'t> {
    shape: &'t [usize],
    range: Range<usize>,
    read: bool,
}

impl<'t> NamedTensors<'t> {
    /// Tensors in the buffer's order.
    pub fn new(tensors: impl IntoIterator<Item = NamedTensor<'t>>) -> Result<Self, LayoutError> {
        let (mut by_name, mut parameters) = (BTreeMap::new(), 0);
        for NamedTensor { name, shape } in tensors {
            let range = parameters..parameters + shape.iter().product::<usize>();
            parameters = range.end;
            if by_name.insert(name, Found { shape, range, read: false }).is_some() {
                return Err(LayoutError::Repeated { name: name.to_owned() });
            }
        }
        Ok(Self { by_name, parameters })
    }

    /// Where a tensor lies.
    pub fn find(&mut self, name: &str, shape: &[usize]) -> Result<Range<usize>, LayoutError> {
        let Some(found) = self.by_name.get_mut(name) else {
            return Err(LayoutError::Missing { name: name.to_owned() });
        };
        if found.shape != shape {
            let (expected, found) = (shape.to_vec(), found.shape.to_vec());
            return Err(LayoutError::Shape { name: name.to_owned(), expected, found });
        }
        found.read = true;
        Ok(found.range.clone())
    }

    /// Where tensors lie that a layer reads as one range.
    pub fn find_adjacent(&mut self, tensors: &[(&str, Vec<usize>)]) -> Result<Range<usize>, LayoutError> {
        let mut whole: Option<(Range<usize>, &str)> = None;
        for (name, shape) in tensors {
            let range = self.find(name, shape)?;
            whole = match whole {
                None => Some((range, name)),
                Some((before, _)) if before.end == range.start => Some((before.start..range.end, name)),
                Some((_, previous)) => {
                    return Err(LayoutError::Apart { name: (*name).to_owned(), previous: previous.to_owned() });
                }
            };
        }
        Ok(whole.map_or(0..0, |(range, _)| range))
    }

    /// Elements of all tensors, when a layer has asked for each of them.
    pub fn finish(self) -> Result<usize, LayoutError> {
        match self.by_name.iter().find(|(_, found)| !found.read) {
            Some((name, _)) => Err(LayoutError::Unread { name: (*name).to_owned() }),
            None => Ok(self.parameters),
        }
    }
}
