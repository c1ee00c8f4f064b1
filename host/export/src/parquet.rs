//! The table as Apache Parquet: flat columns, zstd pages, one footer that says what the file is.
//!
//! The crate's own writer of columns is enough: rows are flat, and without Arrow it builds in
//! seconds.

use crate::Run;
use crate::columns::{Column, Kind};
use crate::row::{Cell, Row};
use crate::table::{SCHEMA, TableError};
use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::column::writer::ColumnWriterImpl;
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use std::io::Write;
use std::sync::Arc;

/// Most rows of a row group: readers skip and parallelise by it.
const GROUP_ROWS_MAX: usize = 1 << 16;
/// Bytes of text after which a row group is closed (64 MiB): bounds a writer's memory.
const GROUP_BYTES_MAX: usize = 64 << 20;
/// The crate's default, named so that another version of it does not change the bytes.
const ZSTD_LEVEL: i32 = 3;

pub(crate) struct ParquetTable<'c, W: Write + Send> {
    columns: &'c [Column],
    buffers: Vec<Buffer>,
    rows: usize,
    bytes: usize,
    writer: SerializedFileWriter<W>,
}

/// The cells of one column in the row group that is being gathered.
struct Buffer {
    values: Values,
    /// 1 for a value and 0 for null; stays empty where the column has no nulls.
    levels: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Integers(Vec<i64>),
    Flags(Vec<bool>),
    Reals(Vec<f64>),
}

impl<'c, W: Write + Send> ParquetTable<'c, W> {
    pub(crate) fn begin(run: &Run<'_>, columns: &'c [Column], sink: W) -> Result<Self, TableError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_created_by(concat!("kinship version ", env!("CARGO_PKG_VERSION")).into())
            .set_key_value_metadata(Some(footer(run, columns)))
            .build();
        let writer = SerializedFileWriter::new(sink, schema(columns)?, Arc::new(properties))?;
        let buffers = columns.iter().map(Buffer::of).collect();
        Ok(Self { columns, buffers, rows: 0, bytes: 0, writer })
    }

    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        for (column, buffer) in self.columns.iter().zip(&mut self.buffers) {
            self.bytes += buffer.push(column, column.cell(row))?;
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS_MAX || self.bytes >= GROUP_BYTES_MAX {
            self.close_group()?;
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), TableError> {
        let mut group = self.writer.next_row_group()?;
        for buffer in &mut self.buffers {
            let column = group.next_column()?;
            buffer.write(column.ok_or_else(|| general("a column too many"))?)?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<(), TableError> {
        if self.rows > 0 {
            self.close_group()?;
        }
        self.writer.close()?;
        Ok(())
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            // JSON is text to a reader: its own logical type has no one meaning in data frames.
            Kind::Text | Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Integer => (Physical::INT64, None),
            Kind::Flag => (Physical::BOOLEAN, None),
            Kind::Real => (Physical::DOUBLE, None),
        };
        let repetition = if column.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<Result<_, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("trial").with_fields(fields).build()?))
}

/// What stands in the footer, for readers who have the file alone.
fn footer(run: &Run<'_>, columns: &[Column]) -> Vec<KeyValue> {
    let (result, suite) = (run.result, &run.result.suite);
    let docs: Vec<_> = columns
        .iter()
        .map(|c| {
            let (kind, unit) = (c.kind.as_str(), c.unit);
            serde_json::json!({"doc": c.doc, "name": c.name, "type": kind, "unit": unit})
        })
        .collect();
    let pairs = [
        ("kinship.schema", SCHEMA.to_owned()),
        ("kinship.suite", format!("{}@{}", suite.id, suite.version)),
        ("kinship.suite.sha256", suite.sha256.to_string()),
        ("kinship.comparability", suite.comparability.to_string()),
        ("kinship.verdicts.sha256", result.trials.verdicts.to_string()),
        ("kinship.subject", result.subject.spec.clone()),
        ("kinship.canary", run.suite.file().canary.clone()),
        ("kinship.columns", serde_json::Value::from(docs).to_string()),
    ];
    pairs.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect()
}

impl Buffer {
    fn of(column: &Column) -> Self {
        let values = match column.kind {
            Kind::Text | Kind::Json => Values::Texts(vec![]),
            Kind::Integer => Values::Integers(vec![]),
            Kind::Flag => Values::Flags(vec![]),
            Kind::Real => Values::Reals(vec![]),
        };
        Self { values, levels: vec![] }
    }

    /// Adds a cell and says how many bytes of text it holds.
    fn push(&mut self, column: &Column, cell: Cell<'_>) -> Result<usize, ParquetError> {
        let is_null = cell == Cell::Null;
        if column.nullable {
            self.levels.push(i16::from(!is_null));
        }
        let mut bytes = 0;
        match (&mut self.values, cell) {
            (Values::Texts(texts), Cell::Text(text)) => {
                bytes = text.len();
                texts.push(ByteArray::from(text.into_owned().into_bytes()));
            }
            (Values::Integers(numbers), Cell::Integer(number)) => numbers.push(number),
            (Values::Flags(flags), Cell::Flag(flag)) => flags.push(flag),
            (Values::Reals(numbers), Cell::Real(number)) => numbers.push(number),
            (_, Cell::Null) if column.nullable => {}
            (_, cell) => return Err(general(&format!("{}: {cell:?}", column.name))),
        }
        Ok(bytes)
    }

    /// Writes the cells and forgets them.
    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice()).filter(|levels| !levels.is_empty());
        match &mut self.values {
            Values::Texts(all) => batch(column.typed::<ByteArrayType>(), all, levels)?,
            Values::Integers(all) => batch(column.typed::<Int64Type>(), all, levels)?,
            Values::Flags(all) => batch(column.typed::<BoolType>(), all, levels)?,
            Values::Reals(all) => batch(column.typed::<DoubleType>(), all, levels)?,
        }
        self.levels.clear();
        column.close()
    }
}

fn batch<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    values: &mut Vec<T::T>,
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    writer.write_batch(values, levels, None)?;
    values.clear();
    Ok(())
}

fn general(problem: &str) -> ParquetError {
    ParquetError::General(problem.to_owned())
}
