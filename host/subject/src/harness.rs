//! Production agent harnesses as subjects: the unmodified program, started for one trial in a cage
//! whose files, shell and clock are the scenario's, and whose only way out is a model proxy.

mod cage;
pub(crate) mod wire;
