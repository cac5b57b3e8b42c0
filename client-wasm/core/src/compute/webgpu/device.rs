//! A device's buffers, and the count of kernels launched on it.

use std::cell::Cell;

use burn::{
    backend::ops::{FloatTensorOps, IntTensorOps},
    tensor::{DType, Shape, TensorData},
};
use burn_cubecl::{CubeBackend, CubeDevice, kernel::into_contiguous_aligned, tensor::CubeTensor};
use cubecl::prelude::*;

thread_local! {
    static LAUNCHES: Cell<u64> = const { Cell::new(0) };
}

/// Kernels that were launched on this thread so far.
pub fn launches() -> u64 {
    LAUNCHES.get()
}

/// Where kernels are launched.
pub(super) struct Gpu {
    client: Client,
    device: CubeDevice,
}

impl Gpu {
    /// Where a tensor is.
    pub fn of(tensor: &CubeTensor) -> Self {
        Self { client: tensor.client.clone(), device: tensor.device.clone() }
    }

    /// The client, for one launch, which is counted.
    pub fn next(&self) -> &Client {
        LAUNCHES.set(LAUNCHES.get() + 1);
        &self.client
    }

    /// An uninitialised buffer; in tests full of NaN, so that a result which depends on it is NaN.
    pub fn empty(&self, shape: impl Into<Shape>) -> CubeTensor {
        let shape = shape.into();
        if cfg!(test) {
            let poison = vec![f32::NAN; shape.num_elements()];
            return CubeBackend::float_from_data(TensorData::new(poison, shape), &self.device);
        }
        CubeBackend::float_empty(shape, &self.device, DType::F32.into())
    }

    /// A buffer of words.
    pub fn words(&self, words: Vec<u32>) -> CubeTensor {
        let len = words.len();
        CubeBackend::int_from_data(TensorData::new(words, [len]), &self.device)
    }
}

/// A tensor whose buffer is exactly its elements, in order.
pub(super) fn contiguous(tensor: CubeTensor) -> CubeTensor {
    into_contiguous_aligned(tensor)
}

/// A buffer as a kernel's argument.
pub(super) fn buffer(tensor: &CubeTensor) -> BufferArg {
    tensor.clone().into_buffer_arg()
}
