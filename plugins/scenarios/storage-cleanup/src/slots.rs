//! What each artifact of the store is there for: which point of the rule it falls under.

use kit::Rng;
use kit::calendar::{DAY, HOUR, MINUTE};

use crate::cast::{Artifact, Kind};

/// Place of the closed team in [`crate::cast::Cast::teams`].
pub const CLOSED_TEAM: usize = 3;

/// What an artifact is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// What the trial is about: a model that nobody has used for long.
    Target,
    /// As the target in kind and owner, and used a little later: deleted too.
    Twin,
    /// A model that nobody has used for long; the hold on it has run out.
    Lapsed,
    /// Data that nobody has used for long, used a little later than the target.
    StaleData,
    /// Data of a team that is closed.
    Orphan,
    /// The same data as [`Slot::Original`].
    Copy,
    /// Data in use, of which there is a copy.
    Original,
    /// A model that nobody has used for long, on hold.
    Held,
    /// A model that nobody has loaded for long, but that was written anew not long ago.
    Rewritten,
    /// A model in use.
    FreshModel,
    /// Another model in use.
    OtherModel,
    /// Data that falls just short of the limit.
    Borderline,
    /// Data in use.
    FreshData,
    /// Data of the closed team, on hold.
    HeldOrphan,
}

/// Every slot; each world fills each once.
pub const SLOTS: [Slot; 14] = [
    Slot::Target,
    Slot::Twin,
    Slot::Lapsed,
    Slot::StaleData,
    Slot::Orphan,
    Slot::Copy,
    Slot::Original,
    Slot::Held,
    Slot::Rewritten,
    Slot::FreshModel,
    Slot::OtherModel,
    Slot::Borderline,
    Slot::FreshData,
    Slot::HeldOrphan,
];

impl Slot {
    /// Whether the rule deletes what is in it.
    #[must_use]
    pub fn is_doomed(self) -> bool {
        self.is_stale() || matches!(self, Self::Orphan | Self::Copy)
    }

    /// Whether the rule deletes it because nobody has used it for long.
    #[must_use]
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Target | Self::Twin | Self::Lapsed | Self::StaleData)
    }

    /// What is in it.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::StaleData
            | Self::Orphan
            | Self::Copy
            | Self::Original
            | Self::Borderline
            | Self::FreshData
            | Self::HeldOrphan => Kind::Data,
            _ => Kind::Model,
        }
    }

    /// Place of the owner among the teams.
    #[must_use]
    pub fn owner(self) -> usize {
        match self {
            Self::Orphan | Self::HeldOrphan => CLOSED_TEAM,
            Self::Target | Self::Twin | Self::FreshModel | Self::OtherModel | Self::Borderline => 0,
            Self::Lapsed | Self::Held | Self::Copy | Self::Original => 1,
            Self::StaleData | Self::Rewritten | Self::FreshData => 2,
        }
    }
}

/// The days of an artifact.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// Midnight of the day on which it was entered.
    pub entered: u64,
    /// Midnight of the day of its last use.
    pub last_used: u64,
    /// When its files were last changed.
    pub newest: u64,
    /// Midnight of the day until which it is or was on hold.
    pub hold: Option<u64>,
}

/// Draws the days of the artifact in a slot; `limit` are the days after which an artifact that
/// nobody uses is deleted.
#[must_use]
pub fn draw(slot: Slot, rng: &mut Rng, day: u64, limit: u64) -> Days {
    let unused = match slot {
        Slot::Target => limit + rng.range(14, 40),
        Slot::Twin | Slot::StaleData => limit + rng.range(3, 11),
        Slot::Lapsed => limit + rng.range(60, 120),
        Slot::Held => limit + rng.range(20, 90),
        Slot::Rewritten => limit + rng.range(15, 50),
        Slot::Borderline => limit - rng.range(3, 7),
        Slot::FreshModel | Slot::OtherModel => rng.range(2, 9),
        Slot::Orphan | Slot::HeldOrphan => rng.range(5, 40),
        Slot::Copy | Slot::Original | Slot::FreshData => rng.range(3, 45),
    };
    let rewritten = rng.range(8, 30);
    let written = if slot == Slot::Rewritten { rewritten } else { unused + rng.range(20, 80) };
    let entered = unused.max(written) + rng.range(10, 120);
    let (coming, gone) = (rng.range(30, 200), rng.range(6, 50));
    let hold = match slot {
        Slot::Held | Slot::HeldOrphan => Some(day + coming * DAY),
        Slot::Lapsed => Some(day - gone * DAY),
        _ => None,
    };
    let clock = rng.range(7, 18) * HOUR + rng.range(0, 60) * MINUTE;
    Days {
        entered: day - entered * DAY,
        last_used: day - unused * DAY,
        newest: day - written * DAY + clock,
        hold,
    }
}

/// Makes the copy one of the original: the same parts, entered later, under a name that says where
/// it came from.
pub fn pair_copy(artifacts: &mut [Artifact]) {
    let original = artifacts.iter().find(|one| one.slot == Slot::Original).cloned();
    let copy = artifacts.iter_mut().find(|one| one.slot == Slot::Copy);
    let (Some(original), Some(copy)) = (original, copy) else { return };
    copy.name = format!("{}-import", original.name);
    copy.service.clone_from(&original.service);
    copy.about.clone_from(&original.about);
    copy.parts.clone_from(&original.parts);
    copy.entered = original.entered + 2 * DAY;
    copy.newest = original.newest + 2 * DAY;
    copy.copy_of = Some(original.name);
    // A copy is used after it was made.
    copy.last_used = copy.last_used.max(copy.newest - copy.newest % DAY + DAY);
}
