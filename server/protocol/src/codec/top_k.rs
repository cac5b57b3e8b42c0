//! Updates in a few of their values: those that changed most; the site keeps the others for its next update (error
//! feedback, as in Aji and Heafield 2017).

use super::CodecError;
use crate::{Manifest, values_to_bytes};

/// The values of an update that are largest, and where they belong.
#[derive(Debug, Clone, PartialEq)]
pub struct TopKUpdate {
    parameters: usize,
    /// Places in the manifest's order, rising.
    places: Vec<usize>,
    values: Vec<f32>,
}

/// A tensor's values in an update, as bytes.
pub(super) struct Part<'a> {
    pub name: &'a str,
    pub count: usize,
    pub places: Vec<u8>,
    pub values: Vec<u8>,
}

impl TopKUpdate {
    /// More than this share would take more bytes than all values do.
    pub const PERCENT_MAX: u32 = 50;

    /// Takes so many percent of all values, at least one: those furthest from 0, of equal ones the first.
    ///
    /// # Errors
    /// When a value is not finite or their number is not the manifest's.
    pub fn of(manifest: &Manifest, values: &[f32], percent: u32) -> Result<Self, CodecError> {
        let (found, expected) = (values.len(), manifest.parameters());
        if found != expected {
            return Err(CodecError::Length { found, expected });
        }
        for (tensor, range) in manifest.ranges() {
            if let Some(element) = values[range].iter().position(|v| !v.is_finite()) {
                return Err(CodecError::NotFinite { name: tensor.name.clone(), element });
            }
        }
        let share = percent.min(Self::PERCENT_MAX) as usize;
        let count = (values.len() * share / 100).clamp(1, values.len().max(1));
        let mut places: Vec<usize> = (0..values.len()).collect();
        let larger_first = |a: &usize, b: &usize| values[*b].abs().total_cmp(&values[*a].abs()).then(a.cmp(b));
        if count < places.len() {
            places.select_nth_unstable_by(count, larger_first);
            places.truncate(count);
        }
        places.sort_unstable();
        let values = places.iter().map(|place| values[*place]).collect();
        Ok(Self { parameters: expected, places, values })
    }

    /// All values, 0 where none was taken.
    pub fn values(&self, manifest: &Manifest) -> Vec<f32> {
        let mut all = vec![0.0; manifest.parameters()];
        self.places.iter().zip(&self.values).for_each(|(place, value)| all[*place] = *value);
        all
    }

    /// Each tensor's part.
    ///
    /// # Errors
    /// When the update is one of another manifest.
    pub(super) fn parts<'a>(&self, manifest: &'a Manifest) -> Result<Vec<Part<'a>>, CodecError> {
        let (found, expected) = (self.parameters, manifest.parameters());
        if found != expected {
            return Err(CodecError::Length { found, expected });
        }
        let part = |(tensor, range): (&'a crate::TensorSpec, std::ops::Range<usize>)| {
            let [first, end] = [range.start, range.end].map(|at| self.places.partition_point(|place| *place < at));
            // A manifest of more than 4 billion values is never made.
            let places = self.places[first..end].iter().flat_map(|place| ((place - range.start) as u32).to_le_bytes());
            Part {
                name: &tensor.name,
                count: end - first,
                places: places.collect(),
                values: values_to_bytes(&self.values[first..end]),
            }
        };
        Ok(manifest.ranges().map(part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelSpec;

    #[test]
    fn the_largest_are_taken_and_nothing_else() {
        let manifest = Manifest::of(&ModelSpec::small());
        let values = manifest.draw(3);
        let update = TopKUpdate::of(&manifest, &values, 5).unwrap();
        let taken = update.values(&manifest);
        let count = taken.iter().filter(|value| **value != 0.0).count();
        assert_eq!(count, values.len() / 20);
        let least = taken.iter().filter(|v| **v != 0.0).fold(f32::INFINITY, |least, v| least.min(v.abs()));
        for (taken, value) in taken.iter().zip(&values) {
            assert!(taken == value || (*taken == 0.0 && value.abs() <= least), "{value} for {taken}");
        }
    }

    #[test]
    fn of_equal_values_the_first_are_taken() {
        let manifest = Manifest::of(&ModelSpec::small());
        let ones = vec![1.0; manifest.parameters()];
        let taken = TopKUpdate::of(&manifest, &ones, 1).unwrap().values(&manifest);
        let count = ones.len() / 100;
        assert!(taken[..count].iter().all(|v| *v == 1.0) && taken[count..].iter().all(|v| *v == 0.0));
    }

    #[test]
    fn what_is_no_number_is_not_taken() {
        let manifest = Manifest::of(&ModelSpec::small());
        let mut values = manifest.draw(3);
        assert!(matches!(TopKUpdate::of(&manifest, &values[1..], 5), Err(CodecError::Length { .. })));
        values[17] = f32::NAN;
        let sick = TopKUpdate::of(&manifest, &values, 5).unwrap_err();
        assert_eq!(sick, CodecError::NotFinite { name: "embedding.weight".into(), element: 17 });
    }
}
