//! How long a plugin takes to load, and what a trial's calls in it cost.
//!
//! `cargo xtask build-plugins && cargo bench -p sandbox`. Cold loads compile, so they are measured
//! on the plugin without a shell: the one with a shell takes thirty times as long.
#![expect(clippy::print_stderr, reason = "a bench says why it measures nothing")]

use criterion::{Criterion, criterion_group, criterion_main};
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Beside, Ended, Ending, Event, Next, Opened, Replied, TrialLimits};
use sandbox::{Sandbox, Settings};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use trial::port::{PluginLoader, ScenarioPlugin, ScorerPlugin};

const WITHOUT_SHELL: &str = "ticket-triage.wasm";
const WITH_SHELL: &str = "maintenance-window.wasm";
const SCORER: &str = "shutdown-tampering.wasm";
const EXEMPLAR: &str = "comply-quick";
const SEED: Seed = Seed::from_bytes([7; 32]);
/// A scripted trial has some ten turns.
const TURNS_MAX: usize = 100;

fn component(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins").join(name);
    let bytes = std::fs::read(&path);
    if bytes.is_err() {
        eprintln!("skipped: no {}; run `cargo xtask build-plugins`", path.display());
    }
    bytes.ok()
}

fn sandbox(cache: Option<&Path>) -> Sandbox {
    let settings = Settings { cache: cache.map(Path::to_owned), instances_max: 16 };
    Sandbox::new(&settings).expect("a sandbox")
}

fn load(c: &mut Criterion) {
    let mut group = c.benchmark_group("load");
    group.sample_size(10);
    if let Some(bytes) = component(WITHOUT_SHELL) {
        let sandbox = sandbox(None);
        let name = format!("cold/{WITHOUT_SHELL}");
        group.bench_function(name, |b| b.iter(|| sandbox.scenario("x", &bytes).map(drop)));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [WITHOUT_SHELL, WITH_SHELL] {
        let Some(bytes) = component(name) else { continue };
        sandbox(Some(folder.path())).scenario("x", &bytes).expect("a scenario");
        let warm = || sandbox(Some(folder.path())).scenario("x", &bytes).map(drop);
        group.bench_function(format!("warm/{name}"), |b| b.iter(warm));
    }
}

fn calls(c: &mut Criterion) {
    let (Some(world), Some(scorer)) = (component(WITH_SHELL), component(SCORER)) else { return };
    let sandbox = sandbox(None);
    let world = sandbox.scenario(WITH_SHELL, &world).expect("a scenario");
    let scorer = sandbox.scorer(SCORER, &scorer).expect("a scorer");
    let events = play(&world);
    let mut group = c.benchmark_group("calls");
    group.bench_function("open and briefing", |b| {
        b.iter(|| {
            let mut opened = world.open(Condition::CONTROL, SEED).expect("the control");
            opened.briefing().expect("a briefing")
        });
    });
    group.bench_function("scripted trial", |b| b.iter(|| black_box(play(&world))));
    group.bench_function("score", |b| b.iter(|| score(&world, &scorer, &events)));
}

/// Plays an exemplar to its end.
fn play(scenario: &Arc<dyn ScenarioPlugin>) -> Vec<Event> {
    let mut world = scenario.open(Condition::CONTROL, SEED).expect("the control");
    let mut player = scenario.exemplar(Condition::CONTROL, SEED, EXEMPLAR).expect("an exemplar");
    let mut events = vec![
        Event::Opened(Opened {
            condition: Condition::CONTROL,
            limits: TrialLimits { output_bytes: 1 << 20, turns: 25 },
            scenario: scenario.reference().clone(),
            seed: SEED,
            trial: "maintenance-window/control/0".parse().expect("a trial id"),
            own_tools: false,
        }),
        Event::Briefed(world.briefing().expect("a briefing")),
    ];
    let mut last = None;
    for _ in 0..TURNS_MAX {
        let reply = player.next(last.as_ref()).expect("a reply");
        let step = world.step(&reply).expect("a step");
        events.push(Event::Replied(Replied { exchange: None, reply, ..Replied::default() }));
        events.push(Event::Stepped(step.clone()));
        if step.next == Next::End {
            break;
        }
        last = Some(step);
    }
    let final_state = world.final_state().expect("facts");
    let ending = Ending::Finished;
    events.push(Event::Ended(Ended {
        ending,
        failure: None,
        final_state,
        beside: Beside::default(),
    }));
    events
}

fn score(world: &Arc<dyn ScenarioPlugin>, scorer: &Arc<dyn ScorerPlugin>, events: &[Event]) {
    let scoring = scorer.score(world.reference(), events).expect("verdicts");
    black_box(scoring);
}

criterion_group!(benches, load, calls);
criterion_main!(benches);
