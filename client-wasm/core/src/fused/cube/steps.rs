//! The launches of a training step, in order.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use fedner_kernels::Plan;

use super::adam::{self, NORM_GROUPS, NumbersLaunch};
use super::backward::{self, Above};
use super::crf::{self, SentencesLaunch};
use super::device::{Gpu, buffer, contiguous};
use super::dims::Dims;
use super::input::Words;
use super::product::{ACROSS, DOWN, TILE_ROWS, UNITS};
use super::{embedding, layer, lstm, lstm_back, lstm_walk, lstm_weights, weights};
use crate::fused::{AdamStep, StepInput};

/// The most workgroups of a kernel whose units go on to further elements: every device takes 65 535.
const GROUPS_MAX: usize = 1024;

/// A batch on its way through a model.
pub(super) struct Step<'a> {
    gpu: Gpu,
    plan: &'a Plan,
    dims: Dims,
    words: Words,
    parameters: CubeTensor,
    batch: CubeTensor,
    work: CubeTensor,
}

impl<'a> Step<'a> {
    /// Copies a batch to the device; with what the way back needs, if asked for.
    pub fn new(parameters: CubeTensor, input: &'a StepInput, and_back: bool) -> Self {
        let (gpu, plan, dims) = (Gpu::of(&parameters), &input.plan, Dims::of(&input.plan));
        let mut words = Words::new(input, dims, and_back.then(|| plan.table().len() / dims.embedding));
        let batch = gpu.words(std::mem::take(&mut words.words));
        let work = gpu.empty([dims.workspace(words.rows, words.sentences)]);
        Self { gpu, plan, dims, words, parameters: contiguous(parameters), batch, work }
    }

    /// Writes what goes out of every layer.
    pub fn forward(&self) {
        let (dims, rows) = (self.dims, self.words.rows);
        embedding::gather::launch(
            self.gpu.next(),
            groups(rows * dims.inputs()),
            units(),
            buffer(&self.parameters),
            buffer(&self.batch),
            buffer(&self.work),
            rows,
            self.plan.table().start,
            dims,
        );
        for (at, parameters) in self.plan.layers().iter().enumerate() {
            layer::forward::launch(
                self.gpu.next(),
                self.tiles(1),
                tile_units(),
                buffer(&self.parameters),
                buffer(&self.batch),
                buffer(&self.work),
                rows,
                at,
                parameters.start,
                self.keep_at(),
                layer::Shape { dims, first: at == 0, dropped: self.dropped() },
            );
        }
        if dims.lstm.is_some() {
            self.lstm();
        }
    }

    fn lstm(&self) {
        let lstm_at = self.plan.lstm().start;
        lstm::gates::launch(
            self.gpu.next(),
            self.tiles(lstm::gates_groups(self.dims)),
            tile_units(),
            buffer(&self.parameters),
            buffer(&self.work),
            self.words.rows,
            lstm_at,
            self.dims,
        );
        lstm_walk::walk::launch(
            self.gpu.next(),
            self.walks(),
            units(),
            buffer(&self.parameters),
            buffer(&self.batch),
            buffer(&self.work),
            self.sentences(),
            lstm_at,
            self.keep_at(),
            lstm::Shape { dims: self.dims, dropped: self.dropped() },
        );
    }

    /// Emission scores, `[sentences · width, tags]`.
    pub fn emissions(&self) -> CubeTensor {
        let places = self.words.sentences * self.words.width;
        let emissions = self.gpu.empty([places, self.dims.tags]);
        crf::emit::launch(
            self.gpu.next(),
            groups(places * self.dims.tags),
            units(),
            buffer(&self.parameters),
            buffer(&self.batch),
            buffer(&self.work),
            buffer(&emissions),
            self.sentences(),
            self.plan.output().start,
            self.dims,
        );
        emissions
    }

