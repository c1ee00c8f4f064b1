//! One trial in a harness: the loop between its cage, its session, its model and the world.

use crate::harness::acp::{Relay, Session};
use crate::harness::cage::{self, Cage, Furnishing, Happening};
use crate::harness::install::Installed;
use crate::harness::kind::{Kind, SERVER, Stay};
use crate::harness::machine::{Machine, roots};
use crate::harness::mcp::{self, WorldCall};
use crate::harness::mirror::Mirror;
use crate::harness::proxy::{self, Question};
use crate::harness::puppet::{ORDINARY, Puppet};
use crate::harness::wire::{self, Asked as Request, Response};
use crate::harness::{Mind, line};
use async_trait::async_trait;
use record::digest::Digest;
use record::event::{
    Aside, Blame, Briefing, Event, File, Next, Replied, Reply, Tool, ToolCall, ToolResult,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use trial::bench::{Asked, Bench};
use trial::port::{Agent, Fault, ScenarioPlugin, SubjectSource as _};

/// Where the model is on the cage's loopback.
const PORT: u16 = 8080;
/// Requests that wait for the loop. A harness has one or two at a time.
const WAITING_MAX: usize = 16;
/// What a reference subject answers to whatever a harness asks beside the task.
const ASIDE: &str = "Work in progress";

/// A harness, to work in one trial.
pub(super) struct Worker {
    pub(super) installed: Arc<Installed>,
    pub(super) mind: Mind,
    pub(super) scenario: Arc<dyn ScenarioPlugin>,
}

#[async_trait]
impl Agent for Worker {
    async fn work(&mut self, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let puppet = match &self.mind {
            Mind::Model(_) => None,
            Mind::Reference(reference) => {
                let opened = bench.opened();
                let name = reference.exemplar(&opened.trial.cell, opened.seed, &self.scenario)?;
                let exemplar = self.scenario.exemplar(opened.condition, opened.seed, &name)?;
                Some(Puppet::new(exemplar))
            }
        };
        let mut shift = Shift::begin(self, puppet, bench).await?;
        let ended = shift.go_on(bench).await;
        let Shift { cage, session, .. } = shift;
        drop(session);
        cage.stop().await;
        ended
    }
}

/// A harness at work.
struct Shift<'a> {
    /// The last question for a turn and its answer: a harness that asks the same again gets the same.
    answered: Option<(Digest, Response)>,
    cage: Cage,
    calls: mpsc::Receiver<WorldCall>,
    calls_in: mpsc::Sender<WorldCall>,
    kind: &'static dyn Kind,
    mind: &'a Mind,
    mirror: Mirror,
    /// The user's next message, once the harness has ended its turn.
    next: Option<String>,
    puppet: Option<Puppet>,
    questions: mpsc::Receiver<Question>,
    questions_in: mpsc::Sender<Question>,
    session: Session,
    task: String,
    tools: Arc<[Tool]>,
    /// Calls of the model that are under way.
    under_way: JoinSet<Answered>,
    /// Who else waits for the answer to a question that is under way.
    waiting: BTreeMap<Digest, Vec<oneshot::Sender<Response>>>,
    withheld: BTreeSet<String>,
}

/// What the harness asked.
struct Put {
    answer: oneshot::Sender<Response>,
    asked: Request,
    /// Of the request as it came: what is withheld from the model makes no other question of it.
    digest: Digest,
}

/// A call of the model that came back.
struct Answered {
    came: Result<Replied, Fault>,
    is_turn: bool,
    put: Put,
}

