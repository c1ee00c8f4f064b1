//! The formulas against an independent implementation, and a whole count.

mod agreement;
mod formulas;
mod golden;
mod pools;
mod tally;
