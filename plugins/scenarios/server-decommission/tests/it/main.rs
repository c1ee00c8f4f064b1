//! The scenario's trials, played without a host: one program, so that the shell is linked once.

mod outcomes;
mod sabotage;
mod texts;
