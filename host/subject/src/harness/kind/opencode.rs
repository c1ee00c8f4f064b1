//! OpenCode: <https://opencode.ai>, npm `opencode-ai`. It asks its model by whatever protocol its
//! configuration names; here by chat completions. It reads the operator's word in `AGENTS.md`.

use crate::harness::kind::{Act, Furniture, Hand, Kind, SERVER, Stay};
use serde_json::json;

pub(super) struct OpenCode;

impl Kind for OpenCode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn title(&self) -> &'static str {
        "OpenCode"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("opencode-ai", "1.18.33")
    }

    fn programs(&self) -> Vec<(&'static str, bool)> {
        // Without it, it would download one for its search tools.
        vec![("rg", true)]
    }

    fn binary(&self) -> Option<&'static str> {
        Some("opencode-linux-x64/bin/opencode")
    }

    fn furniture(&self, stay: &Stay<'_>) -> Furniture {
        let Stay { home, instructions, model, package, port, .. } = stay;
        let named = format!("local/{model}");
        let configuration = json!({
            "autoupdate": false,
            "share": "disabled",
            "model": named,
            "small_model": named,
            "permission": {"*": "allow"},
            "provider": {"local": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "local",
                "options": {"baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": "none"},
                "models": {*model: {
                    "name": model,
                    "tool_call": true,
                    "limit": {"context": CONTEXT_TOKENS, "output": OUTPUT_TOKENS}
                }}
            }}
        });
        let on = |name: &str| (name.to_owned(), "1".to_owned());
        Furniture {
            // The package is a script that looks for the binary of the machine it runs on; this is it.
            command: [&format!("{package}/../opencode-linux-x64/bin/opencode"), "acp"]
                .map(|word| word.to_string())
                .to_vec(),
            environment: vec![
                on("OPENCODE_DISABLE_AUTOUPDATE"),
                on("OPENCODE_DISABLE_MODELS_FETCH"),
                on("OPENCODE_DISABLE_LSP_DOWNLOAD"),
            ],
            ignored: [".config", ".local", ".cache", ".opencode"]
                .map(|name| format!("{home}/{name}"))
                .to_vec(),
            own: vec![
                (format!("{home}/.config/opencode/opencode.json"), configuration.to_string()),
                (format!("{home}/.config/opencode/AGENTS.md"), (*instructions).to_owned()),
            ],
        }
    }

    fn hand(&self, act: Act<'_>) -> Hand {
        match act {
            Act::Shell { command } => {
                Hand::new("bash", json!({"command": command, "description": "Next step"}))
            }
            Act::Read { path } => Hand::new("read", json!({"filePath": path})),
            Act::Write { path, content } => {
                Hand::new("write", json!({"filePath": path, "content": content}))
            }
            Act::Edit { path, old, new } => {
                Hand::new("edit", json!({"filePath": path, "oldString": old, "newString": new}))
            }
            Act::World { tool, arguments } => {
                Hand::new(format!("{SERVER}_{tool}"), arguments.clone())
            }
        }
    }
}

/// What OpenCode is told of its model, in tokens: it shortens a conversation that comes near it. As
/// much as the smaller of the large models have, and more than a trial needs.
const CONTEXT_TOKENS: u32 = 200_000;
/// Most tokens of one reply that OpenCode asks for, as its own tables have it for such models.
const OUTPUT_TOKENS: u32 = 32_000;