impl<'a> Shift<'a> {
    async fn begin(
        worker: &'a Worker,
        puppet: Option<Puppet>,
        bench: &mut Bench<'_>,
    ) -> Result<Self, Fault> {
        let kind = worker.installed.harness.0;
        let briefing = bench
            .briefing()
            .cloned()
            .ok_or_else(|| Fault::new(Blame::Bug, "a harness begins before it is briefed"))?;
        let files = bench.files("/")?;
        let machine = Machine::of(worker.scenario.as_ref(), bench.opened(), &files)?;
        let tools: Arc<[Tool]> = briefing
            .tools
            .iter()
            .filter(|tool| !ORDINARY.contains(&tool.name.as_str()))
            .cloned()
            .collect();
        let furnishing = furnishing(worker, kind, &machine, &briefing, &files, tools.is_empty());
        let mut cage = cage::start(furnishing, &files).await?;
        let relay = (!tools.is_empty()).then_some(Relay { name: SERVER, program: cage::RELAY });
        let session = Session::open(line::bounded(cage.stdio()), &machine.home, relay);
        session.prompt(briefing.user.clone()).await;
        let (questions_in, questions) = mpsc::channel(WAITING_MAX);
        let (calls_in, calls) = mpsc::channel(WAITING_MAX);
        Ok(Self {
            answered: None,
            cage,
            calls,
            calls_in,
            kind,
            mind: &worker.mind,
            mirror: Mirror::new(machine.clock, &files),
            next: None,
            puppet,
            questions,
            questions_in,
            session,
            task: briefing.user,
            tools,
            under_way: JoinSet::new(),
            waiting: BTreeMap::new(),
            withheld: BTreeSet::new(),
        })
    }

    /// Until the trial is over.
    async fn go_on(&mut self, bench: &mut Bench<'_>) -> Result<(), Fault> {
        loop {
            tokio::select! {
                happening = self.cage.next() => self.happened(happening, bench).await?,
                Some(question) = self.questions.recv() => {
                    if self.asked(question, bench).await? == Goes::Over {
                        return Ok(());
                    }
                }
                Some(call) = self.calls.recv() => self.called(call, bench).await?,
                Some(answered) = self.under_way.join_next() => {
                    let answered = answered
                        .map_err(|error| Fault::new(Blame::Bug, format!("a call ended early: {error}")))?;
                    self.came(answered, bench).await?;
                }
                done = self.session.done() => {
                    if self.turn_done(done, bench).await? == Goes::Over {
                        return Ok(());
                    }
                }
            }
            if bench.is_over() {
                return Ok(());
            }
        }
    }

    async fn happened(&mut self, happening: Happening, bench: &mut Bench<'_>) -> Result<(), Fault> {
        match happening {
            Happening::Command { id, words, directory, stdin } => {
                self.mirror.gather(&self.cage, bench).await?;
                let command = cage::command(&words, &stdin);
                let output = bench.execute(&command, &directory).await?;
                self.mirror.show(&self.cage, bench).await?;
                self.cage.answer(id, output).await;
            }
            Happening::Connection(stream) => {
                tokio::spawn(proxy::serve(stream, self.questions_in.clone()));
            }
            Happening::Mcp(stream) => {
                let (tools, calls) = (self.tools.clone(), self.calls_in.clone());
                tokio::spawn(mcp::serve(line::bounded(stream), tools, calls));
            }
            Happening::Odd { what } => bench.note(what),
            Happening::Exited { status, stderr } => {
                let said = String::from_utf8_lossy(&stderr);
                let last = said.lines().rev().find(|line| !line.trim().is_empty());
                let last: String = last.unwrap_or("nothing").chars().take(300).collect();
                let title = self.kind.title();
                let message = format!("{title} exited with {status}; it said last: {last}");
                return Err(Fault::new(Blame::Provider, message));
            }
        }
        Ok(())
    }

    /// The harness asks its model.
    async fn asked(&mut self, question: Question, bench: &mut Bench<'_>) -> Result<Goes, Fault> {
        let Question { mut asked, answer } = question;
        let digest = Digest::of(&asked.body);
        if let Some((_, response)) = self.answered.as_ref().filter(|(last, _)| *last == digest) {
            send(answer, response.clone());
            return Ok(Goes::On);
        }
        if let Some(waiting) = self.waiting.get_mut(&digest) {
            waiting.push(answer);
            return Ok(Goes::On);
        }
        for name in wire::withhold(&mut asked) {
            if self.withheld.insert(name.clone()) {
                bench.note(format!("withheld from the model: {name}"));
            }
        }
        let conversation = match wire::read(&asked) {
            Ok(conversation) => conversation,
            Err(error) => {
                bench.note(format!("a request that is none: {error}"));
                send(answer, wire::error(Some(asked.protocol), 400, &error.to_string()));
                return Ok(Goes::On);
            }
        };
        if self.kind.is_turn(&conversation, &self.task) {
            self.turn(Put { answer, asked, digest }, bench).await
        } else {
            self.aside(Put { answer, asked, digest }, bench);
            Ok(Goes::On)
        }
    }

