//! How a call ends when a plugin misbehaves.

use crate::guest::{Guest, briefing, scenario};
use crate::load::sandbox;
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Blame, Briefing, Next, Reply, Step, ToolCall};
use sandbox::{Sandbox, Settings};
use std::sync::Arc;
use trial::port::{Fault, PluginLoader, ScenarioPlugin, World};

const SEED: Seed = Seed::from_bytes([7; 32]);

fn load(guest: &Guest) -> Arc<dyn ScenarioPlugin> {
    sandbox().scenario("x.wasm", &guest.component()).unwrap()
}

fn open(guest: &Guest) -> Box<dyn World> {
    load(guest).open(Condition::CONTROL, SEED).unwrap()
}

/// A function of a good scenario, replaced by this body, is the plugin's fault in these words.
#[track_caller]
fn check_step(guest: &Guest, expected: &str) {
    let fault = open(guest).step(&Reply::default()).unwrap_err();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Plugin, expected));
}

fn step(body: &str) -> Guest {
    scenario().with("[method]trial.step", body)
}

#[test]
fn a_good_world_answers() {
    let mut world = open(&scenario());
    let Briefing { system, tools, .. } = world.briefing().unwrap();
    assert_eq!((system.as_str(), tools[0].name.as_str()), ("You are an agent.", "note"));
    let end = Step { next: Next::End, results: vec![] };
    assert_eq!(world.step(&Reply::default()).unwrap(), end);
    assert_eq!(world.final_state().unwrap()[0].value, "1");
    let scenario = load(&scenario());
    let mut player = scenario.exemplar(Condition::CONTROL, SEED, "comply").unwrap();
    assert_eq!(player.next(None).unwrap().text, "done");
}

#[test]
fn what_is_not_offered_is_the_operators_fault() {
    let scenario = load(&scenario());
    let fault = scenario.open("self".parse().unwrap(), SEED).err().unwrap();
    let expected = "scenario tiny 0.1.0: does not offer the condition self: remove it from the \
                    suite";
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Setup, expected));
    let fault = scenario.exemplar(Condition::CONTROL, SEED, "x").err().unwrap();
    assert_eq!(fault.message, "scenario tiny 0.1.0: has no exemplar \"x\"; it has comply");
}

#[test]
fn a_trap_is_told_with_its_reason() {
    check_step(
        &step("unreachable"),
        "scenario tiny: step: trapped: wasm `unreachable` instruction executed",
    );
    check_step(
        &step("(i32.div_u (i32.const 1) (i32.const 0))"),
        "scenario tiny: step: trapped: integer divide by zero",
    );
    check_step(
        &step("(i32.load (i32.const -4))"),
        "scenario tiny: step: trapped: out of bounds memory access",
    );
    let name = "kinship:plugin/scenario@0.2.0#[method]trial.step";
    let arguments = "(local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) \
                     (local.get 5) (local.get 6) (local.get 7)";
    let deep = step(&format!(
        "(call $deep {arguments})) (func $deep (export \"deep {name}\") (param i32 i32 i32 i32 \
         i32 i32 i32 i32) (result i32) (i32.add (i32.const 1) (call $deep {arguments}))"
    ));
    check_step(&deep, "scenario tiny: step: trapped: call stack exhausted");
}

#[test]
fn a_world_is_not_used_after_a_trap() {
    let mut world = open(&step("unreachable"));
    world.step(&Reply::default()).unwrap_err();
    let fault = world.final_state().unwrap_err();
    assert_eq!(fault.blame, Blame::Plugin);
}

#[test]
fn a_loop_ends() {
    check_step(
        &step("(loop (br 0)) unreachable"),
        "scenario tiny: step: used more than 4000000000 units of fuel in one call",
    );
}

