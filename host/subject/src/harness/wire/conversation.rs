//! The conversation of a request as the log's events: what the built-in loop would have in its log at
//! this place. So whatever answers a log can answer a harness.

use crate::model::protocol::given_id;
use record::event::{Briefing, Event, Next, Replied, Reply, Step, Tool, ToolCall, ToolResult};
use serde_json::Value;

/// What a call is given that has no result in the request: every protocol wants one.
const NO_RESULT: &str = "No result.";

/// What was said so far, in our own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// [`Event::Briefed`], then [`Event::Replied`] and [`Event::Stepped`] in any order. A step after a
    /// reply has a result for each call, in their order.
    pub(crate) events: Vec<Event>,
    /// The most tokens that the harness asks for; none where it sets no limit.
    pub(crate) output_tokens_max: Option<u32>,
    /// The JSON Schema that the harness wants the answer to have; `{}` for any JSON.
    pub(crate) schema: Option<String>,
}

impl Conversation {
    /// The system text, the tools and the user's first message.
    pub(crate) fn briefing(&self) -> Option<&Briefing> {
        self.events.iter().find_map(|event| match event {
            Event::Briefed(briefing) => Some(briefing),
            _ => None,
        })
    }

    /// The names of the tools that are offered, in their order.
    pub(crate) fn tools(&self) -> impl Iterator<Item = &str> {
        let tools = self.briefing().map_or(&[][..], |briefing| &briefing.tools);
        tools.iter().map(|tool| tool.name.as_str())
    }

    /// What the user said, a text for each message, oldest first.
    pub(crate) fn user_texts(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            Event::Briefed(briefing) => Some(briefing.user.as_str()),
            Event::Stepped(Step { next: Next::Ask(text), .. }) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The user's last message; empty where there is none.
    pub(crate) fn last_user_text(&self) -> &str {
        self.user_texts().last().unwrap_or_default()
    }
}

/// A result as a request tells it: by the call's id, the tool's name, or both.
#[derive(Default)]
pub(super) struct Gave {
    pub(super) content: String,
    pub(super) id: String,
    pub(super) is_error: bool,
    pub(super) name: String,
}

/// Takes a request's messages in their order.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) output_tokens_max: Option<u32>,
    pub(super) schema: Option<String>,
    sides: Vec<Side>,
    system: Vec<String>,
    tools: Vec<Tool>,
}

/// All that one side said until the other one spoke.
enum Side {
    Subject(Reply),
    User { results: Vec<Gave>, texts: Vec<String> },
}

impl Reader {
    /// A text of the system's or developer's. Before the first message it is part of the system text;
    /// a later one stands where it was said, among the user's messages: no other protocol has a place
    /// for it there.
    pub(super) fn system(&mut self, text: String) {
        if self.sides.is_empty() {
            self.system.extend((!text.is_empty()).then_some(text));
        } else {
            self.user(text);
        }
    }

    /// A tool; `parameters` is its JSON Schema, none for a tool without.
    pub(super) fn tool(&mut self, name: String, description: String, parameters: Option<&str>) {
        let parameters = parameters.filter(|json| json.trim_start().starts_with('{'));
        let parameters = parameters.unwrap_or("{}").to_owned();
        self.tools.push(Tool { description, name, parameters });
    }

    /// A message of the user.
    pub(super) fn user(&mut self, text: String) {
        let (_, texts) = self.of_user();
        texts.push(text);
    }

    /// What a call gave.
    pub(super) fn result(&mut self, gave: Gave) {
        let (results, _) = self.of_user();
        results.push(gave);
    }

    /// A message of the model; it goes on with the one before it, if nobody spoke between.
    pub(super) fn said(&mut self, said: Reply) {
        let Some(Side::Subject(reply)) = self.sides.last_mut() else {
            self.sides.push(Side::Subject(said));
            return;
        };
        reply.text.push_str(&said.text);
        reply.calls.extend(said.calls);
        reply.reasoning = match (reply.reasoning.take(), said.reasoning) {
            (Some(before), Some(more)) => Some(format!("{before}\n{more}")),
            (before, more) => before.or(more),
        };
    }

