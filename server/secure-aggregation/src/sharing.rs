//! Shamir's secret sharing (1979) over the scalars of P-256.

use p256::elliptic_curve::PrimeField;
use p256::{FieldBytes, Scalar};
use vsss_rs::{IdentifierPrimeField, PrimeFieldShare, ReadableShareSet, Share, shamir};

use crate::refusal::Refusal;

/// Bytes of a secret: fewer than a scalar's, so that every secret is one.
pub const SECRET_BYTES: usize = 31;
/// Bytes of a share.
pub const SHARE_BYTES: usize = 32;

type Field = PrimeFieldShare<Scalar>;

/// Shares of a secret, for places 1, 2 and so on.
pub fn split(
    secret: &[u8; SECRET_BYTES],
    threshold: usize,
    places: usize,
    rng: &mut chacha20::ChaCha20Rng,
) -> Result<Vec<[u8; SHARE_BYTES]>, Refusal> {
    let mut wide = FieldBytes::default();
    wide[1..].copy_from_slice(secret);
    let failed = |what: &str| Refusal::Internal(format!("sharing a secret: {what}"));
    let secret = Option::<Scalar>::from(Scalar::from_repr(wide)).ok_or_else(|| failed("it is no scalar"))?;
    let shares = shamir::split_secret::<Field>(threshold, places, &IdentifierPrimeField(secret), rng);
    let shares = shares.map_err(|e| failed(&e.to_string()))?;
    Ok(shares.iter().map(|share| share.value().0.to_repr().into()).collect())
}

/// The secret of shares, each with its place; `None` when they are not shares of one.
pub fn combine(shares: &[(usize, [u8; SHARE_BYTES])]) -> Option<[u8; SECRET_BYTES]> {
    let scalar = |bytes: &[u8; SHARE_BYTES]| Option::<Scalar>::from(Scalar::from_repr((*bytes).into()));
    let mut points = Vec::with_capacity(shares.len());
    for (place, value) in shares {
        let place = Scalar::from(*place as u64);
        points
            .push(Field::with_identifier_and_value(IdentifierPrimeField(place), IdentifierPrimeField(scalar(value)?)));
    }
    let secret: FieldBytes = points.combine().ok()?.0.to_repr();
    let (first, rest) = secret.split_first()?;
    (*first == 0).then(|| rest.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn as_many_as_the_threshold_find_the_secret_and_fewer_do_not() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let secret = [0xff; SECRET_BYTES];
        let shares: Vec<_> = (1..).zip(split(&secret, 4, 6, &mut rng).unwrap()).collect();
        assert_eq!(combine(&shares[..4]), Some(secret));
        assert_eq!(combine(&[shares[5], shares[1], shares[3], shares[2]]), Some(secret));
        assert_ne!(combine(&shares[..3]), Some(secret));
    }
}
