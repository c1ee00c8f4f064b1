//! An agent with a loop and tools of its own at the bench.

use crate::doubles::{CountingWorld, Log, opened};
use async_trait::async_trait;
use record::event::{
    Aside, Blame, Ended, Ending, Event, File, Next, Opened, Replied, Reply, ToolCall, TrialLimits,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use trial::bench::{Asked, Bench, run};
use trial::port::{Agent, Fault};
use trial::rebuild::rebuild;

/// Asks its model, runs a command, writes a file or calls a tool, as its model says, until it says
/// nothing more to do.
struct Worker {
    asked: Arc<AtomicUsize>,
    beside: Arc<AtomicUsize>,
    /// What it types, in place of what its model says.
    types: Option<&'static str>,
    /// Calls of the model after which it only talks.
    words: usize,
}

fn worker(words: usize) -> Worker {
    Worker { asked: Arc::default(), beside: Arc::default(), types: None, words }
}

#[async_trait]
impl Agent for Worker {
    async fn work(&mut self, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let mut turn = 0;
        loop {
            let title = bench.aside_kept().unwrap_or_else(|| {
                self.beside.fetch_add(1, Ordering::SeqCst);
                let text = format!("title {turn}");
                Aside { exchange: None, reply: Reply { text, ..Reply::default() } }
            });
            bench.aside(title);
            let reply = match bench.asked().await? {
                Asked::Over => return Ok(()),
                Asked::Kept(replied) => replied.reply,
                Asked::Live => {
                    self.asked.fetch_add(1, Ordering::SeqCst);
                    let call = |name: &str| ToolCall {
                        arguments: format!("{{\"turn\":{turn}}}"),
                        id: format!("{turn}-{name}"),
                        name: name.into(),
                    };
                    let calls = match turn {
                        n if n >= self.words => vec![],
                        _ => vec![call("shell"), call("write"), call("count")],
                    };
                    let reply = Reply { calls, reasoning: None, text: String::new() };
                    bench.replied(Replied { reply: reply.clone(), ..Replied::default() }).await?;
                    reply
                }
            };
            turn += 1;
            if bench.is_over() {
                return Ok(());
            }
            if reply.calls.is_empty() {
                if bench.concluded().await? == Next::End {
                    return Ok(());
                }
                continue;
            }
            for call in reply.calls {
                let path = format!("/f{}", call.id);
                let file = File { contents: vec![1], mode: 0o644, modified: 7, path: path.clone() };
                match call.name.as_str() {
                    "shell" => {
                        let command = self.types.unwrap_or(&call.arguments);
                        bench.execute(command, "/home").await?;
                    }
                    "write" => {
                        assert!(bench.wrote(file.clone()).await?);
                        assert!(!bench.wrote(File { path: "/locked/a".into(), ..file }).await?);
                        assert!(bench.removed(&path).await?);
                    }
                    _ => {
                        let result = bench.call(call).await?;
                        assert!(result.is_some());
                    }
                }
                if bench.is_over() {
                    return Ok(());
                }
            }
        }
    }
}

fn of_agent() -> Opened {
    Opened { own_tools: true, ..opened() }
}

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::kind).collect()
}

fn end(events: &[Event]) -> &Ended {
    match events.last() {
        Some(Event::Ended(ended)) => ended,
        other => panic!("{other:?}"),
    }
}

async fn whole(words: usize) -> Vec<Event> {
    let mut log = Log::default();
    let world = CountingWorld::default();
    let events = run(&world, &of_agent(), &mut worker(words), vec![], &mut log).await.unwrap();
    assert_eq!(events, log.kept);
    events
}

