//! A table for data warehouses (Apache Parquet, compressed by Snappy). Pure.

use std::sync::Arc;

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::{ParquetError, Result},
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};

use super::{Cells, Column, Table};

/// Why a table was not written: a bug, since it is written to memory only.
#[derive(Debug, thiserror::Error)]
#[error("the table could not be written as Parquet: {0}; report this")]
pub struct NotWritten(#[from] ParquetError);

impl Table {
    /// A file of one row group. Every column may have nulls; text is as it was recorded.
    ///
    /// # Errors
    /// None are expected.
    pub fn parquet(&self) -> std::result::Result<Vec<u8>, NotWritten> {
        Ok(written(&self.0)?)
    }
}

fn written(columns: &[Column]) -> Result<Vec<u8>> {
    let fields = columns.iter().map(|column| Ok(Arc::new(field(column)?)));
    let schema = Type::group_type_builder("report")
        .with_fields(fields.collect::<Result<_>>()?)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut rows = file.next_row_group()?;
    for column in columns {
        let Some(mut out) = rows.next_column()? else {
            break;
        };
        match &column.cells {
            Cells::Text(cells) => {
                write::<ByteArrayType, _>(&mut out, cells, |text| ByteArray::from(text.as_str()))?;
            }
            Cells::Count(cells) => {
                let whole = |count: &u64| i64::try_from(*count).unwrap_or(i64::MAX);
                write::<Int64Type, _>(&mut out, cells, whole)?;
            }
            Cells::Fraction(cells) => write::<DoubleType, _>(&mut out, cells, |value| *value)?,
            Cells::Truth(cells) => write::<BoolType, _>(&mut out, cells, |is_so| *is_so)?,
            Cells::Day(cells) => write::<Int32Type, _>(&mut out, cells, |day| day.to_epoch_days())?,
            Cells::Time(cells) => {
                write::<Int64Type, _>(&mut out, cells, |at| at.timestamp_millis())?;
            }
        }
        out.close()?;
    }
    rows.close()?;
    file.into_inner()
}

fn field(column: &Column) -> Result<Type> {
    let (physical, logical) = match column.cells {
        Cells::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Cells::Count(_) => (Physical::INT64, None),
        Cells::Fraction(_) => (Physical::DOUBLE, None),
        Cells::Truth(_) => (Physical::BOOLEAN, None),
        Cells::Day(_) => (Physical::INT32, Some(LogicalType::Date)),
        // Events have millisecond resolution.
        Cells::Time(_) => {
            let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
            (Physical::INT64, Some(time))
        }
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

/// Writes a column: which of its cells have a value, then the values.
fn write<T: DataType, V>(
    out: &mut SerializedColumnWriter<'_>,
    cells: &[Option<V>],
    value: impl Fn(&V) -> T::T,
) -> Result<()> {
    let levels: Vec<i16> = cells.iter().map(|cell| cell.is_some().into()).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(value).collect();
    out.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}
