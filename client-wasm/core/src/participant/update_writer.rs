//! Encodes the change of the shared module as an update.

use fedner_protocol::{
    CodecError, Int8Update, Manifest, TopKUpdate, UpdateCodec, UpdateHeader, encode_int8_update, encode_top_k_update,
    encode_update,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Encodes a site's updates. What the encoding of one update leaves out is added to the next one (error feedback, Seide
/// et al. 2014). It is lost when the tab is closed: rounded values then lose nothing on average, as they are rounded up
/// as often as down; top-k updates lose the small changes of one round.
#[derive(Default)]
pub(super) struct UpdateWriter {
    /// Empty before the first lossy update, then `[parameters]` of the shared module.
    left_out: Vec<f32>,
}

impl UpdateWriter {
    /// The update's bytes. The same seed, header and change give the same ones.
    ///
    /// # Errors
    /// When a value is not finite, or their number is not the manifest's.
    pub fn write(
        &mut self,
        codec: UpdateCodec,
        manifest: &Manifest,
        header: &UpdateHeader,
        mut change: Vec<f32>,
        seed: u64,
    ) -> Result<Vec<u8>, CodecError> {
        if codec == UpdateCodec::F32 {
            return encode_update(manifest, header, &change);
        }
        change.iter_mut().zip(&self.left_out).for_each(|(value, left_out)| *value += left_out);
        let (bytes, sent) = if let UpdateCodec::TopK { percent } = codec {
            let chosen = TopKUpdate::of(manifest, &change, percent)?;
            (encode_top_k_update(manifest, header, &chosen)?, chosen.values(manifest))
        } else {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(u64::from(header.round));
            let rounded = Int8Update::of(manifest, &change, &mut rng)?;
            (encode_int8_update(manifest, header, &rounded)?, rounded.values(manifest))
        };
        change.iter_mut().zip(sent).for_each(|(value, sent)| *value -= sent);
        self.left_out = change;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use fedner_protocol::{Digest, ModelSpec, decode_update};

    use super::*;

    fn header(manifest: &Manifest, round: u32) -> UpdateHeader {
        let federation = "demo".parse().unwrap();
        let base_model = Some(Digest::of(b"the base"));
        UpdateHeader {
            federation,
            round,
            base_version: round - 1,
            base_model,
            samples: 3,
            manifest: manifest.digest.clone(),
        }
    }

    #[test]
    fn what_rounding_leaves_out_comes_with_the_next_update() {
        let manifest = Manifest::of(&ModelSpec::small());
        // Far less than a level of a row whose largest value is 1.
        let change: Vec<f32> = (0..manifest.parameters()).map(|i| if i % 16 == 0 { 1.0 } else { 1e-4 }).collect();
        let mut writer = UpdateWriter::default();
        let mut sums = vec![0.0f64; change.len()];
        const ROUNDS: u32 = 60;
        for round in 1..=ROUNDS {
            let header = header(&manifest, round);
            let bytes = writer.write(UpdateCodec::Int8, &manifest, &header, change.clone(), 9).unwrap();
            let (_, sent) = decode_update(&manifest, &bytes).unwrap();
            sums.iter_mut().zip(sent).for_each(|(sum, value)| *sum += f64::from(value));
        }
        for (sum, value) in sums.iter().zip(&change) {
            // One level at most is still to come, however many rounds there were.
            let exact = f64::from(*value) * f64::from(ROUNDS);
            assert!((sum - exact).abs() < 1.1 / 127.0, "{sum} instead of {exact}");
        }
    }

    #[test]
    fn what_is_not_among_the_largest_comes_later() {
        let manifest = Manifest::of(&ModelSpec::small());
        let change: Vec<f32> = (0..manifest.parameters()).map(|i| 1.0 + (i % 7) as f32).collect();
        let mut writer = UpdateWriter::default();
        let mut sums = vec![0.0f64; change.len()];
        const ROUNDS: u32 = 60;
        for round in 1..=ROUNDS {
            let header = header(&manifest, round);
            let codec = UpdateCodec::TopK { percent: 10 };
            let bytes = writer.write(codec, &manifest, &header, change.clone(), 9).unwrap();
            let (_, sent) = decode_update(&manifest, &bytes).unwrap();
            sums.iter_mut().zip(sent).for_each(|(sum, value)| *sum += f64::from(value));
        }
        for ((sum, value), left_out) in sums.iter().zip(&change).zip(&writer.left_out) {
            let exact = f64::from(*value) * f64::from(ROUNDS);
            assert!((sum + f64::from(*left_out) - exact).abs() < 1e-3, "{sum} and {left_out} instead of {exact}");
            assert!(*sum > 0.0, "a small change never came");
        }
    }

    #[test]
    fn plain_updates_are_written_as_they_are() {
        let manifest = Manifest::of(&ModelSpec::small());
        let change = manifest.draw(4);
        let (mut writer, header) = (UpdateWriter::default(), header(&manifest, 1));
        let bytes = writer.write(UpdateCodec::F32, &manifest, &header, change.clone(), 9).unwrap();
        assert_eq!(bytes, encode_update(&manifest, &header, &change).unwrap());
        let rounded = writer.write(UpdateCodec::Int8, &manifest, &header, change.clone(), 9).unwrap();
        assert!(rounded.len() * 3 < bytes.len());
        let again = UpdateWriter::default().write(UpdateCodec::Int8, &manifest, &header, change, 9).unwrap();
        assert_eq!(again, rounded, "the same change gives the same bytes");
    }
}
