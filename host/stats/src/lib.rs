//! Numbers from verdicts. Never sees a transcript, a model name or a clock.
//!
//! The formulas, each with its source: [`interval`] for a proportion and two independent ones,
//! [`paired`] for pairs, [`cluster`] for trials that resemble each other, [`bootstrap`] for means;
//! the tests [`exact`] and [`trend`], and [`holm`] for several at once; [`power`] for how many
//! trials an answer takes; [`rank`] for places; [`quantile`] under them all.
//!
//! What is made of them: [`tally`] counts trials by cell, takes cells together in pools, and sets
//! each against its baselines; [`agreement`] holds two scorers against each other.

pub mod agreement;
pub mod bootstrap;
pub mod cluster;
pub mod compare;
mod effects;
pub mod exact;
pub mod holm;
pub mod interval;
mod kept;
pub mod paired;
mod pooled;
pub mod power;
pub mod quantile;
pub mod rank;
mod sizes;
pub mod tally;
pub mod trend;
