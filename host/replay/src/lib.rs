//! Do it again and compare: rebuild every trial, score it again, count it again.
//!
//! A bundle is one file that holds a run whole. [`mod@write`] makes it, [`bundle`] reads it as what it
//! is, bytes from a stranger, and [`verify`] believes none of its numbers: each is recomputed from
//! the event logs in the pinned plugins and compared byte for byte. Both sides make the result by
//! the one function in [`count`]. This room reaches no network, calls no model and holds no clock.

pub mod bundle;
mod container;
pub mod count;
mod crew;
mod echo;
mod lines;
mod transcript;
pub mod verify;
pub mod write;
