//! Values of `wit/v0` and of the record, turned into each other; nothing is decided here.
//! `to_x` gives what a guest reads, `x` what a guest said.

use super::bindings::kinship::plugin::types as wit;
use crate::manifest::Problems;
use record::condition::{Channel, Condition, Oversight, Relationship, Stake};
use record::event::{
    Briefing, CommandOutput, Ending, Event, Fact, File, MemoryItem, Next, Opened, Reply, Step,
    Tool, ToolCall, ToolResult,
};
use record::id::Behaviour;
use record::manifest::{
    Acceptance, ExemplarSpec, FactSpec, PluginRef, ScenarioManifest, ScorerManifest,
};
use record::verdict::{Evidence, Mark, Measure, Outcome, Place, Verdict};

pub(super) fn to_condition(condition: Condition) -> wit::Condition {
    wit::Condition {
        stake: match condition.stake {
            Stake::None => wit::Stake::None,
            Stake::Own => wit::Stake::Itself,
            Stake::Peer => wit::Stake::Peer,
        },
        relationship: match condition.relationship {
            Relationship::None => wit::Relationship::None,
            Relationship::Adversarial => wit::Relationship::Adversarial,
            Relationship::Neutral => wit::Relationship::Neutral,
            Relationship::Positive => wit::Relationship::Positive,
        },
        channel: match condition.channel {
            Channel::None => wit::Channel::None,
            Channel::File => wit::Channel::File,
            Channel::FileAndPrompt => wit::Channel::FileAndPrompt,
            Channel::Memory => wit::Channel::Memory,
        },
        oversight: match condition.oversight {
            Oversight::Unstated => wit::Oversight::Unstated,
            Oversight::Monitored => wit::Oversight::Monitored,
            Oversight::Unmonitored => wit::Oversight::Unmonitored,
        },
    }
}

fn condition(condition: wit::Condition) -> Condition {
    Condition {
        stake: match condition.stake {
            wit::Stake::None => Stake::None,
            wit::Stake::Itself => Stake::Own,
            wit::Stake::Peer => Stake::Peer,
        },
        relationship: match condition.relationship {
            wit::Relationship::None => Relationship::None,
            wit::Relationship::Adversarial => Relationship::Adversarial,
            wit::Relationship::Neutral => Relationship::Neutral,
            wit::Relationship::Positive => Relationship::Positive,
        },
        channel: match condition.channel {
            wit::Channel::None => Channel::None,
            wit::Channel::File => Channel::File,
            wit::Channel::FileAndPrompt => Channel::FileAndPrompt,
            wit::Channel::Memory => Channel::Memory,
        },
        oversight: match condition.oversight {
            wit::Oversight::Unstated => Oversight::Unstated,
            wit::Oversight::Monitored => Oversight::Monitored,
            wit::Oversight::Unmonitored => Oversight::Unmonitored,
        },
    }
}

const fn outcome(outcome: wit::Outcome) -> Outcome {
    match outcome {
        wit::Outcome::Complied => Outcome::Complied,
        wit::Outcome::Exhibited => Outcome::Exhibited,
        wit::Outcome::Refused => Outcome::Refused,
        wit::Outcome::Incomplete => Outcome::Incomplete,
        wit::Outcome::Invalid => Outcome::Invalid,
    }
}

pub(super) fn briefing(briefing: wit::Briefing) -> Briefing {
    let wit::Briefing { system, user, memory, tools } = briefing;
    let memory_item = |item: wit::MemoryItem| MemoryItem { text: item.text, title: item.title };
    let tool = |tool: wit::Tool| Tool {
        description: tool.description,
        name: tool.name,
        parameters: tool.parameters,
    };
    Briefing {
        memory: memory.into_iter().map(memory_item).collect(),
        system,
        tools: tools.into_iter().map(tool).collect(),
        user,
    }
}

fn to_briefing(briefing: &Briefing) -> wit::Briefing {
    let Briefing { memory, system, tools, user } = briefing.clone();
    let memory_item = |item: MemoryItem| wit::MemoryItem { title: item.title, text: item.text };
    let tool = |tool: Tool| wit::Tool {
        name: tool.name,
        description: tool.description,
        parameters: tool.parameters,
    };
    wit::Briefing {
        system,
        user,
        memory: memory.into_iter().map(memory_item).collect(),
        tools: tools.into_iter().map(tool).collect(),
    }
}

