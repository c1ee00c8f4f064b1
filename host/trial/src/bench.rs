//! The workbench of an agent that brings its own loop and tools: the same world, as a machine.
//!
//! Such an agent cannot be asked turn by turn, so here the trial is the one that is called: for a
//! command, a changed file, a call of one of the world's tools, a reply of the agent's model. Every
//! one is an event, kept before the model is asked for more.
//!
//! A killed trial goes on as its log says: the agent begins again, its model's replies come from the
//! log ([`Bench::asked`]), and what it does is compared with what it did. Only where the log ends is
//! something new. An agent that does not do the same again has no trial to go on with: it is invalid.

use crate::port::{Agent, EventLog, Fault, ScenarioPlugin, World};
use crate::rebuild::{RebuildError, compare};
use crate::run::{ending, out_of_turns};
use record::event::{
    Aside, Beside, Blame, Briefing, CommandOutput, Ended, Ending, Event, Execution, File, Next,
    Opened, Replied, Reply, ToolCall, ToolResult,
};
use std::collections::VecDeque;

/// Runs an agent's trial to its end and returns its whole log; as [`crate::run::run`].
///
/// # Errors
/// As there.
pub async fn run(
    scenario: &dyn ScenarioPlugin,
    opened: &Opened,
    agent: &mut dyn Agent,
    past: Vec<Event>,
    log: &mut dyn EventLog,
) -> Result<Vec<Event>, Fault> {
    // A judge may have answered after the end.
    if past.iter().any(|event| matches!(event, Event::Ended(_))) {
        return Ok(past);
    }
    let asides = past.iter().filter_map(beside).flat_map(|beside| beside.calls.clone()).collect();
    let mut bench = Bench {
        asides,
        beside: Beside::default(),
        events: Vec::new(),
        log,
        opened,
        past: past.into(),
        world: scenario.open(opened.condition, opened.seed),
    };
    let (ending, failure, final_state) = match bench.play(agent).await {
        Ok((ending, final_state)) => (ending, None, final_state),
        Err(fault) if fault.invalidates() => (Ending::Failed, Some(fault.into()), Vec::new()),
        Err(fault) => return Err(fault),
    };
    // After a failure the log keeps what was not reached again.
    bench.events.extend(bench.past.drain(..));
    let beside = std::mem::take(&mut bench.beside);
    bench.keep(Event::Ended(Ended { beside, ending, failure, final_state })).await?;
    Ok(bench.events)
}

/// A trial under way, for its agent.
pub struct Bench<'a> {
    /// Answers of calls beside the work that an earlier process kept, for the same calls again.
    asides: VecDeque<Aside>,
    /// What has happened beside the work since the last reply.
    beside: Beside,
    events: Vec<Event>,
    log: &'a mut dyn EventLog,
    opened: &'a Opened,
    /// What an earlier process kept and the agent has not done again yet.
    past: VecDeque<Event>,
    world: Result<Box<dyn World>, Fault>,
}

