//! `kill -9` at any moment: what is there in the end is what would have been there without, and no
//! answer that was kept is asked for again.

use super::{HANG, LEFT, ended, events, logs, same, start, waiting};
use crate::Place;
use crate::server::Server;
use record::digest::Digest;
use record::event::{Event, Replied};
use runner::journal::Journal;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Trials at once.
const CONCURRENCY: usize = 4;

#[test]
fn a_run_that_is_killed_ten_times_ends_as_if_it_never_was() {
    killed(10, 4);
}

#[test]
fn a_run_that_is_killed_a_hundred_times_ends_as_if_it_never_was() {
    killed(100, 40);
}

/// Kills a run of `trials` in each of two cells that often; those kills that are left when it has
/// ended hit the making of its result.
fn killed(kills: u64, trials: u32) {
    let place = Place::new();
    let server = Server::start(200, Duration::from_millis(15));
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let concurrency = CONCURRENCY.to_string();
    let start = |out: &str| start(&place, &server, out, trials, &["--concurrency", &concurrency]);
    let whole = ended(start("whole"));
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let calls = server.asked();
    assert_eq!(calls.len(), 8 * trials as usize);

    let (mut in_the_run, mut over) = (0, false);
    let mut account = Account { kept: Times::new(), lost: Times::new(), seen: calls.len() };
    for kill in 0..kills {
        let answered = server.calls();
        let mut child = start("killed");
        let (wanted, more) = (draw("answers", kill, 5) as usize, draw("wait", kill, 25));
        let begun = Instant::now();
        let ran = loop {
            assert!(begun.elapsed() < HANG, "kill {kill}: the run hangs");
            let ran = child.try_wait().expect("a child can be asked");
            if ran.is_some() || over || server.calls() >= answered + wanted {
                break ran;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        // Of a run that is over, only its end is made again: there the time says when.
        let more = if over { 4 * more } else { more };
        std::thread::sleep(Duration::from_millis(more));
        let _too_late = child.kill();
        let done = ended(child);
        assert!(matches!(done.code, None | Some(0)), "{done:?}");
        in_the_run += u64::from(!over && ran.is_none());
        over |= done.code == Some(0);
        let lost = account.lost(&server, in_the_journal(&place.path("killed"), trials));
        // Of every trial at most one answer is not kept. What the process had just sent when the
        // last kill hit may have come to the server since.
        assert!(lost <= 2 * CONCURRENCY, "{lost} answers lost in kill {kill}");
    }
    assert!(in_the_run >= kills / 2, "only {in_the_run} kills hit the run itself");
    let done = ended(start("killed"));
    assert_eq!(done.code, Some(0), "{done:?}");

    let lost = account.lost(&server, in_the_journal(&place.path("killed"), trials));
    assert!(lost <= CONCURRENCY, "{lost} answers lost without a kill");
    // Once for each trial that makes it, and once for each of its answers that a kill lost.
    let mut expected = times(&calls);
    for (request, lost) in &account.lost {
        *expected.entry(*request).or_default() += lost;
    }
    let asked = times(&server.asked()[calls.len()..]);
    assert!(asked == expected, "a request came again whose answer no kill had lost");
    same(&place, "whole", "killed", &LEFT);
    same(&place, "whole", "killed", &["envelope.json", "smoke.kinship"]);
}

/// How often each request is there.
type Times = BTreeMap<Digest, usize>;

/// What was asked and is not kept.
struct Account {
    /// Answers in the journal, when it was last looked at.
    kept: Times,
    /// Answers that were lost.
    lost: Times,
    /// Requests that were looked at.
    seen: usize,
}

impl Account {
    /// How many answers are lost of those that were asked for since the last time.
    fn lost(&mut self, server: &Server, kept: Times) -> usize {
        let asked = server.asked();
        let mut all = 0;
        for (request, asked) in times(&asked[self.seen..]) {
            let of = |times: &Times| times.get(&request).copied().unwrap_or_default();
            let lost = asked - (of(&kept) - of(&self.kept));
            *self.lost.entry(request).or_default() += lost;
            all += lost;
        }
        (self.kept, self.seen) = (kept, asked.len());
        all
    }
}

fn times(bodies: &[Vec<u8>]) -> Times {
    let mut times = Times::new();
    for body in bodies {
        *times.entry(Digest::of(body)).or_default() += 1;
    }
    times
}

/// A number below `below`, the same in every run of the test.
fn draw(what: &str, kill: u64, below: u64) -> u64 {
    let digest = Digest::of(format!("{what} {kill}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_be_bytes(first) % below
}

/// The requests whose answers are in the journal; none where nothing was begun yet.
fn in_the_journal(folder: &Path, trials: u32) -> Times {
    let mut times = Times::new();
    let begun = waiting(async {
        match Journal::read(folder).await {
            Err(fault) if fault.message.contains("no run here") => Ok(false),
            other => other.map(|_| true),
        }
    });
    if !begun {
        return times;
    }
    let finished = logs(folder);
    let mut all: Vec<Event> = finished.values().flat_map(|log| events(log)).collect();
    // Trials are begun in their order, so that those under way are the first that are not finished.
    let open = (0..2 * trials).filter(|ordinal| !finished.contains_key(ordinal)).take(CONCURRENCY);
    all.extend(waiting(async {
        let journal = Journal::read(folder).await?;
        let mut events = Vec::new();
        for ordinal in open {
            events.extend(journal.events(ordinal).await?);
        }
        Ok::<_, trial::port::Fault>(events)
    }));
    for event in &all {
        if let Event::Replied(Replied { exchange: Some(exchange), .. }) = event {
            *times.entry(exchange.request).or_default() += 1;
        }
    }
    times
}