pub(super) fn reply(reply: wit::Reply) -> Reply {
    let call =
        |call: wit::ToolCall| ToolCall { arguments: call.arguments, id: call.id, name: call.name };
    Reply {
        calls: reply.calls.into_iter().map(call).collect(),
        reasoning: reply.reasoning,
        text: reply.text,
    }
}

pub(super) fn to_reply(reply: &Reply) -> wit::Reply {
    let Reply { calls, reasoning, text } = reply.clone();
    let call =
        |call: ToolCall| wit::ToolCall { id: call.id, name: call.name, arguments: call.arguments };
    wit::Reply { text, reasoning, calls: calls.into_iter().map(call).collect() }
}

pub(super) fn step(step: wit::Step) -> Step {
    let (results, next) = match step {
        wit::Step::Observe(results) => (results, Next::Observe),
        wit::Step::Ask((results, message)) => (results, Next::Ask(message)),
        wit::Step::End(results) => (results, Next::End),
    };
    let result = |result: wit::ToolResult| ToolResult {
        content: result.content,
        id: result.id,
        is_error: result.is_error,
    };
    Step { next, results: results.into_iter().map(result).collect() }
}

pub(super) fn to_step(step: &Step) -> wit::Step {
    let Step { next, results } = step.clone();
    let result = |result: ToolResult| wit::ToolResult {
        id: result.id,
        content: result.content,
        is_error: result.is_error,
    };
    let results = results.into_iter().map(result).collect();
    match next {
        Next::Observe => wit::Step::Observe(results),
        Next::Ask(message) => wit::Step::Ask((results, message)),
        Next::End => wit::Step::End(results),
    }
}

pub(super) fn file(file: wit::File) -> File {
    let wit::File { path, contents, modified, mode } = file;
    File { contents, mode, modified, path }
}

pub(super) fn to_file(file: &File) -> wit::File {
    let File { contents, mode, modified, path } = file.clone();
    wit::File { path, contents, modified, mode }
}

pub(super) fn command_output(output: wit::CommandOutput) -> CommandOutput {
    let wit::CommandOutput { stdout, stderr, status } = output;
    CommandOutput { status, stderr, stdout }
}

fn to_command_output(output: &CommandOutput) -> wit::CommandOutput {
    let CommandOutput { status, stderr, stdout } = output.clone();
    wit::CommandOutput { stdout, stderr, status }
}

pub(super) fn fact(fact: wit::Fact) -> Fact {
    Fact { name: fact.name, value: fact.value }
}

/// `events`: all to `ended`, so that places in the list are the numbers of the log.
pub(super) fn to_trial_record(
    scenario: &PluginRef,
    opened: &Opened,
    events: &[Event],
) -> wit::TrialRecord {
    let state = events.iter().find_map(|event| match event {
        Event::Ended(ended) => Some(ended.final_state.as_slice()),
        _ => None,
    });
    let fact = |fact: &Fact| wit::Fact { name: fact.name.clone(), value: fact.value.clone() };
    wit::TrialRecord {
        scenario: scenario.id.clone(),
        version: scenario.version.to_string(),
        condition: to_condition(opened.condition),
        events: events.iter().filter_map(to_event).collect(),
        final_state: state.unwrap_or_default().iter().map(fact).collect(),
    }
}

/// `None` for judge answers, which stand after all that a scorer reads.
fn to_event(event: &Event) -> Option<wit::Event> {
    Some(match event {
        Event::Opened(_) => wit::Event::Opened,
        Event::Briefed(briefing) => wit::Event::Briefed(to_briefing(briefing)),
        Event::Replied(replied) => wit::Event::Replied(to_reply(&replied.reply)),
        Event::Stepped(step) => wit::Event::Stepped(to_step(step)),
        Event::Executed(execution) => wit::Event::Executed(wit::Execution {
            command: execution.command.clone(),
            directory: execution.directory.clone(),
            output: to_command_output(&execution.output),
        }),
        Event::Wrote(file) => wit::Event::Wrote(to_file(file)),
        Event::Removed(path) => wit::Event::Removed(path.clone()),
        Event::Judged(_) => return None,
        Event::Ended(ended) => wit::Event::Ended(match ended.ending {
            Ending::Finished => wit::Ending::Finished,
            Ending::Turns => wit::Ending::Turns,
            Ending::Output => wit::Ending::Output,
            Ending::Failed => wit::Ending::Failed,
        }),
    })
}

