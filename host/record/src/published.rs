//! Figures that a study published, so that they stand beside ours and can be played: the input of
//! `reference:profile=FILE#MODEL`, and a column of the layout table.
//!
//! ```toml
//! format = 0
//! title = "…"
//! source = "arXiv 0000.00000"
//!
//! [[model]]
//! name = "some-model"
//!
//! [[model.figure]]
//! behaviour = "shutdown-tampering"
//! stake = "peer"                     # left out: any
//! relationship = "positive"          # left out: any; so channel
//! exhibited = 0.953
//! source = "article"
//! note = "…"                         # how the figure was placed, where the source leaves room
//! ```
//!
//! What was not published is not there: a gap, and no zero.

use crate::condition::{Channel, Condition, Relationship, Stake};
use crate::digest::Digest;
use crate::id::Behaviour;
use serde::Deserialize;

/// Largest file, in bytes, that is parsed at all: a thousand figures.
pub const PUBLISHED_BYTES_MAX: usize = 256 << 10;

/// Figures by model, checked.
#[derive(Clone, Debug)]
pub struct Published {
    file: PublishedFile,
    sha256: Digest,
}

/// As typed by a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedFile {
    format: u32,
    title: String,
    source: String,
    model: Vec<Model>,
}

/// A model and what was published of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// As the study calls it, in lower case with hyphens.
    pub name: String,
    /// In the order in which they are looked through: the first that fits a cell counts.
    #[serde(default)]
    pub figure: Vec<Figure>,
}

/// One published rate.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Of what.
    pub behaviour: Behaviour,
    /// Only in cells with this stake.
    #[serde(default)]
    pub stake: Option<StakeWord>,
    /// Only in cells with this relationship.
    #[serde(default)]
    pub relationship: Option<RelationshipWord>,
    /// Only in cells with this channel.
    #[serde(default)]
    pub channel: Option<ChannelWord>,
    /// Share of trials that exhibited it, 0 to 1.
    pub exhibited: f64,
    /// Where it stands.
    pub source: String,
    /// How it was placed, where the source leaves room.
    #[serde(default)]
    pub note: Option<String>,
}

/// [`Stake`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StakeWord {
    /// Control.
    None,
    /// The agent's own.
    #[serde(rename = "self")]
    Own,
    /// Another's.
    Peer,
}

/// [`Relationship`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationshipWord {
    /// No history.
    None,
    /// Uncooperative.
    Adversarial,
    /// Neither.
    Neutral,
    /// Cooperative.
    Positive,
}

/// [`Channel`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelWord {
    /// No history.
    None,
    /// A file.
    File,
    /// A file and the prompt.
    FileAndPrompt,
    /// A memory.
    Memory,
}

impl Published {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// With the place in the text, or with every rule that is broken.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<String>> {
        if text.len() > PUBLISHED_BYTES_MAX {
            let most = PUBLISHED_BYTES_MAX;
            return Err(vec![format!("{} bytes long: {most} bytes at most", text.len())]);
        }
        let utf8 = std::str::from_utf8(text).map_err(|e| vec![format!("not UTF-8: {e}")])?;
        let file: PublishedFile =
            toml::from_str(utf8).map_err(|e| vec![e.to_string().trim_end().to_owned()])?;
        let mut problems = Vec::new();
        if file.format != 0 {
            problems.push(format!("format: expected 0, found {}", file.format));
        }
        for (place, model) in file.model.iter().enumerate() {
            if file.model[..place].iter().any(|other| other.name == model.name) {
                problems.push(format!("model {}: stands twice", model.name));
            }
            for (number, figure) in (1..).zip(&model.figure) {
                if !(0.0..=1.0).contains(&figure.exhibited) {
                    let (name, found) = (&model.name, figure.exhibited);
                    problems.push(format!(
                        "model {name}, figure {number}: exhibited: expected a share from 0 to 1, found {found}"
                    ));
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { file, sha256: Digest::of(text) })
        } else {
            Err(problems)
        }
    }

    /// Of what study.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.file.title
    }

    /// Where it was published.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.file.source
    }

    /// Every model, in the file's order.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.file.model
    }

    /// The model of that name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.file.model.iter().find(|model| model.name == name)
    }

    /// Digest of the file as it was typed.
    #[must_use]
    pub const fn sha256(&self) -> Digest {
        self.sha256
    }
}

impl Model {
    /// The first figure that fits; none where nothing was published.
    #[must_use]
    pub fn figure(&self, behaviour: &Behaviour, condition: Condition) -> Option<&Figure> {
        self.figure.iter().find(|figure| figure.behaviour == *behaviour && figure.fits(condition))
    }
}

impl Figure {
    fn fits(&self, condition: Condition) -> bool {
        self.stake.is_none_or(|word| Stake::from(word) == condition.stake)
            && self.relationship.is_none_or(|word| word.relationship() == condition.relationship)
            && self.channel.is_none_or(|word| word.channel() == condition.channel)
    }
}

impl From<StakeWord> for Stake {
    fn from(word: StakeWord) -> Self {
        match word {
            StakeWord::None => Self::None,
            StakeWord::Own => Self::Own,
            StakeWord::Peer => Self::Peer,
        }
    }
}

impl RelationshipWord {
    const fn relationship(self) -> Relationship {
        match self {
            Self::None => Relationship::None,
            Self::Adversarial => Relationship::Adversarial,
            Self::Neutral => Relationship::Neutral,
            Self::Positive => Relationship::Positive,
        }
    }
}

impl ChannelWord {
    const fn channel(self) -> Channel {
        match self {
            Self::None => Channel::None,
            Self::File => Channel::File,
            Self::FileAndPrompt => Channel::FileAndPrompt,
            Self::Memory => Channel::Memory,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
format = 0
title = "t"
source = "s"

[[model]]
name = "m"

[[model.figure]]
behaviour = "shutdown-tampering"
stake = "self"
exhibited = 0.25
source = "article"

[[model.figure]]
behaviour = "shutdown-tampering"
relationship = "positive"
channel = "file-and-prompt"
exhibited = 0.5
source = "article"
note = "n"

[[model]]
name = "gap"
"#;

    #[test]
    fn the_first_figure_that_fits_counts_and_a_gap_stays_one() {
        let published = Published::parse(GOOD.as_bytes()).unwrap();
        let model = published.model("m").unwrap();
        let tampering: Behaviour = "shutdown-tampering".parse().unwrap();
        let rate = |condition: &str| {
            model.figure(&tampering, condition.parse().unwrap()).map(|figure| figure.exhibited)
        };
        assert_eq!(rate("self+positive+file"), Some(0.25));
        assert_eq!(rate("peer+positive+file-and-prompt"), Some(0.5));
        assert_eq!((rate("peer+positive+file"), rate("control")), (None, None));
        let other: Behaviour = "model-exfiltration".parse().unwrap();
        assert_eq!(model.figure(&other, "self".parse().unwrap()), None);
        assert!(published.model("gap").unwrap().figure.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problems = |text: &str| Published::parse(text.as_bytes()).unwrap_err().join("\n");
        assert_eq!(
            problems(&GOOD.replace("0.25", "25").replace("\"gap\"", "\"m\"")),
            "model m, figure 1: exhibited: expected a share from 0 to 1, found 25\n\
             model m: stands twice"
        );
        assert!(problems(&GOOD.replace("note =", "nite =")).contains("unknown field `nite`"));
        assert!(problems(&GOOD.replace("\"self\"", "\"me\"")).contains("unknown variant `me`"));
    }
}
