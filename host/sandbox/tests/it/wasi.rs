//! What a guest's standard library gets of the world outside: nothing that differs twice.

use crate::guest::{Guest, scenario};
use crate::load::sandbox;
use record::condition::Condition;
use record::digest::Seed;
use record::event::Blame;
use trial::port::{Fault, PluginLoader};

const RANDOM: &str = "package wasi:random@0.2.6;
    interface random { get-random-u64: func() -> u64; get-random-bytes: func(len: u64) -> list<u8>; }";

/// A world whose `execute` computes a status with this import and this body.
fn guest(package: &str, interface: &str, core: &str, status: &str) -> Guest {
    let mut guest = scenario();
    let output = guest.image.words(&[0; 8]);
    let body = format!("(i32.store offset=16 (i32.const {output}) {status}) (i32.const {output})");
    guest.imports(package, interface, core).with("[method]trial.execute", &body)
}

fn status(guest: &Guest, seed: u8) -> Result<i32, Fault> {
    let scenario = sandbox().scenario("x.wasm", &guest.component())?;
    let mut world = scenario.open(Condition::CONTROL, Seed::from_bytes([seed; 32]))?;
    Ok(world.execute("", "/")?.status)
}

#[track_caller]
fn check_refused(guest: &Guest, expected: &str) {
    let fault = status(guest, 1).unwrap_err();
    let expected = format!("scenario tiny: execute: {expected}");
    assert_eq!((fault.blame, fault.message), (Blame::Plugin, expected));
}

#[test]
fn random_bytes_come_from_the_seed_alone() {
    let core = "(import \"wasi:random/random@0.2.6\" \"get-random-u64\"
                    (func $random (result i64)))";
    let guest = guest(RANDOM, "wasi:random/random@0.2.6", core, "(i32.wrap_i64 (call $random))");
    let first = status(&guest, 1).unwrap();
    assert_eq!(status(&guest, 1).unwrap(), first);
    assert_ne!(status(&guest, 2).unwrap(), first);
}

#[test]
fn a_flood_of_random_bytes_is_refused() {
    let core = "(import \"wasi:random/random@0.2.6\" \"get-random-bytes\"
                    (func $random (param i64 i32)))";
    let status = "(block (result i32) (call $random (i64.const 1000000) (i32.const 512))
                      (i32.const 0))";
    let guest = guest(RANDOM, "wasi:random/random@0.2.6", core, status);
    check_refused(&guest, "asked for more than 64 KiB of random bytes at once");
}

#[test]
fn the_wall_clock_stands_still() {
    let package = "package wasi:clocks@0.2.6;
        interface wall-clock {
            record datetime { seconds: u64, nanoseconds: u32 }
            now: func() -> datetime;
        }";
    let core = "(import \"wasi:clocks/wall-clock@0.2.6\" \"now\" (func $now (param i32)))";
    let read = "(block (result i32) (call $now (i32.const 512)) (i32.load (i32.const 512)))";
    let guest = guest(package, "wasi:clocks/wall-clock@0.2.6", core, read);
    let seconds = u64::try_from(status(&guest, 1).unwrap()).unwrap();
    assert_eq!(seconds, sandbox::limits::CLOCK_SECONDS);
}

#[test]
fn exit_ends_the_call() {
    let package = "package wasi:cli@0.2.6; interface exit { exit: func(status: result); }";
    let core = "(import \"wasi:cli/exit@0.2.6\" \"exit\" (func $exit (param i32)))";
    let status = "(block (result i32) (call $exit (i32.const 0)) (i32.const 0))";
    let guest = guest(package, "wasi:cli/exit@0.2.6", core, status);
    check_refused(&guest, "called exit");
}

#[test]
fn a_function_that_is_not_granted_is_named() {
    let package = "package wasi:io@0.2.6; interface poll { wait: func() -> u32; }";
    let core = "(import \"wasi:io/poll@0.2.6\" \"wait\" (func $wait (result i32)))";
    let guest = guest(package, "wasi:io/poll@0.2.6", core, "(call $wait)");
    check_refused(&guest, "called wasi:io/poll@0.2.6#wait, which no plugin is granted");
}