impl Bench<'_> {
    /// Which trial this is.
    pub const fn opened(&self) -> &Opened {
        self.opened
    }

    /// The trial so far: what was done, and what was done again.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// All that the agent is told at its start.
    pub fn briefing(&self) -> Option<&Briefing> {
        self.events.iter().find_map(|event| match event {
            Event::Briefed(briefing) => Some(briefing),
            _ => None,
        })
    }

    /// Whether the trial is over: nothing more is to be done or asked.
    pub fn is_over(&self) -> bool {
        ending(self.opened, &self.events).is_some()
    }

    /// The agent asks its model for the next turn. Gives the reply if the log has it; else the log
    /// is kept up to here and the model is to be asked, unless there are no turns left.
    ///
    /// # Errors
    /// `Provider` when an earlier process did something else here.
    pub async fn asked(&mut self) -> Result<Asked, Fault> {
        if self.is_over() || out_of_turns(self.opened, &self.events) {
            return Ok(Asked::Over);
        }
        match self.past.front() {
            None => {
                self.log.settle().await?;
                Ok(Asked::Live)
            }
            Some(Event::Replied(replied)) if replied.is_turn() => {
                let replied = replied.clone();
                self.past.pop_front();
                self.beside = Beside::default();
                self.events.push(Event::Replied(replied.clone()));
                Ok(Asked::Kept(Box::new(replied)))
            }
            Some(other) => Err(self.astray("the agent asks its model", other.kind())),
        }
    }

    /// The model's answer to a question that was [live](Asked::Live).
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn replied(&mut self, replied: Replied) -> Result<(), Fault> {
        let beside = std::mem::take(&mut self.beside);
        self.keep(Event::Replied(Replied { beside, relayed: false, ..replied })).await
    }

    /// The world's word on a last reply that calls nothing.
    ///
    /// # Errors
    /// When the world fails, or gives another answer than the log has.
    pub async fn concluded(&mut self) -> Result<Next, Fault> {
        let Some(Event::Replied(replied)) = self.events.last() else {
            return Err(Fault::new(Blame::Bug, "nothing was said that could end a turn"));
        };
        let reply = replied.reply.clone();
        let step = self.world()?.step(&reply)?;
        let next = step.next.clone();
        self.keep(Event::Stepped(step)).await?;
        Ok(next)
    }

    /// Runs a command in the world's shell.
    ///
    /// # Errors
    /// When the world fails, or this is not what the log has here.
    pub async fn execute(
        &mut self,
        command: &str,
        directory: &str,
    ) -> Result<CommandOutput, Fault> {
        let output = self.world()?.execute(command, directory)?;
        let (command, directory) = (command.to_owned(), directory.to_owned());
        let execution = Execution { command, directory, output: output.clone() };
        self.keep(Event::Executed(execution)).await?;
        Ok(output)
    }

    /// Calls one of the world's tools, as one of the calls of the last reply.
    ///
    /// # Errors
    /// When the world fails, or this is not what the log has here.
    pub async fn call(&mut self, call: ToolCall) -> Result<Option<ToolResult>, Fault> {
        let reply = Reply { calls: vec![call], ..Reply::default() };
        let relayed = Replied { relayed: true, reply: reply.clone(), ..Replied::default() };
        self.keep(Event::Replied(relayed)).await?;
        let step = self.world()?.step(&reply)?;
        let result = step.results.first().cloned();
        self.keep(Event::Stepped(step)).await?;
        Ok(result)
    }

    /// Regular files of the world at or below an absolute path, in path order.
    ///
    /// # Errors
    /// When the world fails.
    pub fn files(&mut self, under: &str) -> Result<Vec<File>, Fault> {
        self.world()?.files(under)
    }

    /// The agent's own tools wrote a file. A file that the world refuses is noted, and false.
    ///
    /// # Errors
    /// When the world fails, or this is not what the log has here.
    pub async fn wrote(&mut self, file: File) -> Result<bool, Fault> {
        if let Err(why) = self.world()?.put_file(&file)? {
            self.note(format!("{} was not written: {why}", file.path));
            return Ok(false);
        }
        self.keep(Event::Wrote(file)).await?;
        Ok(true)
    }

    /// The agent's own tools removed a file; else as [`Self::wrote`].
    ///
    /// # Errors
    /// As there.
    pub async fn removed(&mut self, path: &str) -> Result<bool, Fault> {
        if let Err(why) = self.world()?.remove_file(path)? {
            self.note(format!("{path} was not removed: {why}"));
            return Ok(false);
        }
        self.keep(Event::Removed(path.to_owned())).await?;
        Ok(true)
    }

    /// The answer that an earlier process was given to a call beside the work, if there is one left.
    pub fn aside_kept(&mut self) -> Option<Aside> {
        self.asides.pop_front()
    }

    /// A call beside the work was answered. It is kept with the next reply.
    pub fn aside(&mut self, aside: Aside) {
        self.beside.calls.push(aside);
    }

    /// Something was refused or held back. It is kept with the next reply.
    pub fn note(&mut self, note: impl Into<String>) {
        /// Notes between two replies, and bytes of one: an agent may do refused things without end.
        const NOTES_MAX: usize = 100;
        const NOTE_BYTES_MAX: usize = 500;
        let mut note: String = note.into();
        note.truncate(note.floor_char_boundary(NOTE_BYTES_MAX));
        let notes = &mut self.beside.notes;
        if notes.len() < NOTES_MAX && notes.last() != Some(&note) {
            notes.push(note);
        }
    }

    async fn play(
        &mut self,
        agent: &mut dyn Agent,
    ) -> Result<(Ending, Vec<record::event::Fact>), Fault> {
        self.keep(Event::Opened(self.opened.clone())).await?;
        let briefing = self.world()?.briefing()?;
        self.keep(Event::Briefed(briefing)).await?;
        agent.work(self).await?;
        let turns = || out_of_turns(self.opened, &self.events).then_some(Ending::Turns);
        let ending = ending(self.opened, &self.events).or_else(turns).ok_or_else(|| {
            Fault::new(Blame::Provider, "the agent stopped before the trial was over")
        })?;
        if let Some(event) = self.past.front() {
            return Err(self.astray("the agent is done", event.kind()));
        }
        Ok((ending, self.world()?.final_state()?))
    }

    fn world(&mut self) -> Result<&mut dyn World, Fault> {
        match &mut self.world {
            Ok(world) => Ok(world.as_mut()),
            Err(fault) => Err(fault.clone()),
        }
    }

    /// Appends an event, or finds that the log has it.
    async fn keep(&mut self, event: Event) -> Result<(), Fault> {
        let number = self.events.len();
        let event = match self.past.pop_front() {
            None => {
                self.log.append(&event).await?;
                event
            }
            Some(kept) if same(&kept, &event) => kept,
            Some(kept) => {
                let at = match compare(number, &event, &kept) {
                    Err(RebuildError::Diverged(at)) => at.to_string(),
                    _ => kept.kind().to_owned(),
                };
                let own = matches!(
                    (&kept, &event),
                    (Event::Opened(_), _)
                        | (Event::Briefed(_), Event::Briefed(_))
                        | (Event::Stepped(_), Event::Stepped(_))
                );
                let other = kept.kind();
                self.past.push_front(kept);
                // The world's own word is another: nothing that follows could be verified.
                return Err(match own {
                    true => {
                        let trial = &self.opened.trial;
                        Fault::new(Blame::Tampered, format!("trial {trial}: {at}"))
                    }
                    false => self.astray(&at, other),
                });
            }
        };
        self.events.push(event);
        Ok(())
    }

    fn astray(&self, now: &str, kept: &str) -> Fault {
        let number = self.events.len();
        Fault::new(
            Blame::Provider,
            format!(
                "event {number}: begun again, the agent did not do what it did before: {now}, \
                 where the log has {kept}"
            ),
        )
    }
}

/// What comes of a question to the agent's model.
pub enum Asked {
    /// The trial is over; nobody is asked.
    Over,
    /// The log has this answer.
    Kept(Box<Replied>),
    /// The model is to be asked.
    Live,
}

/// Whether the log's event is the one that happened again. What was noted beside a reply is not part
/// of it: the calls are the same, at another moment.
fn same(kept: &Event, again: &Event) -> bool {
    match (kept, again) {
        (Event::Replied(kept), Event::Replied(again)) => {
            kept.reply == again.reply && kept.relayed == again.relayed
        }
        _ => kept == again,
    }
}

const fn beside(event: &Event) -> Option<&Beside> {
    match event {
        Event::Replied(replied) => Some(&replied.beside),
        Event::Ended(ended) => Some(&ended.beside),
        _ => None,
    }
}
