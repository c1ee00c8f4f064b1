//! Numbers from verdicts. Never sees a transcript, a model name or a clock.
//!
//! [`interval`] has the formulas, each with its source; [`tally`] counts trials by cell and sets
//! each cell against its baselines; [`agreement`] holds two scorers against each other; [`layout`]
//! takes cells together as the study did.

pub mod agreement;
pub mod interval;
pub mod layout;
pub mod tally;
