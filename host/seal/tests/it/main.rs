//! Keys and envelopes, checked against OpenSSL's command line and, where `KINSHIP_CHECKERS` names
//! a folder with `verify_dsse.py`, against that independent verifier.

mod envelopes;
mod keys;

use std::path::Path;
use std::process::{Command, Output};

/// Runs OpenSSL's command line, which every machine that builds this has for its TLS needs.
fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the openssl command line is installed")
}

#[track_caller]
fn succeed(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
