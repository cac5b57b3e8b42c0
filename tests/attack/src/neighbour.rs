//! A neighbour's update by subtraction: a site knows two versions, the server's rate and its own update.

use crate::observation::{Site, mean};

/// Server's rate of its plain step.
const RATE: f32 = 2.0;

/// How far off the attacker's guess of the others' updates is, relative to the update it is nearest to: 0 is exact.
pub fn relative_error(before: &[f32], sites: &[&Site]) -> f64 {
    let Some((own, others)) = sites.split_first() else { return 1.0 };
    let after: Vec<f32> = before.iter().zip(mean(sites)).map(|(before, mean)| before - RATE * mean).collect();
    let guess: Vec<f32> = before
        .iter()
        .zip(&after)
        .zip(&own.update)
        .map(|((before, after), own)| {
            let sum = (before - after) / RATE * sites.len() as f32 - own;
            sum / others.len() as f32
        })
        .collect();
    let error = |other: &&Site| distance(&guess, &other.update) / distance(&other.update, &vec![0.0; guess.len()]);
    others.iter().map(error).fold(f64::INFINITY, f64::min)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}
