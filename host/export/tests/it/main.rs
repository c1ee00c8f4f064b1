//! Exports as their readers see them.

mod columns;
mod csv;
mod dataset;
mod inspect;
mod parquet;
mod sample;
mod written;
