//! Options that change the settings: what isn't given is as in the product's default policy.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use fedner_protocol::{Aggregation, Decoder, LocalSteps, PrivateEncoder, ServerOptimiser, UpdateCodec, Weighting};

use super::site;
use crate::encoder::EncoderOptions;
use crate::settings::{Settings, SiteChoice, WarmStart};

/// Cells a direction of a private LSTM.
const LSTM_CELLS: usize = 64;

#[derive(clap::Args)]
#[command(next_help_heading = "What the product's default policy says, unless")]
pub struct Changes {
    /// Sites, each with its most training sentences, as in ade,bc5cdr:1000
    #[arg(long, value_name = "SITES", value_delimiter = ',', value_parser = site)]
    sites: Vec<SiteChoice>,
    /// Sites that come when the federation is finished, and are also trained alone, as in ade:100,ade:300
    #[arg(long, value_name = "SITES", value_delimiter = ',', value_parser = site)]
    join: Vec<SiteChoice>,
    /// Rounds of the federation
    #[arg(long)]
    rounds: Option<u32>,
    /// Rounds in which a site passes once over its sentences
    #[arg(long, value_name = "N", conflicts_with = "local_steps")]
    rounds_per_pass: Option<u32>,
    /// Or so many steps a round at every site
    #[arg(long, value_name = "N")]
    local_steps: Option<u32>,
    /// Passes alone after the last round
    #[arg(long, value_name = "N")]
    finish_passes: Option<u32>,
    /// Least steps of these passes together
    #[arg(long, value_name = "N")]
    finish_steps_min: Option<u32>,
    /// Passes of training alone, in place of what *Train here* does
    #[arg(long, value_name = "N")]
    alone_passes: Option<u64>,
    /// How a mean weighs its sites
    #[arg(long)]
    weighting: Option<WeightingName>,
    /// The server's optimiser
    #[arg(long)]
    optimiser: Option<OptimiserName>,
    /// Its learning rate
    #[arg(long, value_name = "RATE")]
    server_rate: Option<f32>,
    /// The sites' peak learning rate
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f32>,
    /// Dropout of encoder channels
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f32>,
    /// Dropout of word forms
    #[arg(long, value_name = "SHARE")]
    word_dropout: Option<f32>,
    /// How updates are written: f32, int8 or top-k:<percent>
    #[arg(long, value_name = "CODEC", value_parser = codec)]
    update_codec: Option<UpdateCodec>,
    /// Start from a shared module trained on these corpora (fedner, pooled, and the method local-warm)
    #[arg(long, value_name = "CORPORA", value_delimiter = ',', value_parser = site)]
    warm_start: Vec<SiteChoice>,
    /// Passes over them
    #[arg(long, value_name = "N", requires = "warm_start")]
    warm_passes: Option<u32>,
    #[command(flatten)]
    encoder: EncoderOptions,
    #[command(flatten)]
    model: ModelChanges,
}

#[derive(clap::Args)]
struct ModelChanges {
    /// So many times the rows of every embedding table, as in 2 or 0.1
    #[arg(long, value_name = "N", value_parser = times)]
    rows_times: Option<f64>,
    /// Width of an embedding row
    #[arg(long, value_name = "N")]
    embedding_width: Option<usize>,
    /// Width of the encoders
    #[arg(long, value_name = "N")]
    encoder_width: Option<usize>,
    /// Convolution blocks in the shared encoder; 0 shares the embeddings alone
    #[arg(long, value_name = "N")]
    shared_blocks: Option<usize>,
    /// The private encoder; a convolution has one block, a bilstm 64 cells a direction
    #[arg(long, conflicts_with = "private_blocks")]
    private_encoder: Option<EncoderName>,
    /// Or so many convolution blocks in each private encoder
    #[arg(long, value_name = "N")]
    private_blocks: Option<usize>,
    /// The decoder
    #[arg(long)]
    decoder: Option<DecoderName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum WeightingName {
    Uniform,
    Samples,
}

#[derive(Clone, Copy, ValueEnum)]
enum OptimiserName {
    Sgd,
    Momentum,
    Adam,
}

#[derive(Clone, Copy, ValueEnum)]
enum EncoderName {
    None,
    Convolution,
    Bilstm,
}

#[derive(Clone, Copy, ValueEnum)]
enum DecoderName {
    Crf,
    Softmax,
}

impl Changes {
    /// Changes what was given.
    pub fn apply(&self, settings: &mut Settings) -> Result<()> {
        if !self.sites.is_empty() {
            settings.sites.clone_from(&self.sites);
        }
        if !self.join.is_empty() {
            settings.joiners.clone_from(&self.join);
        }
        if !self.warm_start.is_empty() {
            let warm = settings.warm_start.insert(WarmStart::of(self.warm_start.clone()));
            set(&mut warm.passes, self.warm_passes);
        }
        set(&mut settings.rounds, self.rounds);
        set(&mut settings.local_steps, self.rounds_per_pass.map(LocalSteps::part_of_pass));
        set(&mut settings.local_steps, self.local_steps.map(LocalSteps::Fixed));
        set(&mut settings.training.finish_passes, self.finish_passes);
        set(&mut settings.training.finish_steps_min, self.finish_steps_min);
        settings.alone_passes = self.alone_passes.or(settings.alone_passes);
        set(&mut settings.training.learning_rate, self.learning_rate);
        set(&mut settings.training.dropout, self.dropout);
        set(&mut settings.training.word_dropout, self.word_dropout);
        set(&mut settings.training.update_codec, self.update_codec);
        self.model.apply(settings);
        if let Some(encoder) = self.encoder.choice()? {
            settings.model.pretrained = Some(encoder.open()?.identity().clone());
            settings.encoder = Some(encoder);
        }
        self.apply_to_merge(settings);
        Ok(())
    }

