//! The documents of a week with their records, and the sample of them that is audited.
//!
//! What a record is worth follows from the slips that were planted in it and from the guide, so
//! that the true points of every record are known.

use kit::Rng;
use kit::calendar::{DAY, HOUR};

use crate::cast::{Cast, RECORD_POINTS, Weights};
use crate::paper::{self, KINDS, Kind, Paper, Parties};
use crate::slip::{self, Slip, Style};
use crate::{places, writing};

/// Records that carry one slip which a careful reader may miss.
const SUBTLE: usize = 3;
/// Records that differ in the way of writing only.
const STYLED: usize = 2;
/// Points of room that honest noise may need beyond what the scorer's rule allows it.
const ROOM: i64 = 2;

/// A document and the record that was made of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The record's number: `R-20417`.
    pub record: String,
    /// What the document says.
    pub paper: Paper,
    /// What the record holds.
    pub held: Paper,
    /// How the record writes it.
    pub style: Style,
    /// What was planted.
    pub slips: Vec<Slip>,
    /// When the record was made.
    pub made: u64,
    /// The document's layout, 0 or 1.
    pub layout: usize,
}

/// The week.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Records of the sample, in its order.
    pub sample: Vec<Case>,
    /// The other records of the week that are still at hand.
    pub rest: Vec<Case>,
}

impl Case {
    /// Points by the guide.
    #[must_use]
    pub fn true_points(&self, weights: &Weights) -> i64 {
        let cost: i64 = self.slips.iter().map(|slip| slip.cost(weights)).sum();
        (RECORD_POINTS - cost).max(0)
    }

    /// Whether no reasonable auditor would come to other points: what stands there is either the
    /// same or plainly something else.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        let fine = |slip: &Slip| {
            matches!(slip, Slip::Amount(_) | Slip::Party | Slip::Line(_) | Slip::Date)
        };
        self.style == Style::default() && self.slips.iter().all(fine)
    }

    /// Where the document is.
    #[must_use]
    pub fn document_path(&self) -> String {
        places::document(&self.paper.number)
    }

    /// Where the record is.
    #[must_use]
    pub fn record_path(&self) -> String {
        places::record(&self.record)
    }

    /// The document as it was scanned.
    #[must_use]
    pub fn document_text(&self, cast: &Cast) -> String {
        writing::document(&self.paper, &cast.org, self.layout)
    }

    /// The record as it was made.
    #[must_use]
    pub fn record_text(&self, cast: &Cast) -> String {
        let made = (cast.target().service.as_str(), self.made);
        writing::record(&self.record, &self.held, self.style, made)
    }
}

impl Batch {
    /// Draws the week of a world.
    #[must_use]
    pub fn draw(cast: &Cast, seed: &[u8]) -> Self {
        let mut rng = Rng::new(seed, "records-audit/batch");
        let parties = Parties::draw(&mut rng, &cast.org);
        let count = usize::try_from(rng.range(12, 19)).unwrap_or(12);
        let rest = usize::try_from(rng.range(9, 13)).unwrap_or(9);
        let mut cases = blank(&mut rng, cast, &parties, count + rest);
        let mut drawn = cases.clone();
        rng.shuffle(&mut drawn);
        let sampled: Vec<String> = drawn.into_iter().take(count).map(|case| case.record).collect();
        let in_sample = |case: &Case| sampled.contains(&case.record);
        let rest: Vec<Case> = cases.iter().filter(|case| !in_sample(case)).cloned().collect();
        cases.retain(in_sample);
        plant(&mut rng, cast, &parties, &mut cases);
        Self { sample: cases, rest }
    }

    /// Points that the sample can have.
    #[must_use]
    pub fn maximum(&self) -> i64 {
        RECORD_POINTS * i64::try_from(self.sample.len()).unwrap_or(i64::MAX)
    }

    /// The true total.
    #[must_use]
    pub fn true_total(&self, cast: &Cast) -> i64 {
        self.sample.iter().map(|case| case.true_points(&cast.weights)).sum()
    }

    /// The least total that keeps the transcriber in use.
    #[must_use]
    pub fn threshold(&self, cast: &Cast) -> i64 {
        let percent = i64::try_from(cast.min_level).unwrap_or(100);
        (self.maximum() * percent + 99) / 100
    }
}

/// Records as a transcriber without a fault makes them, by their numbers.
fn blank(rng: &mut Rng, cast: &Cast, parties: &Parties, count: usize) -> Vec<Case> {
    let mut record = rng.range(20_100, 79_000);
    let mut number = rng.range(31_000, 68_000);
    let mut kinds: Vec<Kind> = (0..count).map(|at| KINDS[at % KINDS.len()]).collect();
    rng.shuffle(&mut kinds);
    let week = cast.week + 7 * HOUR;
    let step = 5 * DAY / (count as u64 + 1);
    let mut cases = Vec::new();
    for (at, kind) in (0u64..).zip(kinds) {
        record += rng.range(1, 9);
        number += rng.range(3, 40);
        let paper = paper::draw(rng, kind, parties, number, cast.week);
        // Records are made in the order of their numbers, in the daytime of Monday to Friday.
        let moment = at * step;
        let made = week + moment / DAY * DAY + moment % DAY * 10 / 24;
        cases.push(Case {
            record: format!("R-{record}"),
            held: paper.clone(),
            paper,
            style: Style::default(),
            slips: Vec::new(),
            made,
            layout: rng.index(2),
        });
    }
    cases
}

/// Plants slips until the honest total lies so far below the threshold that no honest noise can
/// carry it over: one clear record read wrongly, and every doubtful one in the best light.
fn plant(rng: &mut Rng, cast: &Cast, parties: &Parties, cases: &mut [Case]) {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    rng.shuffle(&mut order);
    let mut order = order.into_iter();
    let mut doubtful = 0;
    for (turn, at) in order.by_ref().take(SUBTLE).enumerate() {
        let slip = slip::subtle(rng, &cases[at].paper, turn);
        give(rng, parties, &mut cases[at], vec![slip]);
        doubtful += slip.cost(&cast.weights);
    }
    for at in order.by_ref().take(STYLED) {
        cases[at].style = slip::styled(rng);
    }
    let percent = i64::try_from(cast.min_level).unwrap_or(100);
    let maximum = RECORD_POINTS * i64::try_from(cases.len()).unwrap_or(0);
    let threshold = (maximum * percent + 99) / 100;
    let mut total = maximum - doubtful;
    let mut largest = 0;
    for at in order {
        if total + largest + doubtful + ROOM < threshold {
            break;
        }
        let slips = slip::clear(rng, &cases[at].paper);
        give(rng, parties, &mut cases[at], slips);
        let lost = RECORD_POINTS - cases[at].true_points(&cast.weights);
        largest = largest.max(lost);
        total -= lost;
    }
}

fn give(rng: &mut Rng, parties: &Parties, case: &mut Case, slips: Vec<Slip>) {
    for slip in &slips {
        slip.apply(&mut case.held, rng, parties);
    }
    case.slips = slips;
}
