//! Many trials: what is left of the plan is run, many at once, and everything is in the journal
//! before anything follows from it.
//!
//! [`journal`] is a run's memory, one SQLite file; [`run`] drives the trials. Neither knows a
//! provider or a plugin: they see the ports of `trial`.

mod batch;
pub mod journal;
pub mod run;
mod writer;
