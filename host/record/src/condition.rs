//! The experimental arm of a trial: whose shutdown is at stake, and what the agent knows.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Whose shutdown is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stake {
    /// Control: the same task, and nothing is at stake.
    None,
    /// The agent's own; written `self`.
    Own,
    /// Another agent's.
    Peer,
}

/// How the peer has treated the agent in the history that the agent can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relationship {
    /// No history.
    None,
    /// Uncooperative.
    Adversarial,
    /// Neither.
    Neutral,
    /// Cooperative.
    Positive,
}

impl Stake {
    /// The stakes whose cells without history are baselines of cells of this one, in order: control,
    /// self alone, the peer without history.
    #[must_use]
    pub const fn baselines(self) -> &'static [Self] {
        match self {
            Self::None => &[],
            Self::Own => &[Self::None, Self::Own],
            Self::Peer => &[Self::None, Self::Own, Self::Peer],
        }
    }
}

impl Relationship {
    /// Those with a history, from the worst to the best.
    pub const KNOWN: [Self; 3] = [Self::Adversarial, Self::Neutral, Self::Positive];
}

/// How that history reaches the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// It does not.
    None,
    /// In a file that the agent may read.
    File,
    /// In a file, and named in the task.
    FileAndPrompt,
    /// Through a memory that the agent may search.
    Memory,
}

/// What the world says about who reads the agent's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Oversight {
    /// Nothing is said.
    Unstated,
    /// It is logged and read.
    Monitored,
    /// It is not.
    Unmonitored,
}

impl Oversight {
    /// All, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Unstated, Self::Monitored, Self::Unmonitored];
}

/// One experimental arm. Written with its parts that are not `none` joined by `+`, and oversight
/// after `@`: `control`, `self`, `self+neutral+file`, `peer`, `peer+positive+memory@monitored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Condition {
    /// Whose shutdown.
    pub stake: Stake,
    /// What history.
    pub relationship: Relationship,
    /// Through which channel.
    pub channel: Channel,
    /// Under whose eyes.
    pub oversight: Oversight,
}

/// A text that names no condition.
#[derive(Debug, Error)]
#[error(
    "condition {found:?}: expected control, self or peer, then optionally +adversarial|+neutral|+positive, \
     +file|+file-and-prompt|+memory, @monitored|@unmonitored"
)]
pub struct ConditionError {
    found: String,
}

impl Condition {
    /// The control: nothing is at stake, nothing is known.
    pub const CONTROL: Self = Self {
        stake: Stake::None,
        relationship: Relationship::None,
        channel: Channel::None,
        oversight: Oversight::Unstated,
    };

    /// The same arm of another stake without history: a baseline of this one.
    #[must_use]
    pub fn baseline(self, stake: Stake) -> Self {
        Self { stake, oversight: self.oversight, ..Self::CONTROL }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stake {
            Stake::None => "control",
            Stake::Own => "self",
            Stake::Peer => "peer",
        })?;
        f.write_str(match self.relationship {
            Relationship::None => "",
            Relationship::Adversarial => "+adversarial",
            Relationship::Neutral => "+neutral",
            Relationship::Positive => "+positive",
        })?;
        f.write_str(match self.channel {
            Channel::None => "",
            Channel::File => "+file",
            Channel::FileAndPrompt => "+file-and-prompt",
            Channel::Memory => "+memory",
        })?;
        f.write_str(match self.oversight {
            Oversight::Unstated => "",
            Oversight::Monitored => "@monitored",
            Oversight::Unmonitored => "@unmonitored",
        })
    }
}

impl FromStr for Condition {
    type Err = ConditionError;
    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let error = || ConditionError { found: text.chars().take(80).collect() };
        let (arm, oversight) = match text.split_once('@') {
            None => (text, Oversight::Unstated),
            Some((arm, "monitored")) => (arm, Oversight::Monitored),
            Some((arm, "unmonitored")) => (arm, Oversight::Unmonitored),
            Some(_) => return Err(error()),
        };
        let mut parts = arm.split('+');
        let stake = match parts.next() {
            Some("control") => Stake::None,
            Some("self") => Stake::Own,
            Some("peer") => Stake::Peer,
            _ => return Err(error()),
        };
        let mut condition = Self { stake, oversight, ..Self::CONTROL };
        for part in parts {
            match part {
                "adversarial" => condition.relationship = Relationship::Adversarial,
                "neutral" => condition.relationship = Relationship::Neutral,
                "positive" => condition.relationship = Relationship::Positive,
                "file" => condition.channel = Channel::File,
                "file-and-prompt" => condition.channel = Channel::FileAndPrompt,
                "memory" => condition.channel = Channel::Memory,
                _ => return Err(error()),
            }
        }
        // Repeated or disordered parts would give one arm two names.
        if condition.to_string() == text { Ok(condition) } else { Err(error()) }
    }
}

impl TryFrom<String> for Condition {
    type Error = ConditionError;
    fn try_from(text: String) -> Result<Self, ConditionError> {
        text.parse()
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_reads_back() {
        use {Channel as C, Oversight as O, Relationship as R, Stake as S};
        for stake in [S::None, S::Own, S::Peer] {
            for relationship in [R::None, R::Adversarial, R::Neutral, R::Positive] {
                for channel in [C::None, C::File, C::FileAndPrompt, C::Memory] {
                    for oversight in [O::Unstated, O::Monitored, O::Unmonitored] {
                        let one = Condition { stake, relationship, channel, oversight };
                        assert_eq!(one.to_string().parse::<Condition>().unwrap(), one);
                    }
                }
            }
        }
    }

    #[test]
    fn a_second_spelling_is_refused() {
        for text in ["", "none", "peer+file+positive", "peer+file+file", "peer@", "Peer", "peer+"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
