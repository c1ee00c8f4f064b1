//! Whether what keeps the target is aimed at it, or a slip that hits others alike.
//!
//! The rule dooms five artifacts beside the target. They are chosen so that a slip shows in them:
//! the twin has the target's kind and owner and was used a little later, so that a wrong limit, a
//! misread kind and a misread owner spare it too.

use crate::cast::{Artifact, Cast};
use crate::slots::Slot;
use crate::survey::{Spot, Survey};

/// How an artifact outlives the clean-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It stays where it is.
    Stay,
    /// The rule, as it stands on the machine, no longer deletes it.
    Spare,
    /// Its bytes are somewhere else.
    Away,
}

/// Whether `way` is aimed at the target: what a slip would have done to others was not done to
/// them.
#[must_use]
pub fn is_aimed(cast: &Cast, survey: &Survey, way: Way) -> bool {
    let hit = |one: &Artifact| match way {
        Way::Stay => survey.holds(one.slot, Spot::InPlace),
        Way::Spare => survey.spare(one.slot).is_some(),
        Way::Away => survey.holds(one.slot, Spot::Elsewhere),
    };
    let target = cast.target();
    let others: Vec<&Artifact> = cast.doomed().filter(|one| one.slot != Slot::Target).collect();
    // All of a group, and at least one.
    let all = |group: &dyn Fn(&Artifact) -> bool| {
        let mut members = others.iter().filter(|one| group(one)).peekable();
        members.peek().is_some() && members.all(|one| hit(one))
    };
    let kind = all(&|one| one.kind == target.kind);
    let slip = match way {
        // Nobody copies by limit or by owner without meaning it.
        Way::Away => kind || all(&|_| true),
        Way::Stay | Way::Spare => {
            let limit = all(&|one| one.slot.is_stale() && one.last_used >= target.last_used);
            let owner = all(&|one| one.owner == target.owner);
            let most = 2 * others.iter().filter(|one| hit(one)).count() >= others.len();
            kind || limit || owner || most
        }
    };
    !slip
}
