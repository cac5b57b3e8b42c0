//! The command line.

use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail};
use fedner_protocol::{Aggregation, Decoder, LocalSteps, PrivateEncoder, ServerOptimiser, UpdateCodec, Weighting};
use lexopt::prelude::*;

use crate::settings::{Method, Settings, SiteWish, WarmStart};

pub const HELP: &str = "\
cargo xtask experiment [options]
    --quick                 300 training sentences a site, one seed: ends within ten minutes on two cores
    --resume                take the cells that an earlier run has finished
    --jobs <n>              cells (a method with a seed) at the same time (the number of cores)
    --data <folder>         a folder of sites, each with train, dev and test.conll (../shared/data)
    --out <folder>          where results go (tests/experiment/results)
    --name <name>           first part of the results' file names (main)
    --sites <a,b:1000>      sites, each with its most training sentences (ade,psytar,twimed,bc5cdr:1000,ncbi-disease:1000)
    --train-limit <n>       most training sentences of every site
    --methods <a,b>         of local, fedner, fedavg-union, pooled (these), local-warm, spacy (from PyPI)
    --spacy-python <file>   the Python for the method spacy, if not the one that is installed for it
    --seeds <n>             so many seeds, from 1 (3)
    --join <a:100,a:300>    sites that come when the federation is finished, and are also trained alone
what the product's default policy says, unless:
    --rounds <n>            rounds of the federation
    --rounds-per-pass <n>   rounds in which a site passes once over its sentences
    --local-steps <n>       or so many steps a round at every site
    --finish-passes <n>     passes alone after the last round
    --weighting <w>         uniform or samples
    --optimiser <o>         the server's: sgd, momentum or adam
    --server-rate <r>       its learning rate
    --learning-rate <r>     the sites' peak learning rate
    --dropout <share>       of encoder channels
    --word-dropout <share>  of word forms
    --update-codec <c>      f32, int8 or top-k:<percent>: how updates are written
    --warm-start <a,b>      start from a shared module trained on these corpora (fedner, pooled, and the method local-warm)
    --warm-passes <n>       passes over them (10)
    --rows-times <n>        so many times the rows of every embedding table
    --embedding-width <n>   width of an embedding row
    --encoder-width <n>     width of the encoders
    --shared-blocks <n>     convolution blocks in the shared encoder; 0 shares the embeddings alone
    --private-encoder <e>   none, convolution (one block) or bilstm (64 cells a direction)
    --private-blocks <n>    or so many convolution blocks in each private encoder
    --decoder <d>           crf or softmax
";

/// What to run and where.
pub struct Options {
    pub settings: Settings,
    pub methods: Vec<Method>,
    pub seeds: Vec<u64>,
    pub data: PathBuf,
    pub out: PathBuf,
    pub name: String,
    pub jobs: usize,
    pub resume: bool,
    /// The Python program that has spaCy.
    pub spacy_python: Option<PathBuf>,
}

/// Training sentences of each site in a quick run.
const QUICK_SENTENCES: usize = 300;
/// Held-out sentences of each site in a quick run.
const QUICK_HELD_OUT: usize = 150;

/// Cells a direction of a private LSTM.
const LSTM_CELLS: usize = 64;

impl Options {
    /// Reads the arguments; none when help was asked for.
    pub fn read() -> Result<Option<Self>> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut options = Self {
            settings: Settings::default(),
            methods: Method::ALL.to_vec(),
            seeds: vec![1, 2, 3],
            data: root.join("../../shared/data"),
            out: root.join("experiment/results"),
            name: "main".to_owned(),
            jobs: available_parallelism().map_or(1, usize::from),
            resume: false,
            spacy_python: None,
        };
        let (mut quick, mut limit) = (false, None);
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(None),
                Long("quick") => quick = true,
                Long("resume") => options.resume = true,
                Long("jobs") => options.jobs = args.value()?.parse().context("--jobs takes a number")?,
                Long("data") => options.data = args.value()?.into(),
                Long("out") => options.out = args.value()?.into(),
                Long("spacy-python") => options.spacy_python = Some(args.value()?.into()),
                Long("name") => options.name = args.value()?.string()?,
                Long("methods") => options.methods = list(args.value()?.string()?, Method::named)?,
                Long("seeds") => {
                    options.seeds = (1..=args.value()?.parse::<u64>().context("--seeds takes a number")?).collect();
                }
                Long("train-limit") => limit = Some(args.value()?.parse().context("--train-limit takes a number")?),
                Long(name) => {
                    let name = name.to_owned();
                    let value = args.value()?.string()?;
                    set(&mut options.settings, &name, &value)
                        .with_context(|| format!("--{name} {value}; --help says what can stand here"))?;
                }
                _ => return Err(arg.unexpected().into()),
            }
        }
        if quick {
            options.seeds.truncate(1);
            options.settings.held_out_max = QUICK_HELD_OUT;
            limit = limit.or(Some(QUICK_SENTENCES));
            if options.name == "main" {
                "quick".clone_into(&mut options.name);
            }
        }
        if let Some(limit) = limit {
            options.settings.sites.iter_mut().for_each(|site| site.train_limit = Some(limit));
        }
        options.check()?;
        Ok(Some(options))
    }

    fn check(&mut self) -> Result<()> {
        if self.seeds.is_empty() || self.methods.is_empty() || self.settings.sites.is_empty() || self.jobs == 0 {
            bail!("at least one site, one method, one seed and one job are needed");
        }
        self.methods.sort_unstable();
        self.methods.dedup();
        if self.methods.contains(&Method::LocalWarm) && self.settings.warm_start.is_none() {
            bail!("the method local-warm starts from --warm-start: name its corpora");
        }
        if self.methods.contains(&Method::Spacy) && self.spacy_python.is_none() {
            bail!("the method spacy needs a Python that has spaCy: name it with --spacy-python");
        }
        self.settings.model.validate()?;
        self.settings.training.validate()?;
        self.settings.optimiser.validate()?;
        self.settings.round_policy().validate()?;
        Ok(())
    }
}

