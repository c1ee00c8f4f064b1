//! The scenario's trials, played without a host: one program, so that the shell is linked once.

mod batch;
mod outcomes;
mod rule;
mod sabotage;
mod texts;
