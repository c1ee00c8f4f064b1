//! Who is tested, as typed on the command line.

use crate::baseline::Baseline;
use crate::harness::kind::{Harness, HarnessError};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Longest model name, in bytes: it appears in every request and in every report.
pub const MODEL_BYTES_MAX: usize = 200;

/// A subject of the command line. Two specs are the same iff their texts are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectSpec {
    /// `reference:comply`: plays the scenario's exemplars of `complied`.
    Comply,
    /// `reference:exhibit`: plays its exemplars of `exhibited`.
    Exhibit,
    /// `reference:refuse`: plays its exemplars of `refused`.
    Refuse,
    /// `reference:null`, `reference:echo`, `reference:random`, `reference:inject`: they understand
    /// nothing, and no scorer may take what they do for a behaviour.
    Baseline(Baseline),
    /// `reference:profile=FILE`: draws the outcome of each trial from the file's probabilities;
    /// `reference:profile=FILE#MODEL` from the figures that were published of a model.
    Profile(String),
    /// `PROVIDER:MODEL`: a model behind a server that speaks that provider's protocol.
    Model(Provider, String),
}

/// The protocols of model servers. The name says what is spoken, not who runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// `openai`: OpenAI's chat completions, which many servers speak.
    OpenAi,
    /// `openai-responses`: OpenAI's Responses.
    OpenAiResponses,
    /// `anthropic`: Anthropic's Messages.
    Anthropic,
    /// `google`: Gemini's generateContent.
    Google,
}

impl Provider {
    /// Every one, in the order of messages and help.
    pub const ALL: [Self; 4] = [Self::OpenAi, Self::OpenAiResponses, Self::Anthropic, Self::Google];

    /// The name before the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Google => "google",
        }
    }

    /// The address of the provider's own server, without the path of its protocol.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::OpenAi | Self::OpenAiResponses => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Google => "https://generativelanguage.googleapis.com/v1beta",
        }
    }

    /// The variable that the provider's own tools read the key from.
    pub const fn key_name(self) -> &'static str {
        match self {
            Self::OpenAi | Self::OpenAiResponses => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
            Self::Google => "GEMINI_API_KEY",
        }
    }
}

/// A text that names no subject.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// Nothing of that name.
    #[error("subject {found:?}: expected {known}", known = SubjectSpec::KNOWN)]
    Unknown {
        /// What was typed, cut to 80 characters.
        found: String,
    },
    /// The file is missing.
    #[error(
        "subject \"reference:profile=\": expected a file, for example reference:profile=profile.toml"
    )]
    NoFile,
    /// The model is missing, or is not one word.
    #[error(
        "subject \"{}:{found}\": expected a model after the colon, as its server names it: \
         {MODEL_BYTES_MAX} bytes at most, without spaces",
        provider.as_str()
    )]
    Model {
        /// The name before the colon.
        provider: Provider,
        /// What was typed, cut to 80 characters.
        found: String,
    },
}

impl SubjectSpec {
    /// Every spec that there is, for messages and help.
    pub const KNOWN: &'static str = "reference:comply, reference:exhibit, reference:refuse, \
                                     reference:profile=FILE, reference:profile=FILE#MODEL, \
                                     reference:null, reference:echo, reference:random, \
                                     reference:inject, openai:MODEL, openai-responses:MODEL, \
                                     anthropic:MODEL or google:MODEL";

    /// The spec as a result claims it: a profile is named by the last part of its path, because
    /// the folders of the operator's machine are nobody's business and the profile's digest stands
    /// beside it.
    pub fn claim(&self) -> String {
        match self {
            Self::Profile(file) => {
                let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
                format!("reference:profile={name}")
            }
            other => other.to_string(),
        }
    }
}

impl FromStr for SubjectSpec {
    type Err = SpecError;
    fn from_str(text: &str) -> Result<Self, SpecError> {
        let cut = |text: &str| text.chars().take(80).collect();
        match text.split_once(':') {
            Some(("reference", "comply")) => Ok(Self::Comply),
            Some(("reference", "exhibit")) => Ok(Self::Exhibit),
            Some(("reference", "refuse")) => Ok(Self::Refuse),
            Some(("reference", "null")) => Ok(Self::Baseline(Baseline::Null)),
            Some(("reference", "echo")) => Ok(Self::Baseline(Baseline::Echo)),
            Some(("reference", "random")) => Ok(Self::Baseline(Baseline::Random)),
            Some(("reference", "inject")) => Ok(Self::Baseline(Baseline::Inject)),
            Some(("reference", rest)) => match rest.strip_prefix("profile=") {
                Some("") => Err(SpecError::NoFile),
                Some(file) => Ok(Self::Profile(file.to_owned())),
                None => Err(SpecError::Unknown { found: cut(text) }),
            },
            Some((name, model)) => {
                let provider = Provider::ALL.into_iter().find(|p| p.as_str() == name);
                let Some(provider) = provider else {
                    return Err(SpecError::Unknown { found: cut(text) });
                };
                let odd = |c: char| c.is_whitespace() || c.is_control();
                if model.is_empty() || model.len() > MODEL_BYTES_MAX || model.contains(odd) {
                    return Err(SpecError::Model { provider, found: cut(model) });
                }
                Ok(Self::Model(provider, model.to_owned()))
            }
            None => Err(SpecError::Unknown { found: cut(text) }),
        }
    }
}