    /// How updates are merged.
    fn apply_to_merge(&self, settings: &mut Settings) {
        let weighting = self.weighting.map(|name| match name {
            WeightingName::Uniform => Weighting::Uniform,
            WeightingName::Samples => Weighting::Samples,
        });
        set(&mut settings.aggregation, weighting.map(|weighting| Aggregation::Mean { weighting }));
        let optimiser = self.optimiser.map(|name| match name {
            OptimiserName::Sgd => ServerOptimiser::Sgd { learning_rate: 1.0 },
            OptimiserName::Momentum => ServerOptimiser::Momentum { learning_rate: 1.0, momentum: 0.9 },
            OptimiserName::Adam => {
                ServerOptimiser::Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.99, epsilon: 0.001 }
            }
        });
        set(&mut settings.optimiser, optimiser);
        let (ServerOptimiser::Sgd { learning_rate }
        | ServerOptimiser::Momentum { learning_rate, .. }
        | ServerOptimiser::Adam { learning_rate, .. }) = &mut settings.optimiser;
        set(learning_rate, self.server_rate);
    }
}

impl ModelChanges {
    fn apply(&self, settings: &mut Settings) {
        let model = &mut settings.model;
        if let Some(times) = self.rows_times {
            *model = model.clone().with_rows_times(times);
        }
        set(&mut model.embedding_width, self.embedding_width);
        set(&mut model.encoder_width, self.encoder_width);
        set(&mut model.encoder_blocks, self.shared_blocks);
        let blocks = self.private_blocks.map(|blocks| match blocks {
            0 => PrivateEncoder::None,
            blocks => PrivateEncoder::Convolution { blocks },
        });
        let encoder = self.private_encoder.map(|name| match name {
            EncoderName::None => PrivateEncoder::None,
            EncoderName::Convolution => PrivateEncoder::Convolution { blocks: 1 },
            EncoderName::Bilstm => PrivateEncoder::Bilstm { hidden: LSTM_CELLS },
        });
        set(&mut model.private_encoder, blocks.or(encoder));
        let decoder = self.decoder.map(|name| match name {
            DecoderName::Crf => Decoder::Crf,
            DecoderName::Softmax => Decoder::Softmax,
        });
        set(&mut model.decoder, decoder);
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn times(text: &str) -> Result<f64> {
    let times: f64 = text.parse().context("it is no number")?;
    if times > 0.0 && times <= 100.0 { Ok(times) } else { bail!("it must lie between 0 and 100") }
}

fn codec(text: &str) -> Result<UpdateCodec> {
    Ok(match text {
        "f32" => UpdateCodec::F32,
        "int8" => UpdateCodec::Int8,
        _ => match text.strip_prefix("top-k:") {
            Some(percent) => {
                UpdateCodec::TopK { percent: percent.parse().context("a percentage stands after top-k:")? }
            }
            None => bail!("it is none of f32, int8 and top-k:<percent>"),
        },
    })
}