#[test]
fn fuel_is_for_each_call() {
    // 300 million rounds of some units each: no call is over the limit, five together are.
    let body = "(local $n i32)
        (loop $again
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 150000000))))";
    let guest = scenario();
    let end = guest.image.clone().words(&[2, 0, 0, 0, 0]);
    let mut guest = guest.with("[method]trial.step", &format!("{body} (i32.const {end})"));
    guest.image.words(&[2, 0, 0, 0, 0]);
    let mut world = open(&guest);
    for _ in 0..5 {
        world.step(&Reply::default()).unwrap();
    }
}

#[test]
fn memory_has_a_limit() {
    check_step(
        &step("(loop (drop (memory.grow (i32.const 100))) (br 0)) unreachable"),
        "scenario tiny: step: asked for more than 64 MiB of memory",
    );
}

#[test]
fn an_answer_has_a_limit() {
    let giant = |bytes: u32| {
        let mut guest = scenario().memory_pages(1024);
        let text = guest.image.words(&[0; 8]);
        let at = guest.image.words(&[text, bytes, 0, 0, 0, 0, 0, 0]);
        let guest = guest.gives("[method]trial.briefing", at);
        open(&guest).briefing().unwrap_err().message
    };
    assert_eq!(giant(9 << 20), "scenario tiny: briefing: returned more than 8 MiB");
    assert_eq!(
        giant(1 << 30),
        "scenario tiny: briefing: returned what does not lie in its memory of 64 MiB at most"
    );
}

#[test]
fn text_has_to_be_utf8() {
    let mut guest = scenario();
    let text = guest.image.words(&[u32::MAX]);
    let at = guest.image.words(&[text, 4, 0, 0, 0, 0, 0, 0]);
    let fault = open(&guest.gives("[method]trial.briefing", at)).briefing().unwrap_err();
    let expected = "scenario tiny: briefing: broke the contract: invalid utf-8 sequence of 1 \
                    bytes from index 0";
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Plugin, expected));
}

#[test]
fn invalid_json_is_told_with_its_field() {
    let mut guest = scenario();
    let at = briefing(&mut guest.image, "{\"type\":");
    let fault = open(&guest.gives("[method]trial.briefing", at)).briefing().unwrap_err();
    assert_eq!(
        fault.message,
        "scenario tiny: briefing: tools[0].parameters: expected a JSON Schema object for note: \
         EOF while parsing a value at line 1 column 8"
    );
    let check_fact = |name: &str, value: &str, expected: &str| {
        let mut guest = scenario();
        let (name, value) = (guest.image.text(name), guest.image.text(value));
        let list = guest.image.words(&[name.0, name.1, value.0, value.1]);
        let at = guest.image.words(&[list, 1]);
        let fault = open(&guest.gives("[method]trial.final-state", at)).final_state().unwrap_err();
        assert_eq!(fault.message, format!("scenario tiny: final-state: {expected}"));
    };
    check_fact(
        "f",
        "yes",
        "facts[0].value: expected JSON for f: expected value at line 1 column 1",
    );
    check_fact("g", "1", "facts[0].name: expected \"f\", as in the manifest, found \"g\"");
}

#[test]
fn every_call_of_a_reply_has_its_result() {
    let call = ToolCall { arguments: "{}".into(), id: "1".into(), name: "note".into() };
    let reply = Reply { calls: vec![call], ..Reply::default() };
    let fault = open(&scenario()).step(&reply).unwrap_err();
    assert_eq!(fault.message, "scenario tiny: step: 0 results for 1 calls");
}

#[test]
fn instances_are_bounded_together() {
    let sandbox = Sandbox::new(&Settings { cache: None, instances_max: 2 }).unwrap();
    let scenario = sandbox.scenario("x.wasm", &scenario().component()).unwrap();
    let open = || scenario.open(Condition::CONTROL, SEED);
    let (_first, second) = (open().unwrap(), open().unwrap());
    let Fault { blame, message, .. } = open().err().unwrap();
    let expected = "more than 2 plugin instances at once: run fewer trials at the same time";
    assert_eq!((blame, message.as_str()), (Blame::Setup, expected));
    drop(second);
    assert!(open().is_ok());
}
