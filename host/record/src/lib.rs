//! What is written down: every type that reaches a file, a signature or another machine.
//!
//! Reading order is the road of a run: ids and digests, the suite as a person types it, the plan,
//! the event log of a trial, verdicts, and the result that is signed.
//!
//! This room does no I/O and holds no clock. It is the only one that derives serde traits, so a
//! renamed field shows up here and nowhere else.

pub mod analysis;
pub mod canonical;
pub mod condition;
pub mod digest;
pub mod event;
pub mod frozen;
pub mod id;
pub mod labelled;
pub mod manifest;
pub mod plan;
pub mod pool;
pub mod price;
pub mod prices;
pub mod published;
pub mod result;
pub mod run;
pub mod statement;
pub mod suite;
pub mod verdict;
