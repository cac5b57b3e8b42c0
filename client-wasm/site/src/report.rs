//! What a command says while it runs: a bar and lines for people on standard error, or a line of JSON for each event on
//! standard output.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use fedner_core::observer::{Event, RoundPhase, RoundProgress, StepThrottle};
use fedner_core::scores::Scores;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::failure::Failure;

/// Milliseconds from one event of steps to the next, in a file and on a terminal.
const STEPS_EVERY_MS: f64 = 1000.0;
const STEPS_ON_A_TERMINAL_EVERY_MS: f64 = 100.0;

/// Where a command reports to.
pub struct Report {
    json: bool,
    /// On a terminal.
    bar: Option<ProgressBar>,
    throttle: StepThrottle,
    began: Instant,
    last_round: Option<RoundProgress>,
}

impl Report {
    /// Lines of JSON, or words.
    pub fn new(json: bool) -> Self {
        let bar = (!json && std::io::stderr().is_terminal()).then(|| ProgressBar::new(0).with_style(style()));
        let every_ms = if bar.is_some() { STEPS_ON_A_TERMINAL_EVERY_MS } else { STEPS_EVERY_MS };
        Self { json, bar, throttle: StepThrottle::new(every_ms), began: Instant::now(), last_round: None }
    }

    /// Something happened.
    pub fn event(&mut self, event: Event) {
        let now_ms = self.began.elapsed().as_secs_f64() * 1000.0;
        for (event, _) in self.throttle.take(event, now_ms) {
            if self.json {
                json_line(&event);
            } else {
                self.show(&event);
            }
        }
    }

    /// Something a person should know.
    pub fn say(&self, message: &str) {
        if self.json {
            json_line(&serde_json::json!({ "kind": "notice", "message": message }));
        } else {
            self.line(message);
        }
    }

    /// The result of a command: a line of JSON with this kind, or words.
    pub fn result(&self, kind: &str, value: &impl Serialize, words: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.json {
            return self.line(words);
        }
        let mut line = serde_json::json!({ "kind": kind });
        if let (Some(line), Ok(serde_json::Value::Object(fields))) = (line.as_object_mut(), serde_json::to_value(value))
        {
            line.extend(fields);
        }
        json_line(&line);
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Step { step, steps, round, loss, .. } => {
                let Some(bar) = &self.bar else { return };
                bar.set_length(*steps);
                bar.set_position(*step);
                let what =
                    if *round > 0 { format!("round {round}, loss {loss:.3}") } else { format!("loss {loss:.3}") };
                bar.set_message(what);
            }
            Event::Assessed { done, total } => {
                if let Some(bar) = &self.bar {
                    bar.set_length(*total as u64);
                    bar.set_position(*done as u64);
                }
            }
            Event::Scores { round: round @ 1.., scores, .. } => {
                self.line(&format!("round {round}: {}", in_words(scores)));
            }
            Event::Scores { epoch, scores, .. } => self.line(&format!("pass {epoch}: {}", in_words(scores))),
            Event::Round(progress) => self.round(*progress),
            Event::Replaced { reason } => self.line(&format!("a new model begins: {reason}; the one before is kept")),
            Event::Notice { message } => self.line(message),
            Event::Models { .. } | Event::Learning { .. } | Event::Learned { .. } => (),
        }
    }

    /// Says each phase of a round once.
    fn round(&mut self, progress: RoundProgress) {
        let RoundProgress { phase, round, rounds, present, min_sites, received, .. } = progress;
        let same = |before: &RoundProgress| (before.phase, before.round) == (phase, round);
        if self.last_round.as_ref().is_some_and(same) {
            return;
        }
        self.last_round = Some(progress);
        let at = format!("round {round} of {rounds}");
        let words = match phase {
            RoundPhase::Enrolling => "joining the federation".to_owned(),
            RoundPhase::Waiting => format!("waiting for sites: {present} of {min_sites} are present"),
            RoundPhase::Paused => "the operator has paused the federation".to_owned(),
            RoundPhase::Downloading => format!("{at}: fetching the shared module"),
            RoundPhase::Training => format!("{at}: training"),
            RoundPhase::Uploading => format!("{at}: sending the update"),
            RoundPhase::WaitingForMerge => format!("{at}: sent; the round has {received} updates"),
            RoundPhase::Merged => format!("{at}: the merged shared module is in the model"),
            RoundPhase::Finishing => "all rounds are done; training on alone".to_owned(),
            RoundPhase::Comparing => "training a model alone, to compare".to_owned(),
            RoundPhase::Finished => "finished".to_owned(),
        };
        self.line(&words);
    }

    fn line(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| to_standard_error(words)),
            None => to_standard_error(words),
        }
    }
}

/// Why a command failed.
pub fn failed(failure: &Failure, json: bool) {
    if json {
        let (message, status) = (failure.message(), failure.status());
        json_line(&serde_json::json!({ "kind": "error", "status": status, "message": message }));
    } else {
        to_standard_error(&format!("error: {}", failure.message()));
    }
}

/// Scores in a line.
pub fn in_words(scores: &Scores) -> String {
    let percent = |share: f64| 100.0 * share;
    let strict = &scores.strict;
    let (f1, precision, recall) = (percent(strict.f1), percent(strict.precision), percent(strict.recall));
    let interval = scores.f1_interval.as_ref();
    let interval = interval.map_or_else(String::new, |i| format!(" ({:.1} to {:.1})", percent(i.low), percent(i.high)));
    format!("F1 {f1:.1} %{interval}, precision {precision:.1} %, recall {recall:.1} %")
}

/// Nobody is helped by a program that ends because its reader has.
pub fn json_line(value: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(value) {
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn to_standard_error(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}

fn style() -> ProgressStyle {
    let bar = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}");
    bar.unwrap_or_else(|_| ProgressStyle::default_bar())
}