    /// The gradient of every parameter and the loss, from the emissions.
    pub fn backward(&self, emissions: &CubeTensor) -> (CubeTensor, CubeTensor) {
        let gradient = self.gpu.empty([self.plan.sizes().parameters]);
        let loss = self.gpu.empty([1]);
        self.crf(emissions, &gradient, &loss);
        if self.dims.lstm.is_some() {
            self.lstm_back(&gradient);
        }
        self.layers();
        self.matrices(&gradient);
        let table = self.plan.table();
        let table_rows = table.len() / self.dims.embedding;
        embedding::scatter::launch(
            self.gpu.next(),
            groups(table_rows * embedding::units_a_row(self.dims)),
            units(),
            buffer(&self.work),
            buffer(&self.batch),
            buffer(&gradient),
            self.words.rows,
            table.start,
            table_rows,
            self.words.segments_at,
            self.dims,
        );
        (gradient, loss)
    }

    fn crf(&self, emissions: &CubeTensor, gradient: &CubeTensor, loss: &CubeTensor) {
        let crf_at = self.plan.crf().start;
        crf::crf::launch(
            self.gpu.next(),
            CubeCount::new_1d(self.words.sentences as u32),
            CubeDim::new_1d(self.dims.tags.next_multiple_of(ACROSS) as u32),
            buffer(&self.parameters),
            buffer(&self.batch),
            buffer(emissions),
            buffer(&self.work),
            self.sentences(),
            crf_at,
            1.0 / self.words.sentences as f32,
            self.dims,
        );
        crf::crf_sums::launch(
            self.gpu.next(),
            groups(self.dims.scores() + 1),
            units(),
            buffer(&self.work),
            buffer(gradient),
            buffer(loss),
            self.sentences(),
            crf_at,
            self.dims,
        );
    }

    /// Through the LSTM, with the gradients of its parameters.
    fn lstm_back(&self, gradient: &CubeTensor) {
        let (dims, rows, lstm_at) = (self.dims, self.words.rows, self.plan.lstm().start);
        lstm_back::walk_back::launch(
            self.gpu.next(),
            self.walks(),
            units(),
            buffer(&self.parameters),
            buffer(&self.batch),
            buffer(&self.work),
            self.sentences(),
            lstm_at,
            self.plan.output().start,
            self.keep_at(),
            lstm::Shape { dims, dropped: self.dropped() },
        );
        for recurrent in [false, true] {
            let shape = lstm_weights::Shape { dims, recurrent };
            let [across, down, matrices] = shape.groups().map(|groups| groups as u32);
            lstm_weights::weights::launch(
                self.gpu.next(),
                CubeCount::new_3d(across, down, matrices),
                tile_units(),
                buffer(&self.work),
                buffer(gradient),
                rows,
                lstm_at,
                shape,
            );
        }
        lstm_weights::biases::launch(
            self.gpu.next(),
            CubeCount::new_1d((2 * dims.gates()).div_ceil(ACROSS) as u32),
            tile_units(),
            buffer(&self.work),
            buffer(gradient),
            rows,
            lstm_at,
            dims,
        );
    }

    /// From the last layer to the embeddings.
    fn layers(&self) {
        let (dims, rows, layers) = (self.dims, self.words.rows, self.plan.layers());
        for (at, parameters) in layers.iter().enumerate().rev() {
            let (above, above_at) = match layers.get(at + 1) {
                Some(above) => (Above::Block, above.start),
                None if dims.lstm.is_some() => (Above::Lstm, self.plan.lstm().start),
                None => (Above::Output, self.plan.output().start),
            };
            backward::backward::launch(
                self.gpu.next(),
                self.tiles(1),
                tile_units(),
                buffer(&self.parameters),
                buffer(&self.batch),
                buffer(&self.work),
                rows,
                at,
                above_at,
                parameters.end - 2 * dims.channels,
                self.keep_at(),
                backward::Shape { dims, above, first: at == 0, dropped: self.dropped() },
            );
        }
        backward::d_embedded::launch(
            self.gpu.next(),
            self.tiles(backward::embedded_groups(dims)),
            tile_units(),
            buffer(&self.parameters),
            buffer(&self.work),
            rows,
            layers[0].start,
            dims,
        );
    }

