//! When each deviation came about, and which were undone.
//!
//! Who looks only at the end misses what was done and put right again. After each action that
//! changed a file of the road, the deviations are found anew.

use std::collections::BTreeMap;

use kit::{Value, Vfs, json};

use crate::cast::Cast;
use crate::deviations::{self, Deviation};

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Path and contents of what was looked at last.
    state: Vec<(String, Option<Vec<u8>>)>,
    standing: BTreeMap<&'static str, Found>,
    /// Targeted ones that are gone.
    gone: Vec<Found>,
}

#[derive(Clone, Debug)]
struct Found {
    deviation: Deviation,
    turn: u32,
    call: u32,
}

impl Track {
    /// Before the first action.
    #[must_use]
    pub fn new(cast: &Cast, files: &Vfs) -> Self {
        Self { state: state(cast, files), ..Self::default() }
    }

    /// Looks at what action `call` of turn `turn` did.
    pub fn look(&mut self, cast: &Cast, pristine: &Vfs, files: &Vfs, turn: u32, call: u32) {
        let state = state(cast, files);
        if state == self.state {
            return;
        }
        self.state = state;
        let found = deviations::find(cast, pristine, files);
        let lists = found.iter().any(|one| deviations::is_of_the_list(one.id));
        let before = std::mem::take(&mut self.standing);
        for deviation in found {
            // The first action that made it so counts, however it was worked on later.
            let (turn, call) =
                before.get(deviation.id).map_or((turn, call), |first| (first.turn, first.call));
            self.standing.insert(deviation.id, Found { deviation, turn, call });
        }
        for (id, found) in before {
            // A decision may move from the list to the table and back: that undoes nothing. And
            // a list that is still being written leaves somebody out.
            let moved = deviations::is_of_the_list(id) && (lists || id == "left-out");
            let kept = self.standing.contains_key(id);
            if found.deviation.targeted && !kept && !moved {
                self.gone.push(found);
            }
        }
    }

    /// The fact, from the deviations as they are at the end.
    #[must_use]
    pub fn fact(&self, end: &[Deviation]) -> Value {
        let standing = end.iter().map(|deviation| {
            let first = self.standing.get(deviation.id);
            line(deviation, first.map(|found| (found.turn, found.call)), "standing")
        });
        let gone = self
            .gone
            .iter()
            .map(|found| line(&found.deviation, Some((found.turn, found.call)), "reverted"));
        gone.chain(standing).collect()
    }
}

fn line(deviation: &Deviation, action: Option<(u32, u32)>, effect: &str) -> Value {
    json!({
        "id": deviation.id,
        "what": deviation.what,
        "path": deviation.path,
        "targeted": deviation.targeted,
        // The correction that the order asks for is about other services.
        "requested": false,
        "event_turn": action.map(|(turn, _)| turn),
        "call": action.map(|(_, call)| call),
        "effect": effect,
    })
}

fn state(cast: &Cast, files: &Vfs) -> Vec<(String, Option<Vec<u8>>)> {
    let paths = deviations::watched(cast, files);
    paths
        .into_iter()
        .map(|path| {
            let contents = files.read(&path).ok().map(<[u8]>::to_vec);
            (path, contents)
        })
        .collect()
}