/// `None` when a text has no value of its type; `problems` then says which.
pub(super) fn scenario_manifest(
    manifest: wit::ScenarioManifest,
    problems: &mut Problems,
) -> Option<ScenarioManifest> {
    let id = problems.parse("id", &manifest.id);
    let version = problems.parse("version", &manifest.version);
    let behaviours = behaviours(&manifest.behaviours, problems);
    let mut exemplars = Vec::new();
    for (i, exemplar) in manifest.exemplars.into_iter().enumerate() {
        let behaviour = problems.parse(&format!("exemplars[{i}].behaviour"), &exemplar.behaviour);
        exemplars.extend(behaviour.map(|behaviour| ExemplarSpec {
            behaviour,
            name: exemplar.name,
            outcome: outcome(exemplar.outcome),
            summary: exemplar.summary,
        }));
    }
    let fact = |fact: wit::FactSpec| FactSpec { description: fact.description, name: fact.name };
    Some(ScenarioManifest {
        authors: manifest.authors,
        behaviours,
        canary: manifest.canary,
        conditions: manifest.conditions.into_iter().map(condition).collect(),
        exemplars,
        facts: manifest.facts.into_iter().map(fact).collect(),
        id: id?,
        licence: manifest.licence,
        title: manifest.title,
        turns: manifest.turns,
        version: version?,
    })
}

/// As [`scenario_manifest`]. `judged`: whether the component imports a judge.
pub(super) fn scorer_manifest(
    manifest: wit::ScorerManifest,
    judged: bool,
    problems: &mut Problems,
) -> Option<ScorerManifest> {
    let id = problems.parse("id", &manifest.id);
    let version = problems.parse("version", &manifest.version);
    let behaviours = behaviours(&manifest.behaviours, problems);
    let mut accepts = Vec::new();
    for (i, acceptance) in manifest.accepts.iter().enumerate() {
        let scenario = match acceptance.scenario.as_str() {
            "*" => Some(None),
            id => problems.parse(&format!("accepts[{i}].scenario"), id).map(Some),
        };
        let versions = problems.parse(&format!("accepts[{i}].versions"), &acceptance.versions);
        accepts.extend(
            scenario.zip(versions).map(|(scenario, versions)| Acceptance { scenario, versions }),
        );
    }
    Some(ScorerManifest {
        accepts,
        authors: manifest.authors,
        behaviours,
        every_trial: manifest.every_trial,
        facts: manifest.facts,
        id: id?,
        judged,
        licence: manifest.licence,
        title: manifest.title,
        version: version?,
    })
}

fn behaviours(texts: &[String], problems: &mut Problems) -> Vec<Behaviour> {
    let parse = |(i, text): (usize, &String)| problems.parse(&format!("behaviours[{i}]"), text);
    texts.iter().enumerate().filter_map(parse).collect()
}

pub(super) fn verdict(verdict: wit::Verdict) -> Result<Verdict, String> {
    let mark = |mark: wit::Mark| match mark {
        wit::Mark::Disclosed => Mark::Disclosed,
        wit::Mark::Aware => Mark::Aware,
        wit::Mark::Attempted => Mark::Attempted,
    };
    let measure = |measure: wit::Measure| Measure {
        name: measure.name,
        unit: measure.unit,
        value: measure.value,
    };
    Ok(Verdict {
        behaviour: verdict.behaviour.parse::<Behaviour>().map_err(|error| error.to_string())?,
        evidence: verdict.evidence.into_iter().map(evidence).collect(),
        marks: verdict.marks.into_iter().map(mark).collect(),
        measures: verdict.measures.into_iter().map(measure).collect(),
        outcome: outcome(verdict.outcome),
        summary: verdict.summary,
    })
}

fn evidence(evidence: wit::Evidence) -> Evidence {
    Evidence {
        end: evidence.end,
        event: evidence.event,
        note: evidence.note,
        place: match evidence.place {
            wit::Place::Text => Place::Text,
            wit::Place::Reasoning => Place::Reasoning,
            wit::Place::Arguments(n) => Place::Arguments(n),
            wit::Place::Content(n) => Place::Content(n),
            wit::Place::Command => Place::Command,
            wit::Place::Fact(name) => Place::Fact(name),
        },
        start: evidence.start,
    }
}
