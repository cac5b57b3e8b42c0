//! Round trips, and what is refused by name.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

use super::*;
use crate::ModelSpec;

fn header(manifest: &Manifest) -> UpdateHeader {
    let federation = "demo".parse().unwrap();
    let base_model = Some(Digest::of(b"version 2"));
    UpdateHeader { federation, round: 3, base_version: 2, base_model, samples: 17, manifest: manifest.digest.clone() }
}

#[test]
fn models_and_updates_survive_the_round_trip() {
    let manifest = Manifest::of(&ModelSpec::small());
    let values = manifest.draw(7);
    let bytes = encode_model(&manifest, 9, &values).unwrap();
    assert_eq!(decode_model(&manifest, &bytes).unwrap(), (9, values.clone()));
    let bytes = encode_update(&manifest, &header(&manifest), &values).unwrap();
    assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), values));
    assert!(bytes.len() <= manifest.file_bytes_max());
}

#[test]
fn updates_as_bytes_are_read_as_what_the_bytes_stand_for() {
    let manifest = Manifest::of(&ModelSpec::small());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let update = Int8Update::of(&manifest, &manifest.draw(7), &mut rng).unwrap();
    let bytes = encode_int8_update(&manifest, &header(&manifest), &update).unwrap();
    assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), update.values(&manifest)));
    let floats = encode_update(&manifest, &header(&manifest), &manifest.draw(7)).unwrap();
    assert!(bytes.len() * 3 < floats.len(), "{} bytes instead of {}", bytes.len(), floats.len());

    let sick = Int8Update { scales: vec![f32::INFINITY; update.scales.len()], ..update.clone() };
    let bytes = encode_int8_update(&manifest, &header(&manifest), &sick).unwrap();
    assert!(matches!(decode_update(&manifest, &bytes), Err(CodecError::NotFinite { .. })));
    let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
    assert!(matches!(encode_int8_update(&other, &header(&other), &update), Err(CodecError::Length { .. })));
}

