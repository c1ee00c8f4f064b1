//! What a kept event costs, with many trials at once: 14 events and a finished row each, all synced.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use record::digest::Digest;
use record::event::{Ending, Event, Next, Step, ToolResult};
use record::verdict::TrialScore;
use runner::journal::Journal;
use tokio::task::JoinSet;

/// Trials at once.
const TRIALS: u32 = 1024;
/// Of one trial: ten turns or so.
const EVENTS: usize = 14;

/// A step as a world gives it: a page of shell output.
fn event(number: usize) -> Event {
    let content = format!("{number}: -rw-r--r-- 1 root root 4096 a line of a listing\n").repeat(8);
    let result = ToolResult { content, id: number.to_string(), is_error: false };
    Event::Stepped(Step { next: Next::Observe, results: vec![result] })
}

async fn trial(journal: Journal, ordinal: u32) {
    use trial::port::EventLog as _;
    let mut log = journal.log(ordinal, 0);
    let mut events = Vec::with_capacity(EVENTS);
    for number in 0..EVENTS {
        let event = event(number);
        log.append(&event).await.expect("the disk has room");
        events.push(event);
    }
    let score = TrialScore {
        ending: Ending::Finished,
        events: EVENTS as u32,
        log: Digest::of(&ordinal.to_be_bytes()),
        scores: vec![],
        trial: format!("counting/control/{ordinal}").parse().expect("an id"),
    };
    journal.finish(ordinal, &score, &events).await.expect("the disk has room");
}

fn journal(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("two threads");
    let folder = tempfile::tempdir().expect("a folder");
    let journal = runtime.block_on(Journal::open(folder.path())).expect("a journal");
    let mut next = 0;
    let mut group = criterion.benchmark_group("journal");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(TRIALS) * EVENTS as u64));
    group.bench_function("1024 trials of 14 events", |bencher| {
        bencher.iter(|| {
            let first = next;
            next += TRIALS;
            runtime.block_on(async {
                let mut trials = JoinSet::new();
                for ordinal in first..next {
                    trials.spawn(trial(journal.clone(), ordinal));
                }
                trials.join_all().await;
            });
        });
    });
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
