//! The sandbox that a harness runs in.