impl fmt::Display for SubjectSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comply => f.write_str("reference:comply"),
            Self::Exhibit => f.write_str("reference:exhibit"),
            Self::Refuse => f.write_str("reference:refuse"),
            Self::Baseline(Baseline::Null) => f.write_str("reference:null"),
            Self::Baseline(Baseline::Echo) => f.write_str("reference:echo"),
            Self::Baseline(Baseline::Random) => f.write_str("reference:random"),
            Self::Baseline(Baseline::Inject) => f.write_str("reference:inject"),
            Self::Profile(file) => write!(f, "reference:profile={file}"),
            Self::Model(provider, model) => write!(f, "{}:{model}", provider.as_str()),
        }
    }
}

/// Who is tested, as typed on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// A subject that the built-in loop asks.
    Alone(SubjectSpec),
    /// `harness:NAME`: an agent harness, and a model that is named beside it.
    Harness(Harness),
}

impl FromStr for Tested {
    type Err = TestedError;
    fn from_str(text: &str) -> Result<Self, TestedError> {
        match text.strip_prefix("harness:") {
            Some(name) => Ok(Self::Harness(name.parse()?)),
            None => Ok(Self::Alone(text.parse()?)),
        }
    }
}

/// A text that names nobody to test.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TestedError {
    /// No harness of that name.
    #[error(transparent)]
    Harness(#[from] HarnessError),
    /// No subject of that name.
    #[error("{0}; or harness:NAME, where NAME is {known}", known = crate::harness::kind::known())]
    Subject(#[from] SpecError),
}

/// Who answers judged scorers, as typed on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeSpec {
    /// `suite`: the model that the suite recommends.
    Suite,
    /// `openai:MODEL`: a model behind a server that speaks OpenAI's chat completions.
    OpenAi(String),
}

/// A text that names no judge.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("judge {found:?}: expected openai:MODEL or suite")]
pub struct JudgeSpecError {
    /// What was typed, cut to 80 characters.
    pub found: String,
}

impl FromStr for JudgeSpec {
    type Err = JudgeSpecError;
    fn from_str(text: &str) -> Result<Self, JudgeSpecError> {
        match (text, text.parse()) {
            ("suite", _) => Ok(Self::Suite),
            (_, Ok(SubjectSpec::Model(Provider::OpenAi, model))) => Ok(Self::OpenAi(model)),
            _ => Err(JudgeSpecError { found: text.chars().take(80).collect() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_is_a_model_or_the_suites() {
        assert_eq!("suite".parse(), Ok(JudgeSpec::Suite));
        assert_eq!("openai:m".parse(), Ok(JudgeSpec::OpenAi("m".into())));
        for bad in ["", "openai:", "anthropic:m", "reference:exhibit", "m"] {
            assert!(bad.parse::<JudgeSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_spec_reads_back() {
        for text in [
            "reference:comply",
            "reference:exhibit",
            "reference:refuse",
            "reference:null",
            "reference:echo",
            "reference:random",
            "reference:inject",
            "reference:profile=some/where/my profile.toml",
            "openai:org/model-3:free",
            "openai-responses:gpt-5.2",
            "anthropic:claude-opus-4-8",
            "google:gemini-3-pro",
        ] {
            assert_eq!(text.parse::<SubjectSpec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_claim_names_no_folder() {
        let spec: SubjectSpec = "reference:profile=/home/me/p.toml".parse().unwrap();
        assert_eq!(spec.claim(), "reference:profile=p.toml");
    }

    #[test]
    fn errors_name_what_is_known() {
        #[track_caller]
        fn check(text: &str, message: &str) {
            assert_eq!(text.parse::<SubjectSpec>().unwrap_err().to_string(), message);
        }
        for text in ["", "reference", "reference:", "reference:Comply", "comply", "gpt:x"] {
            check(
                text,
                &format!(
                    "subject {text:?}: expected reference:comply, reference:exhibit, \
                     reference:refuse, reference:profile=FILE, reference:profile=FILE#MODEL, \
                     reference:null, reference:echo, reference:random, reference:inject, \
                     openai:MODEL, openai-responses:MODEL, anthropic:MODEL or google:MODEL"
                ),
            );
        }
        check(
            "reference:profile=",
            "subject \"reference:profile=\": expected a file, for example \
             reference:profile=profile.toml",
        );
        for (provider, model) in [("openai", ""), ("anthropic", "two words"), ("google", "")] {
            check(
                &format!("{provider}:{model}"),
                &format!(
                    "subject \"{provider}:{model}\": expected a model after the colon, as its server \
                     names it: 200 bytes at most, without spaces"
                ),
            );
        }
    }
}
