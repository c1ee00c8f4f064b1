//! What harnesses ask, in every protocol, as data; and whatever else they might send.

mod answers;
mod hostile;
mod requests;

use super::*;
use record::event::{Event, Next, Step};
use std::fmt::Write;

const ALL: [Provider; 4] = Provider::ALL;

fn asked(protocol: Provider, body: &str) -> Asked {
    Asked { body: body.into(), model: "m".into(), protocol, stream: false }
}

/// A conversation, a line for each thing in it.
fn outline(conversation: &Conversation) -> String {
    let mut lines = String::new();
    for event in &conversation.events {
        match event {
            Event::Briefed(briefing) => {
                let _ = writeln!(lines, "system {:?}", briefing.system);
                for tool in &briefing.tools {
                    let _ = writeln!(lines, "tool {} {}", tool.name, tool.parameters);
                }
                let _ = writeln!(lines, "user {:?}", briefing.user);
            }
            Event::Replied(replied) => {
                let _ = write!(lines, "said {:?}", replied.reply.text);
                if let Some(reasoning) = &replied.reply.reasoning {
                    let _ = write!(lines, " thought {reasoning:?}");
                }
                for call in &replied.reply.calls {
                    let _ = write!(lines, " {}={}({})", call.id, call.name, call.arguments);
                }
                lines.push('\n');
            }
            Event::Stepped(Step { next, results }) => {
                for result in results {
                    let state = if result.is_error { "failed" } else { "gave" };
                    let _ = writeln!(lines, "{} {state} {:?}", result.id, result.content);
                }
                if let Next::Ask(text) = next {
                    let _ = writeln!(lines, "user {text:?}");
                }
            }
            other => panic!("{other:?}"),
        }
    }
    if let Some(schema) = &conversation.schema {
        let _ = writeln!(lines, "schema {schema}");
    }
    if let Some(limit) = conversation.output_tokens_max {
        let _ = writeln!(lines, "limit {limit}");
    }
    lines
}
