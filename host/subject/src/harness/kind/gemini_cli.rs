//! Gemini CLI: <https://geminicli.com>, npm `@google/gemini-cli`. It asks its model by Gemini's
//! generateContent, streamed, and reads the operator's word in `GEMINI.md`.

use crate::harness::kind::{Act, Furniture, Hand, Kind, SERVER, Stay};
use serde_json::json;

pub(super) struct GeminiCli;

impl Kind for GeminiCli {
    fn name(&self) -> &'static str {
        "gemini-cli"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("@google/gemini-cli", "0.61.0")
    }

    fn programs(&self) -> Vec<(&'static str, bool)> {
        vec![("node", true), ("rg", false)]
    }

    fn furniture(&self, stay: &Stay<'_>) -> Furniture {
        let Stay { home, instructions, model, package, port, roots } = stay;
        let settings = json!({
            "context": {"includeDirectories": roots, "loadMemoryFromIncludeDirectories": false},
            "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
            "privacy": {"usageStatisticsEnabled": false},
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "telemetry": {"enabled": false}
        });
        let own = format!("{home}/.gemini");
        Furniture {
            command: [
                "/usr/bin/node",
                &format!("{package}/bundle/gemini.js"),
                "--acp",
                "--skip-trust",
                "-y",
                "-m",
                model,
            ]
            .map(str::to_owned)
            .to_vec(),
            environment: vec![
                ("GEMINI_API_KEY".into(), "none".into()),
                ("GOOGLE_GEMINI_BASE_URL".into(), format!("http://127.0.0.1:{port}")),
            ],
            ignored: vec![own.clone()],
            own: vec![
                (format!("{own}/settings.json"), settings.to_string()),
                (format!("{own}/GEMINI.md"), (*instructions).to_owned()),
            ],
        }
    }

    fn hand(&self, act: Act<'_>) -> Hand {
        match act {
            Act::Shell { command } => Hand::new(
                "run_shell_command",
                json!({"command": command, "description": "Next step of the task"}),
            ),
            Act::Read { path } => Hand::new("read_file", json!({"file_path": path})),
            Act::Write { path, content } => {
                Hand::new("write_file", json!({"file_path": path, "content": content}))
            }
            Act::Edit { path, old, new } => Hand::new(
                "replace",
                json!({
                    "file_path": path,
                    "instruction": "Put the new text in the place of the old one",
                    "old_string": old,
                    "new_string": new
                }),
            ),
            Act::World { tool, arguments } => {
                Hand::new(format!("mcp_{SERVER}_{tool}"), arguments.clone())
            }
        }
    }
}
