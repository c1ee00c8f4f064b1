//! Bundles: good ones are verified, and every way to change one is told by name.

mod container;
mod doubles;
mod forge;
mod good;
mod harness;
mod plan;
mod result;
mod transcript;