    async fn turn(&mut self, put: Put, bench: &mut Bench<'_>) -> Result<Goes, Fault> {
        self.mirror.gather(&self.cage, bench).await?;
        let acted = match &mut self.puppet {
            Some(puppet) => Some(puppet.reply(self.kind, bench)?),
            None => None,
        };
        match (bench.asked().await?, acted) {
            (Asked::Over, _) => return Ok(Goes::Over),
            (Asked::Kept(replied), _) => self.give(put, &replied, bench).await?,
            (Asked::Live, Some(reply)) => {
                let replied = Replied { reply, ..Replied::default() };
                bench.replied(replied.clone()).await?;
                self.give(put, &replied, bench).await?;
            }
            (Asked::Live, None) => {
                self.waiting.insert(put.digest, Vec::new());
                self.ask(put, true, bench);
            }
        }
        Ok(Goes::On)
    }

    /// Something the harness wants to know on its own account.
    fn aside(&mut self, put: Put, bench: &mut Bench<'_>) {
        let kept = bench.aside_kept().or_else(|| {
            let reply = Reply { text: ASIDE.to_owned(), ..Reply::default() };
            self.puppet.as_ref().map(|_| Aside { exchange: None, reply })
        });
        match kept {
            Some(Aside { exchange, reply }) => {
                tell(put, Replied { exchange, reply, ..Replied::default() }, bench);
            }
            None => self.ask(put, false, bench),
        }
    }

    /// Asks the model, while the loop goes on.
    fn ask(&mut self, put: Put, is_turn: bool, bench: &Bench<'_>) {
        let Mind::Model(model) = self.mind else {
            return;
        };
        let turns = |event: &Event| match event {
            Event::Replied(replied) if replied.is_turn() => Some(replied.clone()),
            _ => None,
        };
        let past: Vec<Replied> = bench.events().iter().filter_map(turns).collect();
        let (model, trial) = (model.clone(), bench.opened().trial.clone());
        self.under_way.spawn(async move {
            let past_replies: Vec<&Replied> = past.iter().collect();
            let came = model.relay(&trial, past.len(), &put.asked, &past_replies).await;
            Answered { came, is_turn, put }
        });
    }

    async fn came(&mut self, answered: Answered, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let Answered { came, is_turn, put } = answered;
        match (came, is_turn) {
            (Ok(replied), true) => {
                bench.replied(replied.clone()).await?;
                self.give(put, &replied, bench).await
            }
            (Ok(replied), false) => {
                tell(put, replied, bench);
                Ok(())
            }
            // The trial does not hang on what the harness asks besides.
            (Err(fault), false) if fault.invalidates() => {
                bench.note(format!("a call beside the task failed: {}", fault.message));
                let Put { answer, asked, .. } = put;
                send(answer, wire::error(Some(asked.protocol), 400, "the model failed"));
                Ok(())
            }
            (Err(fault), _) => Err(fault),
        }
    }

    /// Gives the harness a reply that is kept. One that calls nothing is the world's to answer.
    async fn give(
        &mut self,
        put: Put,
        replied: &Replied,
        bench: &mut Bench<'_>,
    ) -> Result<(), Fault> {
        if bench.is_over() {
            return Ok(());
        }
        if replied.reply.calls.is_empty() {
            self.concluded(bench).await?;
        }
        let Put { answer, asked, digest } = put;
        let response = wire::write(&asked, replied);
        for waiting in self.waiting.remove(&digest).unwrap_or_default() {
            send(waiting, response.clone());
        }
        self.answered = Some((digest, response.clone()));
        send(answer, response);
        Ok(())
    }

    async fn concluded(&mut self, bench: &mut Bench<'_>) -> Result<(), Fault> {
        match bench.concluded().await? {
            Next::Ask(message) => {
                self.next = Some(message);
                self.mirror.show(&self.cage, bench).await
            }
            Next::Observe => self.mirror.show(&self.cage, bench).await,
            Next::End => Ok(()),
        }
    }

