//! Lines of a file.

use super::findings::Position;

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Byte offsets.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let behind_feeds = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(behind_feeds).collect(),
        }
    }

    /// Line of a byte, 1-based.
    pub(super) fn line(&self, byte: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX)
    }

    /// Line and column of a byte.
    pub(super) fn place(&self, byte: usize) -> Position {
        let line = self.line(byte);
        let start = self.starts[line as usize - 1];
        let column = self
            .text
            .get(start..byte)
            .map_or(0, |before| before.chars().count())
            + 1;
        Position {
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// Line and column of a byte at or behind another one whose place is known; fast on endless lines.
    pub(super) fn place_behind(
        &self,
        (known_at, known): (usize, Position),
        byte: usize,
    ) -> Position {
        if self.line(byte) != known.line || byte < known_at {
            return self.place(byte);
        }
        let between = self
            .text
            .get(known_at..byte)
            .map_or(0, |text| text.chars().count());
        let column = known
            .column
            .saturating_add(u32::try_from(between).unwrap_or(u32::MAX));
        Position { column, ..known }
    }

    /// The last line with something on it; 1 for an empty text.
    pub(super) fn last(&self) -> u32 {
        self.line(self.text.trim_end().len().saturating_sub(1))
    }

    /// `line`, or the nearest one above it, not above `first`, that is not blank.
    pub(super) fn written(&self, first: u32, mut line: u32) -> u32 {
        while line > first && self.is_blank(line) {
            line -= 1;
        }
        line
    }

    fn is_blank(&self, line: u32) -> bool {
        let start = self.starts[line as usize - 1];
        let end = self
            .starts
            .get(line as usize)
            .copied()
            .unwrap_or(self.text.len());
        self.text[start..end].trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_one_based() {
        let lines = Lines::of("ab\n解约\r\n\n");
        assert_eq!(
            (lines.line(0), lines.line(2), lines.line(3), lines.last()),
            (1, 1, 2, 2)
        );
        assert_eq!(lines.place(6), Position { line: 2, column: 2 });
        assert_eq!(
            lines.place_behind((3, Position { line: 2, column: 1 }), 6),
            Position { line: 2, column: 2 }
        );
        assert_eq!(
            lines.place_behind((0, Position::TOP), 3),
            Position { line: 2, column: 1 }
        );
        assert_eq!(lines.written(1, 3), 2);
        assert_eq!(Lines::of("").last(), 1);
    }
}
