//! A table for spreadsheets (RFC 4180). Pure.

use std::fmt::Display;

use super::{Cells, Table};

impl Table {
    /// A header line, then a line per row. Text that a spreadsheet would interpret as a formula is prefixed with an apostrophe.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| cell_of(cell)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        };
        line(self.0.iter().map(|column| column.name.clone()).collect());
        let rows = self.0.first().map_or(0, |column| column.cells.len());
        for row in 0..rows {
            let cells = self.0.iter().map(|column| column.cells.written(row));
            line(cells.collect());
        }
        out
    }
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Count(cells) => cells.len(),
            Self::Fraction(cells) => cells.len(),
            Self::Truth(cells) => cells.len(),
            Self::Day(cells) => cells.len(),
            Self::Time(cells) => cells.len(),
        }
    }

    /// The cell of that row; None if it is empty.
    fn written(&self, row: usize) -> String {
        fn some(value: Option<impl Display>) -> String {
            value.map_or_else(String::new, |value| value.to_string())
        }
        match self {
            Self::Text(cells) => some(cells[row].as_ref()),
            Self::Count(cells) => some(cells[row]),
            Self::Fraction(cells) => some(cells[row]),
            Self::Truth(cells) => some(cells[row]),
            Self::Day(cells) => some(cells[row]),
            Self::Time(cells) => some(cells[row].map(|at| at.to_rfc3339())),
        }
    }
}

/// A cell: quoted if necessary, and never a formula.
fn cell_of(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let guarded = if !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let check = |text: &str, expected: &str| assert_eq!(cell_of(text), expected);
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"hi\"\nnow", "\"say \"\"hi\"\"\nnow\"");
        check("=HYPERLINK(1)", "'=HYPERLINK(1)");
        check("-1.5", "-1.5");
        check("+49", "+49");
        check("@sum", "'@sum");
    }
}
