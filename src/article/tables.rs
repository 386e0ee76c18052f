//! Tables: rows that can be read without the rows above them.

use super::blocks::Draft;

/// Longest header before a cell, in characters; the rest of it is left out there.
pub(super) const MAX_HEAD: usize = 80;

/// Most characters of the headers before a row's cells: beyond that rows go without, since each repeats them.
pub(super) const MAX_HEADS: usize = 300;

/// A table being read.
#[derive(Default)]
pub(super) struct Table {
    head: Vec<Draft>,
    /// What is said of the headers before the cells of each row.
    labels: Vec<String>,
    row: Vec<Draft>,
    rows: usize,
}

impl Table {
    pub(super) fn cell(&mut self, cell: Draft) {
        self.row.push(cell);
    }

    /// Ends the header; whether all of it stands before the cells of each row.
    pub(super) fn end_head(&mut self) -> bool {
        self.head = std::mem::take(&mut self.row);
        let cut = |head: &Draft| head.text.chars().take(MAX_HEAD).collect::<String>();
        self.labels = self.head.iter().map(cut).collect();
        let length: usize = self.labels.iter().map(|label| label.chars().count()).sum();
        if length > MAX_HEADS {
            self.labels.clear();
            return false;
        }
        let mut pairs = self.head.iter().zip(&self.labels);
        pairs.all(|(head, label)| head.text.len() == label.len())
    }

    /// Writes the row into `block`: `Header: cell; Header: cell`. Empty cells are left out.
    pub(super) fn end_row(&mut self, mut block: Draft) -> Draft {
        self.rows += 1;
        for (column, cell) in self
            .row
            .drain(..)
            .enumerate()
            .filter(|(_, cell)| !cell.text.is_empty())
        {
            if !block.text.is_empty() {
                block.glue("; ");
            }
            if let Some(label) = self.labels.get(column).filter(|label| !label.is_empty()) {
                block.glue(label);
                block.glue(": ");
            }
            block.append(&cell);
        }
        block
    }

    /// The header as a row of its own, if there was no other row.
    pub(super) fn end(mut self, block: Draft) -> Option<Draft> {
        self.row = std::mem::take(&mut self.head);
        self.labels.clear();
        (self.rows == 0).then(|| self.end_row(block))
    }
}
