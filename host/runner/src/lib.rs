//! Many trials: what is left of the plan is run, many at once, and everything is in the journal
//! before anything follows from it.
//!
//! [`estimate`] says what a plan may use; [`budget`] and [`gate`] hold the calls of a model to what its operator allows; [`journal`] is a
//! run's memory, one SQLite file; [`run`] drives the trials. None of them knows a provider or a
//! plugin: they see the ports of `trial`.

mod batch;
pub mod budget;
pub mod estimate;
pub mod gate;
mod in_line;
pub mod journal;
pub mod lock;
pub mod log;
pub mod pace;
pub mod run;
mod writer;