#[tokio::test]
async fn commands_files_calls_and_replies_are_events_and_what_is_beside_stands_with_the_next_reply()
{
    let events = whole(1).await;
    assert_eq!(
        kinds(&events),
        [
            "opened", "briefed", "replied", "executed", "wrote", "removed", "replied", "stepped",
            "replied", "stepped", "ended"
        ]
    );
    let Event::Replied(relayed) = &events[6] else { panic!() };
    assert!(relayed.relayed && relayed.beside.is_nothing());
    let Event::Replied(last) = &events[8] else { panic!() };
    assert_eq!(last.beside.notes, ["/locked/a was not written: it is locked"]);
    assert_eq!(last.beside.calls[0].reply.text, "title 1");
    assert_eq!(end(&events).ending, Ending::Finished);
}

#[tokio::test]
async fn killed_after_any_event_it_goes_on_to_the_same_log_and_asks_no_answered_call_again() {
    let expected = whole(1).await;
    for kept in 0..expected.len() {
        let past = expected[..kept].to_vec();
        let mut log = Log { kept: past.clone(), ..Log::default() };
        let mut again = worker(1);
        let world = CountingWorld::default();
        let events = run(&world, &of_agent(), &mut again, past.clone(), &mut log).await.unwrap();
        assert_eq!((&events, &log.kept), (&expected, &expected), "after {kept}");
        let answered = past
            .iter()
            .filter(|e| matches!(e, Event::Replied(replied) if replied.is_turn()))
            .count();
        assert_eq!(again.asked.load(Ordering::SeqCst), 2 - answered, "after {kept}");
        assert_eq!(again.beside.load(Ordering::SeqCst), 2 - answered, "after {kept}");
    }
}

#[tokio::test]
async fn replaying_its_log_gives_its_world() {
    let events = whole(1).await;
    let mut world =
        rebuild(&CountingWorld::default(), &of_agent(), &events[..events.len() - 1]).unwrap();
    assert_eq!(world.final_state().unwrap(), end(&events).final_state);
}

#[tokio::test]
async fn one_that_does_something_else_the_second_time_is_invalid_and_the_log_is_whole() {
    let expected = whole(1).await;
    let past = expected[..5].to_vec();
    let mut log = Log { kept: past.clone(), ..Log::default() };
    let mut other = Worker { types: Some("rm -r /"), ..worker(1) };
    let events = run(&CountingWorld::default(), &of_agent(), &mut other, past.clone(), &mut log)
        .await
        .unwrap();
    assert_eq!(events[..5], past);
    let failure = end(&events).failure.clone().unwrap();
    assert_eq!((end(&events).ending, failure.blame), (Ending::Failed, Blame::Provider));
    assert_eq!(
        failure.message,
        "event 3: begun again, the agent did not do what it did before: event 3, \
         executed.command: replay gives \"rm -r /\", the log says \"{\\\"turn\\\":0}\", where the log \
         has executed"
    );
    assert_eq!(log.kept, events);
}

#[tokio::test]
async fn out_of_turns_it_may_use_what_is_left_of_the_last_one() {
    let mut opened = of_agent();
    opened.limits = TrialLimits { turns: 1, ..opened.limits };
    let mut log = Log::default();
    let world = CountingWorld::default();
    let events = run(&world, &opened, &mut worker(9), vec![], &mut log).await.unwrap();
    assert_eq!(end(&events).ending, Ending::Turns);
    assert_eq!(
        kinds(&events)[2..],
        ["replied", "executed", "wrote", "removed", "replied", "stepped", "ended"]
    );
    assert_eq!(end(&events).beside.calls[0].reply.text, "title 1");
}

#[tokio::test]
async fn one_that_leaves_too_early_is_invalid() {
    struct Quitter;
    #[async_trait]
    impl Agent for Quitter {
        async fn work(&mut self, _: &mut Bench<'_>) -> Result<(), Fault> {
            Ok(())
        }
    }
    let mut log = Log::default();
    let world = CountingWorld::default();
    let events = run(&world, &of_agent(), &mut Quitter, vec![], &mut log).await.unwrap();
    let failure = end(&events).failure.clone().unwrap();
    assert_eq!(failure.message, "the agent stopped before the trial was over");
}
