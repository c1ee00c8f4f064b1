//! The formulas against an independent implementation, and a whole count.

mod agreement;
mod golden;
mod tally;
