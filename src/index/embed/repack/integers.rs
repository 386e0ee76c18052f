//! Quantises weights to 8-bit integers for matrix multiplication, which processors compute fastest.
//!
//! The other operand, the activations, gets one scale for all of its columns at run time. A few columns with large values
//! would leave the others too few levels, so each column is first divided by the largest value expected in it, and its
//! weights are multiplied by that ([SmoothQuant](https://arxiv.org/abs/2211.10438) with all of the difficulty moved to
//! the weights). The expected values follow from the preceding weights; no calibration texts are needed.

/// Largest weight. Seven bits and not eight: without its newest instructions an x86 processor adds two products in 16
/// bits, and more would overflow there.
const LARGEST: f32 = 64.0;

/// Standard deviations that a value is expected to reach.
const REACH: f32 = 4.0;

/// Least that is expected: nothing is divided by less.
const LEAST: f32 = 1e-3;

/// Least that is expected behind a GELU: it lets what is below nothing through to -0.17.
const LEAST_BENT: f32 = 0.2;

/// A matrix of integers, `inputs` × `outputs`, with a scale for each output.
pub(super) struct Integers {
    /// Signed bytes.
    pub(super) bytes: Vec<u8>,
    /// Little-endian floats.
    pub(super) scales: Vec<u8>,
}

/// Rounds weights, `outputs` × `inputs`, whose inputs come divided by `ranges`.
pub(super) fn rounded(weights: &[f32], ranges: Option<&[f32]>, inputs: usize) -> Integers {
    let outputs = weights.len() / inputs;
    let mut bytes = vec![0; weights.len()];
    let mut scales = Vec::with_capacity(outputs * size_of::<f32>());
    for (output, row) in weights.chunks_exact(inputs).enumerate() {
        let range = |input: usize| ranges.map_or(1.0, |ranges| ranges[input]);
        let levelled = || {
            (0..)
                .zip(row)
                .map(|(input, weight)| (input, weight * range(input)))
        };
        let largest = levelled().fold(0.0, |most: f32, (_, weight)| most.max(weight.abs()));
        let scale = largest.max(f32::MIN_POSITIVE) / LARGEST;
        scales.extend(scale.to_le_bytes());
        for (input, weight) in levelled() {
            bytes[input * outputs + output] = ((weight / scale).round() as i8).cast_unsigned();
        }
    }
    Integers { bytes, scales }
}

/// What to expect behind a normalisation to mean zero and variance one, with its weight and bias.
pub(super) fn after_norm(weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let parts = weight.iter().zip(bias);
    parts
        .map(|(weight, bias)| (bias.abs() + REACH * weight.abs()).max(LEAST))
        .collect()
}

/// What to expect behind a projection of such values (`weights`: outputs × inputs, with `biases`) and a GELU.
pub(super) fn after_gelu(
    weights: &[f32],
    biases: &[f32],
    norm_weight: &[f32],
    norm_bias: &[f32],
) -> Vec<f32> {
    let rows = weights.chunks_exact(norm_weight.len()).zip(biases);
    rows.map(|(row, bias)| {
        let mean: f32 = row.iter().zip(norm_bias).map(|(w, b)| w * b).sum();
        let variance: f32 = row
            .iter()
            .zip(norm_weight)
            .map(|(w, g)| (w * g).powi(2))
            .sum();
        (bias + mean + REACH * variance.sqrt()).max(LEAST_BENT)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levelled_products_are_the_products() {
        let weights: Vec<f32> = (0..24).map(|n| (n as f32 * 0.7).sin()).collect();
        let inputs = [0.5, -30.0, 0.2, 4.0, -0.1, 0.9];
        let ranges = [1.0, 40.0, 1.0, 5.0, 1.0, 1.0];
        let exact: Vec<f32> = weights
            .chunks_exact(6)
            .map(|row| row.iter().zip(&inputs).map(|(w, x)| w * x).sum())
            .collect();
        let Integers { bytes, scales } = rounded(&weights, Some(&ranges), 6);
        for (output, exact) in exact.iter().enumerate() {
            let bytes = |input: usize| f32::from(bytes[input * 4 + output].cast_signed());
            let sum: f32 = (0..6).map(|at| inputs[at] / ranges[at] * bytes(at)).sum();
            let scale = scales[output * 4..][..4].try_into().map(f32::from_le_bytes);
            let found = sum * scale.unwrap();
            assert!(
                (found - exact).abs() < 0.01 * exact.abs().max(10.0),
                "{found} {exact}"
            );
        }
    }

    #[test]
    fn nothing_reaches_beyond_seven_bits() {
        let found = rounded(&[1e9, -1e9, 0.0, 0.0], None, 2);
        let bytes: Vec<i8> = found.bytes.iter().map(|byte| byte.cast_signed()).collect();
        assert_eq!(bytes, [64, 0, -64, 0]);
    }

    #[test]
    fn what_is_expected_follows_from_the_weights_before() {
        assert_eq!(after_norm(&[2.0, 0.0], &[-1.0, 0.0]), [9.0, LEAST]);
        let bent = after_gelu(
            &[1.0, 1.0, -1.0, 0.0],
            &[0.5, -9.0],
            &[3.0, 4.0],
            &[1.0, 2.0],
        );
        assert_eq!(bent, [0.5 + 3.0 + 4.0 * 5.0, -9.0 - 1.0 + 4.0 * 3.0]);
    }
}
