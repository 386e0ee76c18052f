//! Reads stored 4-bit blocks: as the operands of ONNX Runtime's block-quantised operators, and as plain numbers. Nothing
//! is rounded: nibbles are rearranged, and 16-bit float scales are widened to 32 bits.

use super::source::{BLOCK, BLOCK_BYTES};

/// Unsigned 4-bit weights with a scale for each block; a weight is `scale * (nibble - 8)`.
pub(super) struct Nibbles {
    /// Two weights a byte, the even one in the low half; `BLOCK / 2` bytes a block.
    pub(super) packed: Vec<u8>,
    /// One little-endian 32-bit float for each block.
    pub(super) scales: Vec<u8>,
}

/// Reorders whole blocks; a rest shorter than a block is left out (the caller has checked the length).
pub(super) fn reorder(blocks: &[u8]) -> Nibbles {
    let count = blocks.len() / BLOCK_BYTES;
    let mut packed = Vec::with_capacity(count * BLOCK / 2);
    let mut scales = Vec::with_capacity(count * size_of::<f32>());
    for block in blocks.chunks_exact(BLOCK_BYTES) {
        let (scale, nibbles) = block.split_at(2);
        let bits = u16::from_le_bytes([scale[0], scale[1]]);
        scales.extend(widen(bits).to_le_bytes());
        // Stored: byte j holds weight j low and weight j + 16 high. Wanted: byte i holds weights 2i and 2i + 1.
        packed.extend(
            nibbles
                .chunks_exact(2)
                .map(|two| two[0] & 0x0f | two[1] << 4),
        );
        packed.extend(
            nibbles
                .chunks_exact(2)
                .map(|two| two[0] >> 4 | two[1] & 0xf0),
        );
    }
    Nibbles { packed, scales }
}

impl Nibbles {
    /// The same weights as signed nibbles (`scale * nibble`), for operators whose zero point is zero: subtracting 8 in
    /// four bits flips the top bit.
    pub(super) fn into_signed(mut self) -> Self {
        for byte in &mut self.packed {
            *byte ^= 0x88;
        }
        self
    }
}

/// The weights themselves, in their order.
pub(super) fn plain(blocks: &[u8]) -> Vec<f32> {
    let Nibbles { packed, scales } = reorder(blocks);
    let halves = packed.iter().flat_map(|byte| [byte & 0x0f, byte >> 4]);
    let scales = scales.as_chunks::<4>().0.iter();
    let scales = scales.flat_map(|bytes| [f32::from_le_bytes(*bytes); BLOCK]);
    halves
        .zip(scales)
        .map(|(nibble, scale)| scale * (f32::from(nibble) - 8.0))
        .collect()
}

/// A 16-bit float (IEEE 754 binary16) as a 32-bit one, exactly.
fn widen(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff) / 1024.0;
    let size = match exponent {
        0 => fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of a stored block one at a time, as `deq_row` in the wheel's `e5.c` reads them.
    fn nibbles(block: &[u8]) -> Vec<i8> {
        let nibble = |i: usize| match i {
            0..16 => block[2 + i] & 0x0f,
            _ => block[2 + i - 16] >> 4,
        };
        (0..BLOCK).map(|i| nibble(i) as i8 - 8).collect()
    }

    fn noise(blocks: usize) -> Vec<u8> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..blocks * BLOCK_BYTES).map(next).collect()
    }

    #[test]
    fn reorder_agrees_with_reading_weight_by_weight() {
        let stored = noise(50);
        let nibbles = reorder(&stored);
        assert_eq!(nibbles.scales.len(), 50 * 4);
        let expected: Vec<i8> = stored
            .chunks_exact(BLOCK_BYTES)
            .flat_map(self::nibbles)
            .collect();
        let halves = nibbles.packed.iter().flat_map(|b| [b & 0x0f, b >> 4]);
        let found: Vec<i8> = halves.map(|nibble| nibble as i8 - 8).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn signed_nibbles_are_the_same_weights() {
        let stored = noise(3);
        let expected: Vec<i8> = stored.chunks_exact(BLOCK_BYTES).flat_map(nibbles).collect();
        let signed = reorder(&stored).into_signed();
        let halves = signed.packed.iter().flat_map(|b| [b & 0x0f, b >> 4]);
        let found: Vec<i8> = halves.map(|nibble| (nibble << 4) as i8 >> 4).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn half_floats_widen_exactly() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 2f32.powi(-24)),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x8000, 0.0),
        ];
        for (bits, expected) in cases {
            assert_eq!(widen(bits), expected, "{bits:#06x}");
        }
        assert!(widen(0x7c00).is_infinite() && widen(0x7e00).is_nan());
    }
}