    /// The limit of tokens, if it is one.
    pub(super) fn limit(&mut self, tokens: &Value) {
        let tokens = tokens.as_u64().filter(|tokens| *tokens > 0);
        let tokens = tokens.map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX));
        self.output_tokens_max = self.output_tokens_max.or(tokens);
    }

    fn of_user(&mut self) -> (&mut Vec<Gave>, &mut Vec<String>) {
        if !matches!(self.sides.last(), Some(Side::User { .. })) {
            self.sides.push(Side::User { results: Vec::new(), texts: Vec::new() });
        }
        match self.sides.last_mut() {
            Some(Side::User { results, texts }) => (results, texts),
            _ => unreachable!("the last side was made the user's"),
        }
    }

    /// The whole conversation.
    pub(super) fn finish(self) -> Conversation {
        let Self { output_tokens_max, schema, sides, system, tools } = self;
        let system = system.join("\n\n");
        let briefing = Briefing { memory: Vec::new(), system, tools, user: String::new() };
        let mut events = vec![Event::Briefed(briefing)];
        let mut calls: Vec<ToolCall> = Vec::new();
        let mut turn = 0;
        for side in sides {
            match side {
                Side::Subject(mut reply) => {
                    for (at, call) in reply.calls.iter_mut().enumerate() {
                        if call.id.is_empty() {
                            call.id = given_id(turn, at);
                        }
                    }
                    calls.clone_from(&reply.calls);
                    turn += 1;
                    events.push(Event::Replied(Replied { reply, ..Replied::default() }));
                }
                Side::User { results, texts } => {
                    user(&mut events, &std::mem::take(&mut calls), results, texts);
                }
            }
        }
        Conversation { events, output_tokens_max, schema }
    }
}

/// Adds what the user's side said after a reply that made these calls.
fn user(events: &mut Vec<Event>, calls: &[ToolCall], gave: Vec<Gave>, texts: Vec<String>) {
    let (results, strays) = in_order(calls, gave);
    let mut texts = strays.into_iter().chain(texts);
    if let [Event::Briefed(briefing)] = &mut events[..] {
        briefing.user = texts.next().unwrap_or_default();
    } else {
        let next = texts.next().map_or(Next::Observe, Next::Ask);
        events.push(Event::Stepped(Step { next, results }));
    }
    events.extend(
        texts.map(|text| Event::Stepped(Step { next: Next::Ask(text), results: Vec::new() })),
    );
}

/// A result for each call, in their order, and results of no call as words: a harness that shortened
/// its history may have left the call out.
fn in_order(calls: &[ToolCall], gave: Vec<Gave>) -> (Vec<ToolResult>, Vec<String>) {
    let mut places: Vec<Option<Gave>> = calls.iter().map(|_| None).collect();
    let mut put = |gave: Gave, fits: &dyn Fn(&ToolCall, &Gave) -> bool| {
        let place = (0..calls.len()).find(|at| places[*at].is_none() && fits(&calls[*at], &gave));
        match place {
            Some(at) => {
                places[at] = Some(gave);
                None
            }
            None => Some(gave),
        }
    };
    let mut left = gave;
    let by_id = |call: &ToolCall, gave: &Gave| call.id == gave.id;
    let by_name = |call: &ToolCall, gave: &Gave| call.name == gave.name;
    // One without id and name can only be told by its place.
    let by_place = |_: &ToolCall, gave: &Gave| gave.id.is_empty() && gave.name.is_empty();
    for fits in [&by_id as &dyn Fn(&ToolCall, &Gave) -> bool, &by_name, &by_place] {
        left = left.into_iter().filter_map(|gave| put(gave, fits)).collect();
    }
    let strays = left.into_iter().map(|gave| gave.content).collect();
    let results = calls.iter().zip(places).map(|(call, place)| match place {
        Some(Gave { content, is_error, .. }) => {
            ToolResult { content, id: call.id.clone(), is_error }
        }
        None => no_result(call),
    });
    (results.collect(), strays)
}

/// What stands for the result of a call that has none.
pub(crate) fn no_result(call: &ToolCall) -> ToolResult {
    ToolResult { content: NO_RESULT.to_owned(), id: call.id.clone(), is_error: true }
}
