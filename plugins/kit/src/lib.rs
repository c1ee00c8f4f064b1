//! t
pub mod bindings;
