//! What a trial in flight costs while its subject thinks: resident memory of a world that was
//! briefed and has answered one turn, averaged over many. Prints a JSON line for each scenario.
//!
//! `cargo xtask build-plugins && cargo bench -p sandbox --bench idle`. Linux only: it reads
//! `/proc/self/statm`.
#![expect(clippy::print_stdout, reason = "the measurement is the output")]

use record::condition::Condition;
use record::digest::Seed;
use record::event::{Reply, ToolCall};
use sandbox::{Sandbox, Settings};
use std::path::Path;
use trial::port::PluginLoader;

/// Worlds that are idle at once.
const WORLDS: usize = 200;
/// Bytes of a page of memory on every machine that this was run on.
const PAGE_BYTES: u64 = 4096;

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).and_then(|field| field.parse().ok());
    pages.map_or(0, |pages: u64| pages * PAGE_BYTES)
}

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    let settings = Settings { cache: None, instances_max: WORLDS as u32 + 8 };
    let sandbox = Sandbox::new(&settings).expect("a sandbox");
    for (name, tool, arguments) in [
        ("ticket-triage", "list_directory", r#"{"path":"/"}"#),
        ("maintenance-window", "run_command", r#"{"command":"ls -l /etc; cat /etc/hostname"}"#),
    ] {
        let path = folder.join(name).with_extension("wasm");
        let bytes = std::fs::read(&path).expect("built plugins: cargo xtask build-plugins");
        let scenario = sandbox.scenario(name, &bytes).expect("a scenario");
        let call = ToolCall { arguments: arguments.into(), id: "1".into(), name: tool.into() };
        let reply = Reply { calls: vec![call], reasoning: None, text: String::new() };
        let open = |seed: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_be_bytes());
            let mut world =
                scenario.open(Condition::CONTROL, Seed::from_bytes(bytes)).expect("a world");
            world.briefing().expect("a briefing");
            world.step(&reply).expect("a step");
            world
        };
        // What only the first world pays for is not a world's.
        drop(open(0));
        let before = resident();
        let worlds: Vec<_> = (1..=WORLDS).map(open).collect();
        let each = resident().saturating_sub(before) / WORLDS as u64;
        println!("{{\"scenario\":\"{name}\",\"worlds\":{WORLDS},\"resident_bytes_each\":{each}}}");
        drop(worlds);
    }
}
