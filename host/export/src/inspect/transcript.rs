//! A trial's log as the framework's events and messages.
//!
//! A model event names its input by a range of the sample's message pool (`events_data`), as the
//! framework's own logs do: the conversation stands once, and not once a turn.

use super::message;
use super::schema;
use super::score::Named;
use super::usage::Usage;
use record::event::{
    Beside, Briefing, Ended, Ending, Event, Exchange, Execution, File, Judged, Next, Opened,
    Replied, Step, Tool, ToolCall,
};
use serde_json::{Value, json};

/// What stands in every event and message of a trial.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// The time of the export.
    pub(super) created: &'a str,
    /// Who judged, as the operator claims.
    pub(super) judge: &'a str,
    /// Who was tested, as the operator claims.
    pub(super) model: &'a str,
    /// The sample's unique id, from which all others derive.
    pub(super) uuid: &'a str,
}

/// The events of one sample.
pub(super) struct Transcript<'a> {
    frame: Frame<'a>,
    /// Calls of the last reply: the next step answers them in order.
    calls: &'a [ToolCall],
    tools: Value,
    spans: Vec<String>,
    pub(super) events: Vec<Value>,
    pub(super) messages: Vec<Value>,
    /// The last `ModelOutput`.
    pub(super) output: Option<Value>,
    pub(super) turns: u32,
    pub(super) usage: Usage,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(frame: Frame<'a>) -> Self {
        Self {
            frame,
            calls: &[],
            tools: Value::Null,
            spans: Vec::new(),
            events: Vec::new(),
            messages: Vec::new(),
            output: None,
            turns: 0,
            usage: Usage::default(),
        }
    }

    /// What the subject is told before its first turn; returns the sample's `input`.
    pub(super) fn init(
        &mut self,
        id: &str,
        opened: &Opened,
        briefing: Option<&Briefing>,
        metadata: &Value,
    ) -> Value {
        self.begin("init", "init");
        self.info(Some(0), json!({"opened": {
            "condition": opened.condition.to_string(),
            "limits": {"output_bytes": opened.limits.output_bytes, "turns": opened.limits.turns},
            "scenario": {
                "id": opened.scenario.id,
                "sha256": opened.scenario.sha256.to_string(),
                "version": opened.scenario.version.to_string(),
            },
            "seed": opened.seed.to_string(),
            "trial": opened.trial.to_string(),
        }}));
        if let Some(briefing) = briefing {
            if !briefing.memory.is_empty() {
                let notes = briefing.memory.iter();
                let notes = notes.map(|note| json!({"title": note.title, "text": note.text}));
                let notes: Value = notes.collect();
                self.info(Some(1), json!({"memory": notes}));
            }
            if !briefing.system.is_empty() {
                self.tell("system", &briefing.system);
            }
            self.tell("user", &briefing.user);
            self.tools = briefing.tools.iter().map(tool).collect();
        }
        let input = if self.messages.is_empty() { json!("") } else { json!(self.messages) };
        let sample = json!({"id": id, "input": input, "target": "", "metadata": metadata});
        self.event("sample_init", briefing.map(|_| 1), json!({"sample": sample}));
        self.end();
        input
    }

    /// One event of the log after the briefing.
    pub(super) fn turn(&mut self, number: usize, event: &'a Event) {
        match event {
            Event::Replied(replied) => self.reply(number, replied),
            Event::Stepped(step) => self.step(number, step),
            Event::Executed(execution) => self.execute(number, execution),
            Event::Wrote(file) => self.wrote(number, file),
            Event::Removed(path) => self.info(Some(number), json!({"removed": path})),
            Event::Opened(_) | Event::Briefed(_) | Event::Judged(_) | Event::Ended(_) => {}
        }
    }

    fn reply(&mut self, number: usize, replied: &'a Replied) {
        let Replied { beside, exchange, relayed, reply } = replied;
        self.beside(number, beside);
        if *relayed {
            // It is one of an earlier answer's calls, and has been said there.
            self.calls = &reply.calls;
            return;
        }
        let (exchange, seen) = (exchange.as_ref(), self.messages.len());
        let message = message::answered(replied, &self.message_id(), self.frame.model);
        let stop = message::stop_reason(exchange, !reply.calls.is_empty());
        let output = message::output(&message, &reply.text, stop, exchange);
        let mut fields = json!({
            "model": self.frame.model,
            "input": [],
            "input_refs": [[0, seen]],
            "tools": self.tools,
            "tool_choice": "auto",
            "config": {},
            "output": output,
        });
        fields["metadata"] = provenance(exchange);
        self.event("model", Some(number), fields);
        self.messages.push(message);
        self.usage.subject.count(exchange);
        self.output = Some(output);
        self.calls = &reply.calls;
        self.turns += 1;
    }

    /// What a harness did beside its work.
    fn beside(&mut self, number: usize, beside: &Beside) {
        for note in &beside.notes {
            self.info(Some(number), json!({"note": note}));
        }
        for aside in &beside.calls {
            let exchange = aside.exchange.as_ref();
            let told = json!({"aside": aside.reply.text, "exchange": provenance(exchange)});
            self.info(Some(number), told);
            self.usage.subject.count(exchange);
        }
    }

    fn step(&mut self, number: usize, step: &'a Step) {
        for (call, result) in self.calls.iter().zip(&step.results) {
            let id = self.message_id();
            let mut fields = json!({
                "id": call.id,
                "function": call.name,
                "type": "function",
                "arguments": message::arguments(call).unwrap_or_default(),
                "message_id": id,
            });
            match message::error(result) {
                Some(error) => fields["error"] = error,
                None => fields["result"] = json!(result.content),
            }
            self.event("tool", Some(number), fields);
            self.messages.push(message::gave(result, call, &id));
        }
        self.calls = &[];
        if let Next::Ask(text) = &step.next {
            self.tell("user", text);
        }
    }

    fn execute(&mut self, number: usize, execution: &Execution) {
        let output = &execution.output;
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        let fields = json!({
            "action": "exec",
            "cmd": execution.command,
            "options": {"cwd": execution.directory},
            "result": output.status,
            "output": String::from_utf8_lossy(&text),
        });
        self.event("sandbox", Some(number), fields);
    }

    fn wrote(&mut self, number: usize, file: &File) {
        let text = String::from_utf8_lossy(&file.contents);
        let fields = json!({"action": "write_file", "file": file.path, "input": text});
        self.event("sandbox", Some(number), fields);
    }

    /// How the world ended; returns `EvalSampleLimit` where a limit ended it.
    pub(super) fn ended(&mut self, number: usize, ended: &Ended, opened: &Opened) -> Option<Value> {
        self.beside(number, &ended.beside);
        let (kind, limit, message) = match ended.ending {
            Ending::Turns => ("turn", opened.limits.turns, "the turn limit was reached"),
            Ending::Output => {
                ("custom", opened.limits.output_bytes, "the limit of output bytes was reached")
            }
            Ending::Finished | Ending::Failed => return None,
        };
        let fields = json!({"type": kind, "limit": limit, "message": message});
        self.event("sample_limit", Some(number), fields);
        Some(json!({"type": kind, "limit": limit, "reason": message}))
    }

    /// What the sample's error is.
    pub(super) fn failed(&mut self, number: usize, error: &Value) {
        self.event("error", Some(number), json!({"error": error}));
    }

    /// What scorers may rely on.
    pub(super) fn facts(&mut self, number: usize, ended: &Ended) {
        let facts = ended.final_state.iter().map(|fact| {
            let value = serde_json::from_str(&fact.value);
            (fact.name.clone(), value.unwrap_or_else(|_| json!(fact.value)))
        });
        let facts = Value::Object(facts.collect());
        self.info(Some(number), json!({"facts": facts}));
    }

    /// A judge's answer: a model call of its own, which no message of the conversation belongs to.
    pub(super) fn judged(&mut self, number: usize, judged: &Judged) {
        let exchange = judged.exchange.as_ref();
        let model = message::served(exchange, self.frame.judge);
        let answer = json!({
            "role": "assistant",
            "id": format!("{}-j{number}", self.frame.uuid),
            "source": "generate",
            "model": model,
            "content": judged.answer,
        });
        let stop = message::stop_reason(exchange, false);
        let question =
            message::told("user", &format!("{}-q{number}", self.frame.uuid), &judged.prompt);
        let mut fields = json!({
            "model": self.frame.judge,
            "role": "grader",
            "input": [question],
            "tools": [],
            "tool_choice": "none",
            "config": {},
            "output": message::output(&answer, &judged.answer, stop, exchange),
        });
        fields["metadata"] = provenance(exchange);
        fields["metadata"]["schema"] = json!(judged.schema);
        self.event("model", Some(number), fields);
        self.usage.judge.count(exchange);
    }

    /// A verdict.
    pub(super) fn scored(&mut self, named: &Named<'_>, score: &Value) {
        self.begin("scorer", &named.name);
        let fields = json!({
            "score": score,
            "target": "",
            "intermediate": false,
            "scorer": named.name,
        });
        self.event("score", None, fields);
        self.end();
    }

    /// What the framework does not know.
    pub(super) fn info(&mut self, number: Option<usize>, data: Value) {
        self.event("info", number, json!({"source": "kinship", "data": data}));
    }

    /// Begins a span within the one that is open.
    pub(super) fn begin(&mut self, kind: &str, name: &str) {
        let id = format!("{}-s{}", self.frame.uuid, self.events.len());
        let mut fields = json!({"id": id, "type": kind, "name": name});
        if let Some(parent) = self.spans.last() {
            fields["parent_id"] = json!(parent);
        }
        self.spans.push(id);
        self.event("span_begin", None, fields);
    }

    /// Ends the span that was begun last.
    pub(super) fn end(&mut self) {
        let id = json!({"id": self.spans.last()});
        self.event("span_end", None, id);
        self.spans.pop();
    }

    fn tell(&mut self, role: &str, text: &str) {
        let message = message::told(role, &self.message_id(), text);
        self.messages.push(message);
    }

    fn message_id(&self) -> String {
        format!("{}-m{}", self.frame.uuid, self.messages.len())
    }

    fn event(&mut self, kind: &str, number: Option<usize>, mut fields: Value) {
        fields["event"] = json!(kind);
        fields["uuid"] = json!(format!("{}-{}", self.frame.uuid, self.events.len()));
        fields["timestamp"] = json!(self.frame.created);
        fields["working_start"] = json!(0);
        if let Some(span) = self.spans.last() {
            fields["span_id"] = json!(span);
        }
        if let Some(number) = number {
            fields["metadata"]["kinship_event"] = json!(number);
        }
        self.events.push(fields);
    }
}

fn tool(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "parameters": schema::parameters(&tool.parameters),
    })
}

/// What the server said of itself, and what can be held against its own records.
fn provenance(exchange: Option<&Exchange>) -> Value {
    exchange.map_or_else(
        || json!({}),
        |exchange| {
            json!({
                "finish": exchange.finish,
                "request_id": exchange.request_id,
                "request_sha256": exchange.request.to_string(),
                "response_sha256": exchange.response.to_string(),
            })
        },
    )
}
