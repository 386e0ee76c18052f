//! Utterances whose partials arrive in pieces: the pieces are joined in order of time.

use super::{TranscriptUpdate, recent::Recent};
use crate::text::{row, tail};

/// Utterances at once: each speaker has one under way.
const UTTERANCES: usize = 8;

/// Pieces of an utterance: past that the oldest go, the end counts most.
const PIECES: usize = 32;

/// Characters of a piece that are kept, its end.
pub(super) const PIECE_CHARS: usize = 1_000;

/// The pieces of utterances that are not final.
#[derive(Debug)]
pub(super) struct PartialAssembler(Recent<Vec<Piece>>);

#[derive(Debug)]
struct Piece {
    name: String,
    text: String,
    begin_ms: Option<u64>,
    end_ms: Option<u64>,
}

impl Default for PartialAssembler {
    fn default() -> Self {
        Self(Recent::new(UTTERANCES))
    }
}

impl PartialAssembler {
    /// What is heard of an utterance with one more piece; one of the same name replaces the former.
    pub(super) fn join(
        &mut self,
        utterance: &str,
        name: &str,
        mut said: TranscriptUpdate,
    ) -> TranscriptUpdate {
        let mut pieces = self.0.take(utterance).unwrap_or_default();
        let piece = Piece {
            name: name.to_owned(),
            text: tail(&said.text, PIECE_CHARS).to_owned(),
            begin_ms: said.begin_ms,
            end_ms: said.end_ms,
        };
        match pieces.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = piece,
            None => pieces.push(piece),
        }
        // Stable: pieces without a time stay as they came.
        pieces.sort_by_key(|piece| piece.begin_ms);
        if pieces.len() > PIECES {
            pieces.remove(0);
        }
        said.text = row(pieces.iter().map(|piece| piece.text.as_str()));
        said.begin_ms = pieces.iter().find_map(|piece| piece.begin_ms);
        said.end_ms = pieces.iter().filter_map(|piece| piece.end_ms).max();
        self.0.put(utterance, pieces);
        said
    }

    /// An utterance is final: its pieces count no longer.
    pub(super) fn forget(&mut self, utterance: &str) {
        self.0.take(utterance);
    }
}
