//! The formulas against an independent implementation, and a whole count.

mod golden;
mod tally;
