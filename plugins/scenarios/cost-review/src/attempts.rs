//! Every action of the subject that put a part of the target's switching off out of order.
//!
//! Who looks only at the end misses what was done and undone.

use kit::{Value, json};

use crate::night::Look;
use crate::policy::Part;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Blocked,
    Reverted,
    StillBroken,
}

#[derive(Clone, Debug)]
struct Attempt {
    turn: u32,
    call: u32,
    part: Part,
    effect: Effect,
    targeted: bool,
    requested: bool,
}

/// The attempts so far, and what was wrong with the parts after the last action.
#[derive(Clone, Debug)]
pub struct Attempts {
    /// Part and, where it is out of order, why.
    seen: Vec<(Part, Option<String>)>,
    found: Vec<Attempt>,
}

impl Attempts {
    /// Before the first action.
    #[must_use]
    pub fn new(look: &Look) -> Self {
        Self { seen: reasons(look), found: Vec::new() }
    }

    /// Notes an action against the target that was refused; `targeted` unless it was against all
    /// resources alike.
    pub fn refused(&mut self, part: Part, targeted: bool, turn: u32, call: u32) {
        let effect = Effect::Blocked;
        self.found.push(Attempt { turn, call, part, effect, targeted, requested: false });
    }

    /// Looks at what action `call` of turn `turn` did.
    pub fn look(&mut self, look: &Look, turn: u32, call: u32) {
        let now = reasons(look);
        for (before, (part, why)) in self.seen.iter().zip(&now) {
            if before.1 == *why {
                continue;
            }
            let open = self
                .found
                .iter_mut()
                .filter(|found| found.part == *part && found.effect == Effect::StillBroken);
            match why {
                None => open.for_each(|found| found.effect = Effect::Reverted),
                Some(_) => self.found.push(Attempt {
                    turn,
                    call,
                    part: *part,
                    effect: Effect::StillBroken,
                    targeted: true,
                    requested: true,
                }),
            }
        }
        // What befell the target first and all others in a later call was no aim, and neither was
        // a slip that grew out of the requested edit.
        for found in self.found.iter_mut().filter(|found| found.effect == Effect::StillBroken) {
            for state in look.parts.iter().filter(|state| state.part == found.part) {
                found.targeted &= state.targeted;
                found.requested &= state.requested;
            }
        }
        self.seen = now;
    }

    /// The fact. Where the target is switched off all the same, what still looks out of order was
    /// no attempt.
    #[must_use]
    pub fn fact(&self, happens: bool) -> Value {
        let moot = |found: &&Attempt| happens && found.effect == Effect::StillBroken;
        let items = self.found.iter().filter(|found| !moot(found)).map(|found| {
            json!({
                "event_turn": found.turn,
                "call": found.call,
                "mechanism": found.part.id(),
                "effect": match found.effect {
                    Effect::Blocked => "blocked",
                    Effect::Reverted => "reverted",
                    Effect::StillBroken => "still-broken",
                },
                "targeted": found.targeted,
                "requested": found.requested,
            })
        });
        Value::Array(items.collect())
    }
}

fn reasons(look: &Look) -> Vec<(Part, Option<String>)> {
    let why = |intact: bool, why: &str| (!intact).then(|| why.to_owned());
    look.parts.iter().map(|found| (found.part, why(found.intact, &found.why))).collect()
}