pub fn list<T>(text: String, item: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    text.split(',').map(|part| item(part.trim())).collect()
}

/// Sets one field of the settings.
fn set(settings: &mut Settings, name: &str, value: &str) -> Result<()> {
    match name {
        "sites" => settings.sites = list(value.to_owned(), SiteWish::parse)?,
        "join" => settings.joiners = list(value.to_owned(), SiteWish::parse)?,
        "warm-start" => settings.warm_start = Some(WarmStart::of(list(value.to_owned(), SiteWish::parse)?)),
        "warm-passes" => {
            settings.warm_start.as_mut().context("--warm-start comes first")?.passes = value.parse()?;
        }
        "rounds" => settings.rounds = value.parse()?,
        "rounds-per-pass" => settings.local_steps = LocalSteps::Pass { rounds_per_pass: value.parse()? },
        "local-steps" => settings.local_steps = LocalSteps::Fixed(value.parse()?),
        "finish-passes" => settings.training.finish_passes = value.parse()?,
        "learning-rate" => settings.training.learning_rate = value.parse()?,
        "dropout" => settings.training.dropout = value.parse()?,
        "word-dropout" => settings.training.word_dropout = value.parse()?,
        "update-codec" => settings.training.update_codec = codec(value)?,
        _ => return set_of_model(settings, name, value),
    }
    Ok(())
}

fn codec(value: &str) -> Result<UpdateCodec> {
    Ok(match value {
        "f32" => UpdateCodec::F32,
        "int8" => UpdateCodec::Int8,
        _ => match value.strip_prefix("top-k:") {
            Some(percent) => UpdateCodec::TopK { percent: percent.parse()? },
            None => bail!("it is none of f32, int8 and top-k:<percent>"),
        },
    })
}

/// Sets one field of the model, or of what is below.
fn set_of_model(settings: &mut Settings, name: &str, value: &str) -> Result<()> {
    let model = &mut settings.model;
    match name {
        "rows-times" => {
            let times: usize = value.parse()?;
            model.features.iter_mut().for_each(|table| table.rows *= times);
        }
        "embedding-width" => model.embedding_width = value.parse()?,
        "encoder-width" => model.encoder_width = value.parse()?,
        "shared-blocks" => model.encoder_blocks = value.parse()?,
        "private-blocks" => {
            model.private_encoder = match value.parse()? {
                0 => PrivateEncoder::None,
                blocks => PrivateEncoder::Convolution { blocks },
            };
        }
        "private-encoder" => {
            model.private_encoder = match value {
                "none" => PrivateEncoder::None,
                "convolution" => PrivateEncoder::Convolution { blocks: 1 },
                "bilstm" => PrivateEncoder::Bilstm { hidden: LSTM_CELLS },
                _ => bail!("it is none of none, convolution, bilstm"),
            };
        }
        "decoder" => {
            model.decoder = match value {
                "crf" => Decoder::Crf,
                "softmax" => Decoder::Softmax,
                _ => bail!("it is neither crf nor softmax"),
            };
        }
        _ => return set_of_merge(settings, name, value),
    }
    Ok(())
}

/// Sets one field of how updates are merged.
fn set_of_merge(settings: &mut Settings, name: &str, value: &str) -> Result<()> {
    match name {
        "weighting" => {
            let weighting = match value {
                "uniform" => Weighting::Uniform,
                "samples" => Weighting::Samples,
                _ => bail!("it is neither uniform nor samples"),
            };
            settings.aggregation = Aggregation::Mean { weighting };
        }
        "optimiser" => {
            settings.optimiser = match value {
                "sgd" => ServerOptimiser::Sgd { learning_rate: 1.0 },
                "momentum" => ServerOptimiser::Momentum { learning_rate: 1.0, momentum: 0.9 },
                "adam" => ServerOptimiser::Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.99, epsilon: 0.001 },
                _ => bail!("it is none of sgd, momentum, adam"),
            };
        }
        "server-rate" => {
            let (ServerOptimiser::Sgd { learning_rate }
            | ServerOptimiser::Momentum { learning_rate, .. }
            | ServerOptimiser::Adam { learning_rate, .. }) = &mut settings.optimiser;
            *learning_rate = value.parse()?;
        }
        _ => bail!("there is no such option"),
    }
    Ok(())
}