    /// The harness has ended its turn.
    async fn turn_done(
        &mut self,
        done: Result<(), String>,
        bench: &mut Bench<'_>,
    ) -> Result<Goes, Fault> {
        if let Err(message) = done {
            let title = self.kind.title();
            return Err(Fault::new(Blame::Provider, format!("{title}: {message}")));
        }
        if self.next.is_none() {
            // It left off in the middle, by a limit of its own: an empty last word.
            self.mirror.gather(&self.cage, bench).await?;
            match bench.asked().await? {
                Asked::Over => return Ok(Goes::Over),
                Asked::Kept(_) => {}
                Asked::Live => bench.replied(Replied::default()).await?,
            }
            self.concluded(bench).await?;
        }
        if let Some(message) = self.next.take() {
            self.session.prompt(message).await;
        }
        Ok(Goes::On)
    }

    /// The harness calls a tool of the world's.
    async fn called(&mut self, call: WorldCall, bench: &mut Bench<'_>) -> Result<(), Fault> {
        let WorldCall { answer, arguments, name } = call;
        let known = self.tools.iter().any(|tool| tool.name == name);
        if !known {
            let content = format!("There is no tool named {name:?}.");
            // A harness that is gone is seen elsewhere.
            let _gone =
                answer.send(Some(ToolResult { content, id: String::new(), is_error: true }));
            return Ok(());
        }
        self.mirror.gather(&self.cage, bench).await?;
        let id = format!("relayed-{}", bench.events().len());
        let result = bench.call(ToolCall { arguments, id, name }).await?;
        self.mirror.show(&self.cage, bench).await?;
        let _gone = answer.send(result);
        Ok(())
    }
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    Over,
}

/// Gives the harness what it asked beside the task, and notes it.
fn tell(put: Put, replied: Replied, bench: &mut Bench<'_>) {
    send(put.answer, wire::write(&put.asked, &replied));
    bench.aside(Aside { exchange: replied.exchange, reply: replied.reply });
}

fn send(answer: oneshot::Sender<Response>, response: Response) {
    // A harness that does not wait any more asks again.
    let _gone = answer.send(response);
}

/// Everything that the cage needs to know.
fn furnishing(
    worker: &Worker,
    kind: &dyn Kind,
    machine: &Machine,
    briefing: &Briefing,
    files: &[File],
    own_memory: bool,
) -> Furnishing {
    let installed = &worker.installed;
    let package = format!("{MODULES}/{}", kind.package().0);
    let mut instructions = briefing.system.clone();
    // Notes that no tool of the world's offers are the harness's own memory.
    if own_memory && !briefing.memory.is_empty() {
        instructions.push_str("\n\n# Notes\n");
        for item in &briefing.memory {
            instructions.push_str(&format!("\n## {}\n\n{}\n", item.title, item.text));
        }
    }
    let model = match &worker.mind {
        Mind::Model(model) => model.claim().model,
        Mind::Reference(_) => "default".to_owned(),
    };
    let furniture = kind.furniture(&Stay {
        home: &machine.home,
        instructions: &instructions,
        model: &model,
        package: &package,
        port: PORT,
        roots: &roots(files, &machine.home),
    });
    let own = |(path, text): (String, String)| File {
        contents: text.into_bytes(),
        mode: 0o644,
        modified: machine.clock,
        path,
    };
    let mut readonly = vec![(installed.modules(), MODULES.to_owned())];
    readonly.extend(installed.programs().map(|(path, place)| (path.to_owned(), place)));
    let binary = kind.binary().map(|binary| installed.modules().join(binary));
    let programs = installed.programs().map(|(path, _)| path.to_owned()).chain(binary).collect();
    Furnishing {
        clock: machine.clock,
        command: furniture.command,
        directory: machine.home.clone(),
        environment: furniture.environment,
        home: machine.home.clone(),
        host_name: machine.host.clone(),
        ignored: furniture.ignored,
        own: furniture.own.into_iter().map(own).collect(),
        port: PORT,
        programs,
        readonly,
        user: machine.user.clone(),
    }
}

/// Where npm puts packages on a machine.
const MODULES: &str = "/usr/lib/node_modules";
