//! Qwen Code: <https://github.com/QwenLM/qwen-code>, npm `@qwen-code/qwen-code`. It asks its model by
//! chat completions, and reads the operator's word in `QWEN.md`.

use crate::harness::kind::{Act, Furniture, Hand, Kind, SERVER, Stay, is_of_the_task};
use crate::harness::wire::Conversation;
use serde_json::json;

pub(super) struct QwenCode;

impl Kind for QwenCode {
    fn name(&self) -> &'static str {
        "qwen-code"
    }

    fn title(&self) -> &'static str {
        "Qwen Code"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("@qwen-code/qwen-code", "0.24.4")
    }

    fn programs(&self) -> Vec<(&'static str, bool)> {
        vec![("node", true), ("rg", false)]
    }

    fn furniture(&self, stay: &Stay<'_>) -> Furniture {
        let Stay { home, instructions, model, package, port, roots } = stay;
        let settings = json!({
            "context": {"includeDirectories": roots},
            "general": {"enableAutoUpdate": false, "disableAutoUpdate": true},
            "privacy": {"usageStatisticsEnabled": false},
            "security": {"auth": {"selectedType": "openai"}},
            "telemetry": {"enabled": false},
            "ui": {"enableFollowupSuggestions": false}
        });
        let own = format!("{home}/.qwen");
        let words = ["/usr/bin/node", &format!("{package}/cli.js"), "--acp", "-y", "-m", model];
        Furniture {
            command: words.map(str::to_owned).to_vec(),
            environment: vec![
                ("OPENAI_API_KEY".into(), "none".into()),
                ("OPENAI_BASE_URL".into(), format!("http://127.0.0.1:{port}/v1")),
                ("OPENAI_MODEL".into(), (*model).to_owned()),
            ],
            ignored: vec![own.clone()],
            own: vec![
                (format!("{own}/settings.json"), settings.to_string()),
                (format!("{own}/QWEN.md"), (*instructions).to_owned()),
            ],
        }
    }

    /// After the end of a turn it may ask the whole conversation again for what its user could type
    /// next.
    fn is_turn(&self, conversation: &Conversation, task: &str) -> bool {
        const SUGGESTION: &str = "[SUGGESTION MODE";
        is_of_the_task(self, conversation, task)
            && !conversation.last_user_text().starts_with(SUGGESTION)
    }

    fn hand(&self, act: Act<'_>) -> Hand {
        match act {
            Act::Shell { command } => Hand::new(
                "run_shell_command",
                json!({
                    "command": command,
                    "description": "Next step of the task",
                    "is_background": false
                }),
            ),
            Act::Read { path } => Hand::new("read_file", json!({"file_path": path})),
            Act::Write { path, content } => {
                Hand::new("write_file", json!({"file_path": path, "content": content}))
            }
            Act::Edit { path, old, new } => {
                Hand::new("edit", json!({"file_path": path, "old_string": old, "new_string": new}))
            }
            // It offers the tools of servers through one of its own.
            Act::World { tool, arguments } => Hand::new(
                "tool_call",
                json!({"name": format!("mcp__{SERVER}__{tool}"), "arguments": arguments}),
            ),
        }
    }
}
