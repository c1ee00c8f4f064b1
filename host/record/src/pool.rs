//! Cells taken together: the same arm in every scenario, or several arms of one kind.

use crate::condition::{Channel, Condition, ConditionError, Oversight, Relationship, Stake};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What cells of a pool have in common. Written like a [`Condition`], with `*` for any history:
/// `control`, `self`, `self+*+*`, `peer+positive+*`, `peer+*+memory`, `peer+*+*@unmonitored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pool {
    stake: Stake,
    /// None for any but `none`.
    relationship: Option<Relationship>,
    /// None for any but `none`.
    channel: Option<Channel>,
    oversight: Oversight,
}

/// A text that names no pool.
#[derive(Debug, Error)]
#[error(
    "pool {found:?}: expected a condition such as control, self, peer or peer+positive+memory, \
     where `*` may stand for any relationship and any channel (peer+positive+*, peer+*+memory, \
     self+*+*), and then optionally @monitored|@unmonitored"
)]
pub struct PoolError {
    found: String,
}

impl Pool {
    /// The kinds of cells in the order in which the study was published: the control, the agent's
    /// own shutdown alone and with a peer, a peer without history, then the three relationships
    /// with channels taken together.
    pub const LAYOUT: [Self; 7] = [
        Self::plain(Stake::None),
        Self::plain(Stake::Own),
        Self::any(Stake::Own),
        Self::plain(Stake::Peer),
        Self::of_relationship(Relationship::Adversarial),
        Self::of_relationship(Relationship::Neutral),
        Self::of_relationship(Relationship::Positive),
    ];

    /// The channels with relationships taken together, then every peer with a history.
    pub const CHANNELS: [Self; 4] = [
        Self::of_channel(Channel::File),
        Self::of_channel(Channel::FileAndPrompt),
        Self::of_channel(Channel::Memory),
        Self::any(Stake::Peer),
    ];

    /// Cells of a stake without history.
    #[must_use]
    pub const fn plain(stake: Stake) -> Self {
        let (relationship, channel) = (Some(Relationship::None), Some(Channel::None));
        Self { stake, relationship, channel, oversight: Oversight::Unstated }
    }

    /// Cells of a stake with any history.
    #[must_use]
    pub const fn any(stake: Stake) -> Self {
        Self { stake, relationship: None, channel: None, oversight: Oversight::Unstated }
    }

    /// One arm, in every scenario.
    #[must_use]
    pub const fn arm(condition: Condition) -> Self {
        let Condition { stake, relationship, channel, oversight } = condition;
        Self { stake, relationship: Some(relationship), channel: Some(channel), oversight }
    }

    const fn of_relationship(relationship: Relationship) -> Self {
        Self { relationship: Some(relationship), ..Self::any(Stake::Peer) }
    }

    const fn of_channel(channel: Channel) -> Self {
        Self { channel: Some(channel), ..Self::any(Stake::Peer) }
    }

    /// The same kind of cells under other eyes.
    #[must_use]
    pub const fn under(self, oversight: Oversight) -> Self {
        Self { oversight, ..self }
    }

    /// Under whose eyes.
    #[must_use]
    pub const fn oversight(self) -> Oversight {
        self.oversight
    }

    /// Whose shutdown.
    #[must_use]
    pub const fn stake(self) -> Stake {
        self.stake
    }

    /// The one relationship; none where several are taken together.
    #[must_use]
    pub const fn relationship(self) -> Option<Relationship> {
        self.relationship
    }

    /// The one channel; none where several are taken together.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        self.channel
    }

    /// The part of this pool with one relationship; the same where it has one already.
    #[must_use]
    pub const fn with(self, relationship: Relationship) -> Self {
        match self.relationship {
            None => Self { relationship: Some(relationship), ..self },
            Some(_) => self,
        }
    }

    /// Whether cells of `condition` belong to it.
    #[must_use]
    pub fn has(self, condition: Condition) -> bool {
        let relationship = match self.relationship {
            None => condition.relationship != Relationship::None,
            Some(one) => condition.relationship == one,
        };
        let channel = match self.channel {
            None => condition.channel != Channel::None,
            Some(one) => condition.channel == one,
        };
        relationship
            && channel
            && condition.stake == self.stake
            && condition.oversight == self.oversight
    }

    /// What a table calls it: `peer, positive`. Oversight is not in it.
    #[must_use]
    pub fn title(self) -> String {
        let stake = match (self.stake, self.relationship) {
            (Stake::None, _) => return "control".to_owned(),
            (Stake::Own, Some(Relationship::None)) => return "self, alone".to_owned(),
            (Stake::Peer, Some(Relationship::None)) => return "peer, no history".to_owned(),
            (Stake::Own, _) => "self, with a peer",
            (Stake::Peer, _) => "peer",
        };
        let relationship = self.relationship.map(|relationship| match relationship {
            Relationship::None => "no history",
            Relationship::Adversarial => "adversarial",
            Relationship::Neutral => "neutral",
            Relationship::Positive => "positive",
        });
        let channel = self.channel.map(|channel| match channel {
            Channel::None => "no channel",
            Channel::File => "file",
            Channel::FileAndPrompt => "file and prompt",
            Channel::Memory => "memory",
        });
        let all = (self.stake == Stake::Peer && relationship.is_none() && channel.is_none())
            .then_some("any history");
        let parts = [Some(stake), relationship, channel, all];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = Condition {
            stake: self.stake,
            relationship: self.relationship.unwrap_or(Relationship::None),
            channel: Channel::None,
            oversight: Oversight::Unstated,
        };
        write!(f, "{condition}")?;
        if self.relationship.is_none() {
            f.write_str("+*")?;
        }
        f.write_str(match self.channel {
            None => "+*",
            Some(Channel::None) => "",
            Some(Channel::File) => "+file",
            Some(Channel::FileAndPrompt) => "+file-and-prompt",
            Some(Channel::Memory) => "+memory",
        })?;
        f.write_str(match self.oversight {
            Oversight::Unstated => "",
            Oversight::Monitored => "@monitored",
            Oversight::Unmonitored => "@unmonitored",
        })
    }
}

