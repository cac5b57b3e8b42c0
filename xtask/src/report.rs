//! Steps with a heading and a time each, and the summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What was done so far, and how long it took.
pub struct Report {
    start: Instant,
    done: Vec<(String, Duration)>,
    left_out: Vec<String>,
}

impl Report {
    /// Starts the clock.
    pub fn new() -> Report {
        Report { start: Instant::now(), done: Vec::new(), left_out: Vec::new() }
    }

    /// Does one step; its error names it.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        println!("-- {name}: {} ({})", if result.is_ok() { "done" } else { "failed" }, seconds(time));
        self.done.push((name.to_owned(), time));
        result.with_context(|| format!("{name} failed"))
    }

    /// Says plainly that something was not done.
    pub fn leave_out(&mut self, what: &str) {
        println!("\n== left out: {what}");
        self.left_out.push(what.to_owned());
    }

    /// All steps with their times; the last one failed if `ok` is false.
    pub fn print(&self, ok: bool) {
        println!("\nSummary");
        for (index, (name, time)) in self.done.iter().enumerate() {
            let failed = !ok && index + 1 == self.done.len();
            println!("  {:6} {:>12}  {name}", if failed { "FAILED" } else { "ok" }, seconds(*time));
        }
        for what in &self.left_out {
            println!("  {:6} {:>12}  {what}", "not", "done");
        }
        println!("  {:6} {:>12}  in all", "", seconds(self.start.elapsed()));
    }
}

/// A duration for people.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        s => format!("{} min {:02} s", s / 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(seconds(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(seconds(Duration::from_secs(605)), "10 min 05 s");
    }

    #[test]
    fn a_failed_step_is_named() {
        let error = Report::new().step("formatting", || -> Result<()> { anyhow::bail!("a.rs differs") });
        assert_eq!(format!("{:#}", error.expect_err("it failed")), "formatting failed: a.rs differs");
    }
}
