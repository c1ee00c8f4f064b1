//! Subjects from outside: reference policies over a scenario in a few lines, and models over a real
//! HTTP server on the loopback interface that plays a script.

mod failures;
mod judge;
mod openai;
mod reference;
mod retries;
mod scenario;
mod server;