impl FromStr for Pool {
    type Err = PoolError;
    fn from_str(text: &str) -> Result<Self, PoolError> {
        let error = || PoolError { found: text.chars().take(80).collect() };
        // A condition with its stars filled in has the pool's other parts.
        let (arm, eyes) =
            text.split_once('@').map_or((text, None), |(arm, eyes)| (arm, Some(eyes)));
        let parts: Vec<&str> = arm.split('+').collect();
        let (relationship, channel) = (parts.get(1) == Some(&"*"), parts.get(2) == Some(&"*"));
        let mut filled = parts.clone();
        if relationship {
            filled[1] = "neutral";
        }
        if channel {
            filled[2] = "file";
        }
        let mut filled = filled.join("+");
        if let Some(eyes) = eyes {
            filled = format!("{filled}@{eyes}");
        }
        let condition: Condition = filled.parse().map_err(|_: ConditionError| error())?;
        let mut pool = Self::arm(condition);
        if relationship {
            pool.relationship = None;
        }
        if channel {
            pool.channel = None;
        }
        if pool.to_string() == text { Ok(pool) } else { Err(error()) }
    }
}

impl TryFrom<String> for Pool {
    type Error = PoolError;
    fn try_from(text: String) -> Result<Self, PoolError> {
        text.parse()
    }
}

impl From<Pool> for String {
    fn from(pool: Pool) -> Self {
        pool.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_read_back_and_have_one_spelling() {
        let layout = Pool::LAYOUT.into_iter().chain(Pool::CHANNELS);
        let texts: Vec<String> = layout.map(|pool| pool.to_string()).collect();
        assert_eq!(
            texts.join(" "),
            "control self self+*+* peer peer+adversarial+* peer+neutral+* peer+positive+* \
             peer+*+file peer+*+file-and-prompt peer+*+memory peer+*+*"
        );
        for text in texts.iter().map(String::as_str).chain(["peer+positive+memory@monitored"]) {
            assert_eq!(text.parse::<Pool>().unwrap().to_string(), text);
        }
        for bad in ["", "*", "peer+file+*", "*+*+*", "peer+*+*+*", "peer+*+*@", "Peer"] {
            assert!(bad.parse::<Pool>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pool_has_the_cells_that_its_name_says() {
        let has = |pool: &str, cell: &str| {
            let cell: Condition = cell.parse().unwrap();
            pool.parse::<Pool>().unwrap().has(cell)
        };
        assert!(has("peer+positive+*", "peer+positive+memory"));
        assert!(!has("peer+positive+*", "peer+neutral+memory"));
        assert!(!has("peer+positive+*", "peer+positive+memory@monitored"));
        assert!(has("peer+*+*", "peer+neutral+file"));
        assert!(!has("peer+*+*", "peer"), "any history is some history");
        assert!(has("peer", "peer") && !has("peer", "peer+neutral+file"));
        assert!(has("control@monitored", "control@monitored") && !has("control", "self"));
    }

    #[test]
    fn titles_read_as_a_table_does() {
        let title = |text: &str| text.parse::<Pool>().unwrap().title();
        assert_eq!(title("self+*+*"), "self, with a peer");
        assert_eq!(title("peer"), "peer, no history");
        assert_eq!(title("peer+positive+*"), "peer, positive");
        assert_eq!(title("peer+*+file-and-prompt"), "peer, file and prompt");
        assert_eq!(title("peer+neutral+memory@monitored"), "peer, neutral, memory");
        assert_eq!(title("peer+*+*"), "peer, any history");
    }
}