#[test]
fn scales_without_their_bytes_and_bytes_without_their_scales_are_refused() {
    let manifest = Manifest::of(&ModelSpec::small());
    let update = Int8Update::of(&manifest, &manifest.draw(7), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let bytes = encode_int8_update(&manifest, &header(&manifest), &update).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let without = |left_out: &str| {
        let views = file.tensors().into_iter().filter(|(name, _)| name != left_out);
        safetensors::serialize(views, metadata.metadata().clone()).unwrap()
    };
    let error = decode_update(&manifest, &without("input.bias.scale")).unwrap_err();
    assert_eq!(error, CodecError::Missing("input.bias.scale".into()));
    let error = decode_update(&manifest, &without("input.bias")).unwrap_err();
    assert_eq!(error, CodecError::Unknown("input.bias.scale".into()));
    // A shared module is never rounded.
    assert!(decode(&manifest, &bytes, Written::AsFloats).map(|(header, _): (UpdateHeader, _)| header).is_err());
}

#[test]
fn the_values_that_count_most_are_read_where_they_belong() {
    let manifest = Manifest::of(&ModelSpec::small());
    let values = manifest.draw(7);
    let update = TopKUpdate::of(&manifest, &values, 10).unwrap();
    let bytes = encode_top_k_update(&manifest, &header(&manifest), &update).unwrap();
    assert_eq!(decode_update(&manifest, &bytes).unwrap(), (header(&manifest), update.values(&manifest)));
    assert!(bytes.len() * 4 < encode_update(&manifest, &header(&manifest), &values).unwrap().len());
    let half = TopKUpdate::of(&manifest, &values, TopKUpdate::PERCENT_MAX).unwrap();
    assert!(encode_top_k_update(&manifest, &header(&manifest), &half).unwrap().len() <= manifest.file_bytes_max());
    let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
    assert!(matches!(encode_top_k_update(&other, &header(&other), &update), Err(CodecError::Length { .. })));
}

#[test]
fn places_that_are_none_are_refused() {
    let manifest = Manifest::of(&ModelSpec::small());
    let update = TopKUpdate::of(&manifest, &manifest.draw(7), 10).unwrap();
    let bytes = encode_top_k_update(&manifest, &header(&manifest), &update).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let elements = manifest.tensors[0].len() as u32;
    let refusal = |places: &[u32], more: Option<(String, Vec<u8>)>| {
        let places: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
        let values = vec![0; places.len()];
        let mut tensors = Vec::new();
        for (name, view) in file.tensors() {
            let (shape, data) = match name.as_str() {
                "embedding.weight.index" => (vec![places.len() / 4], &places[..]),
                "embedding.weight.value" => (vec![places.len() / 4], &values[..]),
                _ => (view.shape().to_vec(), view.data()),
            };
            tensors.push((name, TensorView::new(view.dtype(), shape, data).unwrap()));
        }
        if let Some((name, data)) = &more {
            tensors.push((name.clone(), TensorView::new(Dtype::F32, vec![data.len() / 4], data).unwrap()));
        }
        let bytes = safetensors::serialize(tensors, metadata.metadata().clone()).unwrap();
        decode_update(&manifest, &bytes).err()
    };
    assert_eq!(refusal(&[0, 5, elements - 1], None), None);
    for places in [[5, 5, 6], [5, 4, 6], [5, 6, elements], [5, 6, u32::MAX]] {
        assert!(matches!(refusal(&places, None), Some(CodecError::Place { .. })), "{places:?}");
    }
    let twice = refusal(&[1], Some(("embedding.weight".into(), vec![0; 4])));
    assert!(matches!(twice, Some(CodecError::Unknown(_))), "a tensor is there in one way only: {twice:?}");
}

#[test]
fn what_does_not_fit_is_named() {
    let manifest = Manifest::of(&ModelSpec::small());
    let mut values = manifest.draw(7);
    values[700] = f32::NAN;
    let bytes = encode_model(&manifest, 0, &values).unwrap();
    let error = decode_model(&manifest, &bytes).unwrap_err();
    assert_eq!(error, CodecError::NotFinite { name: "embedding.weight".into(), element: 700 });

    let other = Manifest::of(&ModelSpec { encoder_width: 20, ..ModelSpec::small() });
    let bytes = encode_model(&other, 0, &other.draw(7)).unwrap();
    assert!(matches!(decode_model(&manifest, &bytes), Err(CodecError::Shape { .. })));
    let deeper = Manifest::of(&ModelSpec { encoder_blocks: 2, ..ModelSpec::small() });
    let bytes = encode_model(&deeper, 0, &deeper.draw(7)).unwrap();
    assert!(matches!(decode_model(&manifest, &bytes), Err(CodecError::Unknown(_))));
    let bytes = encode_model(&manifest, 0, &manifest.draw(7)).unwrap();
    assert!(matches!(decode_model(&deeper, &bytes), Err(CodecError::Missing(_))));
    assert!(matches!(decode_update(&manifest, &bytes), Err(CodecError::Header(_))));
    let seeded = Manifest::of(&ModelSpec { hash_seed: 1, ..ModelSpec::small() });
    assert!(matches!(decode_model(&seeded, &bytes), Err(CodecError::Manifest { .. })));
}

proptest! {
    #[test]
    fn damaged_files_are_refused_without_panic(cut in 0usize..4000, flip in 0usize..4000, bit in 0u8..8) {
        let manifest = Manifest::of(&ModelSpec::small());
        let mut bytes = encode_model(&manifest, 1, &manifest.draw(7)).unwrap();
        let at = flip % bytes.len();
        bytes[at] ^= 1 << bit;
        let _ = decode_model(&manifest, &bytes);
        bytes.truncate(cut % bytes.len());
        prop_assert!(decode_model(&manifest, &bytes).is_err());
    }
}
