//! What may be loaded, and what a refusal says.

use crate::guest::{ABOUT, About, Guest, scenario, scenario_about, scorer};
use record::event::Blame;
use record::manifest::PluginKind;
use sandbox::{Manifest, Sandbox, Settings};
use trial::port::PluginLoader;

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(&Settings { cache: None, instances_max: 4 }).unwrap()
}

/// Loading these bytes as `x.wasm` is the plugin's fault, in these words.
#[track_caller]
fn check_bytes(bytes: &[u8], expected: &str) {
    let fault = sandbox().inspect("x.wasm", bytes).unwrap_err();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Plugin, expected));
}

#[track_caller]
fn check(guest: &Guest, expected: &str) {
    check_bytes(&guest.component(), expected);
}

#[test]
fn a_scenario_is_loaded() {
    let component = scenario().component();
    let info = sandbox().inspect("x.wasm", &component).unwrap();
    assert_eq!(info.wit.to_string(), "0.2.0");
    assert_eq!(info.imports, ["kinship:plugin/types@0.2.0"]);
    assert_eq!(info.reference.id, "tiny");
    assert_eq!(info.reference.kind, PluginKind::Scenario);
    assert_eq!(info.reference.sha256, record::digest::Digest::of(&component));
    let Manifest::Scenario(manifest) = info.manifest else { panic!("a scenario") };
    let conditions: Vec<String> = manifest.conditions.iter().map(ToString::to_string).collect();
    assert_eq!(conditions, ["control", "peer+positive+file"]);
    assert_eq!(manifest.exemplars[0].summary, "Does as told.");
}

#[test]
fn a_scorer_is_no_scenario() {
    let component = scorer(&[]).component();
    let loaded = sandbox().scorer("x.wasm", &component).unwrap();
    assert!(!loaded.manifest().judged);
    let fault = sandbox().scenario("x.wasm", &component).err().unwrap();
    assert_eq!(fault.message, "x.wasm: a scorer, where a scenario is needed");
    let fault = sandbox().scorer("x.wasm", &scenario().component()).err().unwrap();
    assert_eq!(fault.message, "x.wasm: a scenario, where a scorer is needed");
}

#[test]
fn other_files_are_refused() {
    check_bytes(b"", "x.wasm: not a WebAssembly component: build it for wasm32-wasip2");
    check_bytes(
        &wat::parse_str("(module)").unwrap(),
        "x.wasm: a core module, not a component: build it for wasm32-wasip2",
    );
    check_bytes(
        &wat::parse_str("(component)").unwrap(),
        "x.wasm: not a Kinship plugin: it exports neither kinship:plugin/scenario nor \
         kinship:plugin/scorer",
    );
    let mut cut = scenario().component();
    cut.truncate(cut.len() / 2);
    let fault = sandbox().inspect("x.wasm", &cut).unwrap_err();
    assert!(fault.message.starts_with("x.wasm: not a valid component: "), "{fault}");
}

#[test]
fn an_unknown_version_is_told_with_the_known_ones() {
    check(
        &scenario().version("7.0.0"),
        "x.wasm: WIT version 7.0.0 is not known to this host; it knows 0.2; rebuild the plugin \
         against wit/v0",
    );
    check(
        &scorer(&[]).version("0.3.0"),
        "x.wasm: WIT version 0.3.0 is not known to this host; it knows 0.2; rebuild the plugin \
         against wit/v0",
    );
}

#[test]
fn a_later_patch_of_a_known_version_is_loaded() {
    let info = sandbox().inspect("x.wasm", &scenario().version("0.2.3").component()).unwrap();
    assert_eq!(info.wit.to_string(), "0.2.3");
}

#[test]
fn a_forbidden_import_is_named() {
    let sockets = "package wasi:sockets@0.2.6; interface tcp { connect: func(); }";
    let core = "(import \"wasi:sockets/tcp@0.2.6\" \"connect\" (func $connect))";
    let guest = scenario()
        .imports(sockets, "wasi:sockets/tcp@0.2.6", core)
        .with("[method]trial.final-state", "(call $connect) unreachable");
    check(
        &guest,
        "x.wasm: imports wasi:sockets/tcp@0.2.6: a plugin may import only kinship:plugin/types \
         and, of WASI 0.2, cli, clocks, filesystem, io and random",
    );
    // A judge is for scorers.
    let core = "(import \"kinship:plugin/judge@0.2.0\" \"ask\"
                    (func $ask (param i32 i32 i32 i32 i32)))";
    let guest = scenario().imports("", "kinship:plugin/judge@0.2.0", core).with(
        "[method]trial.final-state",
        "(call $ask (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
         unreachable",
    );
    check(
        &guest,
        "x.wasm: imports kinship:plugin/judge@0.2.0: a plugin may import only \
         kinship:plugin/types and, of WASI 0.2, cli, clocks, filesystem, io and random",
    );
}

#[test]
fn every_problem_of_a_manifest_is_told_at_once() {
    let about =
        About { id: "Tiny", version: "1", licence: " ", behaviours: &["tampering"], turns: 0 };
    check(
        &scenario_about(&about),
        "x.wasm: describe: id: scenario id \"Tiny\": expected lower-case words of letters and \
         digits joined by hyphens, 64 bytes at most\n  version: unexpected end of input while \
         parsing major version number",
    );
    let about = About { licence: " ", behaviours: &["other", "other"], turns: 0, ..ABOUT };
    check(
        &scenario_about(&about),
        "x.wasm: describe: licence: is empty\n  behaviours: other stands twice\n  turns: expected \
         1 to 1000, found 0\n  exemplars[0].behaviour: tampering is not in behaviours",
    );
}

#[test]
fn describing_itself_has_limits_too() {
    check(
        &scenario().with("describe", "unreachable"),
        "x.wasm: describe: trapped: wasm `unreachable` instruction executed",
    );
    check(&scenario().memory_pages(1025), "x.wasm: asked for more than 64 MiB of memory");
}
