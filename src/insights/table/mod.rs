//! A report as a table: the common source of CSV and Parquet, so that they cannot differ. Pure.
//!
//! Owns columns and their types. Leaves to `reports` which columns a report has.

mod csv;
mod parquet;
mod reports;
#[cfg(test)]
mod tests;

pub use self::parquet::NotWritten;
pub use reports::{articles, demand, gaps, summary};

use chrono::{DateTime, NaiveDate, Utc};

/// Columns of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table(Vec<Column>);

#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: String,
    cells: Cells,
}

/// The cells of a column, some of them empty.
#[derive(Debug, Clone, PartialEq)]
enum Cells {
    Text(Vec<Option<String>>),
    Count(Vec<Option<u64>>),
    Fraction(Vec<Option<f64>>),
    Truth(Vec<Option<bool>>),
    Day(Vec<Option<NaiveDate>>),
    Time(Vec<Option<DateTime<Utc>>>),
}

/// The rows of a table: a column is built from a function of the row.
struct Rows<'a, R>(&'a [R]);

impl<R> Rows<'_, R> {
    fn text<C: Into<Option<String>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Text)
    }

    fn count<C: Into<Option<u64>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Count)
    }

    fn fraction<C: Into<Option<f64>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Fraction)
    }

    fn truth<C: Into<Option<bool>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Truth)
    }

    fn day<C: Into<Option<NaiveDate>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Day)
    }

    fn time<C: Into<Option<DateTime<Utc>>>>(&self, name: &str, cell: impl Fn(&R) -> C) -> Column {
        self.column(name, cell, Cells::Time)
    }

    fn column<T, C: Into<Option<T>>>(
        &self,
        name: &str,
        cell: impl Fn(&R) -> C,
        cells: impl Fn(Vec<Option<T>>) -> Cells,
    ) -> Column {
        Column {
            name: name.to_owned(),
            cells: cells(self.0.iter().map(cell).map(Into::into).collect()),
        }
    }
}
