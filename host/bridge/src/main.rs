//! The program inside the cage: what it does depends on the name that it is called by.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    bridge::run()
}
