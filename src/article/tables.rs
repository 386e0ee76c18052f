//! Tables: rows that can be read without the rows above them.

use super::blocks::Draft;

/// A table being read.
#[derive(Default)]
pub(super) struct Table {
    head: Vec<Draft>,
    row: Vec<Draft>,
    rows: usize,
}

impl Table {
    pub(super) fn cell(&mut self, cell: Draft) {
        self.row.push(cell);
    }

    pub(super) fn end_head(&mut self) {
        self.head = std::mem::take(&mut self.row);
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
            if let Some(head) = self.head.get(column).filter(|head| !head.text.is_empty()) {
                block.glue(&head.text);
                block.glue(": ");
            }
            block.append(&cell);
        }
        block
    }

    /// The header as a row of its own, if there was no other row.
    pub(super) fn end(mut self, block: Draft) -> Option<Draft> {
        self.row = std::mem::take(&mut self.head);
        (self.rows == 0).then(|| self.end_row(block))
    }
}
