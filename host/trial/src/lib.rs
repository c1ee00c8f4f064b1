//! One trial: a scenario and a subject take turns, and every turn is written down first.
//!
//! [`port`] has what a trial needs from the outside; `sandbox` and `subject` implement it, and
//! tests do so in ten lines. This room names neither wasmtime nor HTTP, and holds no clock.

pub mod bench;
pub mod exemplar;
pub mod freeze;
pub mod labelled;
pub mod lint;
pub mod port;
pub mod rebuild;
pub mod rehearsal;
pub mod resolve;
pub mod run;
pub mod score;