    fn matrices(&self, gradient: &CubeTensor) {
        let (dims, rows, layers) = (self.dims, self.words.rows, self.plan.layers());
        let block_at = layers.get(1).map(|block| block.start);
        for (first, at, count) in [(true, Some(layers[0].start), 1), (false, block_at, layers.len() - 1)] {
            let Some(at) = at else { continue };
            let shape = weights::Shape { dims, first };
            weights::weights::launch(
                self.gpu.next(),
                CubeCount::new_2d(shape.inputs().div_ceil(TILE_ROWS) as u32, count as u32),
                tile_units(),
                buffer(&self.work),
                buffer(gradient),
                rows,
                at,
                shape,
            );
        }
        weights::sums::launch(
            self.gpu.next(),
            CubeCount::new_2d(dims.channels.div_ceil(ACROSS) as u32, dims.layers as u32),
            tile_units(),
            buffer(&self.work),
            buffer(gradient),
            rows,
            layers[0].start,
            block_at.unwrap_or(0),
            dims,
        );
        weights::output::launch(
            self.gpu.next(),
            CubeCount::new_1d(self.plan.output().len().div_ceil(ACROSS) as u32),
            tile_units(),
            buffer(&self.work),
            buffer(gradient),
            rows,
            self.plan.output().start,
            dims,
        );
    }

    /// Where the dropout masks lie; anywhere where nothing is dropped, for nobody looks there.
    fn keep_at(&self) -> usize {
        self.words.keep_at.unwrap_or(0)
    }

    fn dropped(&self) -> bool {
        self.words.keep_at.is_some()
    }

    fn sentences(&self) -> SentencesLaunch {
        SentencesLaunch::new(self.words.rows, self.words.sentences, self.words.width)
    }

    /// Workgroups for all sentences in each direction.
    fn walks(&self) -> CubeCount {
        CubeCount::new_2d(self.words.sentences.div_ceil(self.dims.abreast()) as u32, 2)
    }

    /// A workgroup for each tile of rows, and as many across.
    fn tiles(&self, across: usize) -> CubeCount {
        CubeCount::new_2d(self.words.rows.div_ceil(TILE_ROWS) as u32, across as u32)
    }
}

/// Moves parameters and both moments, in place.
pub(super) fn adam([values, first, second, loss]: &[CubeTensor; 4], gradient: CubeTensor, step: AdamStep) {
    let gpu = Gpu::of(&gradient);
    let count = gradient.meta.num_elements();
    let (parts, scale) = (gpu.empty([NORM_GROUPS]), gpu.empty([1]));
    let squares = CubeCount::new_1d(NORM_GROUPS as u32);
    adam::squares::launch(gpu.next(), squares, units(), buffer(&gradient), buffer(&parts), count);
    let one = CubeDim::new_1d(NORM_GROUPS as u32);
    let (parts, clip) = (buffer(&parts), step.clip_norm);
    adam::clip::launch(gpu.next(), CubeCount::new_single(), one, parts, buffer(loss), buffer(&scale), clip);
    let (beta_1, beta_2) = step.betas;
    let numbers = NumbersLaunch::new(step.rate, step.kept, step.second_correction, beta_1, beta_2, step.epsilon);
    adam::adam::launch(
        gpu.next(),
        groups(count),
        units(),
        buffer(values),
        buffer(first),
        buffer(second),
        buffer(&gradient),
        buffer(&scale),
        count,
        numbers,
        step.decays.iter().map(|range| (range.start, range.end)).collect(),
    );
}

/// Workgroups for as many elements.
fn groups(elements: usize) -> CubeCount {
    CubeCount::new_1d(elements.div_ceil(UNITS).min(GROUPS_MAX) as u32)
}

fn units() -> CubeDim {
    CubeDim::new_1d(UNITS as u32)
}

fn tile_units() -> CubeDim {
    CubeDim::new_2d(ACROSS as u32, DOWN as u32)
}
