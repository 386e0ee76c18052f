//! Blocks of text during parsing: plain text in which every span knows its position in the file.

use super::{BlockKind, lines::Lines};

/// A block before it is put into a passage.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) kind: BlockKind,
    /// Index into the article's sections.
    pub(super) section: usize,
    /// Blocks of one list or table share a number; 0 for the others.
    pub(super) group: u32,
    pub(super) text: String,
    /// Byte of `text` → byte of the file, for the beginning of each stretch.
    marks: Vec<(usize, usize)>,
    /// Byte of the file behind the last stretch.
    end: usize,
}

impl Draft {
    pub(super) fn new(kind: BlockKind, section: usize, group: u32) -> Self {
        Self {
            kind,
            section,
            group,
            text: String::new(),
            marks: Vec::new(),
            end: 0,
        }
    }

    /// Adds a stretch that stands between two bytes of the file.
    pub(super) fn push(&mut self, text: &str, at: usize, end: usize) {
        if !text.is_empty() {
            self.marks.push((self.text.len(), at));
            self.text.push_str(text);
            self.end = end;
        }
    }

    /// Adds the text of another draft.
    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.text.len();
        self.marks
            .extend(other.marks.iter().map(|&(byte, at)| (byte + shift, at)));
        self.text.push_str(&other.text);
        self.end = self.end.max(other.end);
    }

    /// Adds text that stands nowhere, such as a space between cells.
    pub(super) fn glue(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Without the white space around it; code keeps its indentation.
    pub(super) fn trimmed(self) -> Self {
        let blank = |c: char| c.is_whitespace();
        let text = match self.kind {
            BlockKind::Code => {
                let text = self.text.trim_end_matches(blank);
                let first_line = text.len() - text.trim_start_matches(blank).len();
                &text[text[..first_line].rfind('\n').map_or(0, |feed| feed + 1)..]
            }
            _ => self.text.trim_matches(blank),
        };
        let start = text.as_ptr() as usize - self.text.as_ptr() as usize;
        self.part(start, start + text.len())
    }

    /// The part between two bytes of its text.
    pub(super) fn part(&self, start: usize, end: usize) -> Self {
        let mut marks = vec![(0, self.file_byte(start))];
        let index = |byte: usize| self.marks.partition_point(|&(start, _)| start < byte);
        let within = index(start + 1)..index(end).max(index(start + 1));
        marks.extend(
            self.marks[within]
                .iter()
                .map(|&(byte, at)| (byte - start, at)),
        );
        let behind = if end >= self.text.len() {
            self.end
        } else {
            self.file_byte(end.saturating_sub(1)) + 1
        };
        Self {
            text: self.text[start..end].to_owned(),
            marks,
            end: behind,
            ..*self
        }
    }

    /// First and last line in the file.
    pub(super) fn lines(&self, lines: &Lines<'_>) -> [u32; 2] {
        let first = lines.line(self.marks.first().map_or(0, |&(_, at)| at));
        [first, lines.line(self.end.saturating_sub(1)).max(first)]
    }

    /// Byte of the file that a byte of the text stands at.
    fn file_byte(&self, byte: usize) -> usize {
        let mark = self
            .marks
            .partition_point(|&(start, _)| start <= byte)
            .saturating_sub(1);
        let Some(&(start, at)) = self.marks.get(mark) else {
            return self.end;
        };
        let next = self
            .marks
            .get(mark + 1)
            .map_or(self.end, |&(_, at)| at.max(1));
        (at + byte.saturating_sub(start)).min(next.saturating_sub(1).max(at))
    }
}

/// Whether a line break between two texts is a space: not between Chinese characters.
pub(super) fn needs_space(before: &str, behind: &str) -> bool {
    let wide = |c: Option<char>| {
        c.is_some_and(|c| {
            ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c)
        })
    };
    let last = before.chars().next_back();
    last.is_some_and(|c| !c.is_whitespace()) && !(wide(last) && wide(behind.chars().next()))
}
