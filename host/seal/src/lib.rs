//! Keys, signatures and envelopes: the only room that holds a private key.
//!
//! A result is signed as an in-toto statement in a DSSE envelope with Ed25519. Proof is in the
//! type: [`envelope::Sealed`] is a claim, [`envelope::Verified`] has no other way in than a checked
//! signature. This room never looks at the files that a statement is about.

pub mod envelope;
pub mod key;
