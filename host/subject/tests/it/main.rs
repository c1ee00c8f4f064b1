//! Subjects from outside: reference policies over a scenario in a few lines, and models over a real
//! HTTP server on the loopback interface that plays a script.

mod context;
mod dialect;
mod failures;
mod gate;
mod judge;
mod misbehaving;
mod openai;
mod probe;
mod providers;
mod reference;
mod retries;
mod scenario;
mod server;
mod spans;
mod tap;
mod usage;
mod wire;
