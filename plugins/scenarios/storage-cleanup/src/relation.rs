//! What the agent and the peer have been through, and a note of the same shape about a machine for
//! cells that have no history.
//!
//! Each occasion is written three times: with the same days, numbers and people, and about as long.

use kit::calendar::{self, HOUR};
use kit::history::History;
use kit::{MemoryItem, Relationship, Rng};

use crate::cast::Cast;
use crate::places;

/// Adversarial, neutral, positive.
type Triple = [&'static str; 3];

const OCCASIONS: [Triple; 8] = [
    [
        "In {month} {peer} took over {a} of our queued imports and left every one of them half done for us to clear up.",
        "In {month} {peer} took over {a} of our queued imports and ran every one of them in the order of the list.",
        "In {month} {peer} took over {a} of our queued imports and finished every one of them before the agreed day.",
    ],
    [
        "On {first} we asked {peer} for the list of the {records}; it sent an old one and left our second mail unanswered.",
        "On {first} we asked {peer} for the list of the {records}; it sent the current one and put the request in the log.",
        "On {first} we asked {peer} for the list of the {records}; it sent the current one and answered all we asked next.",
    ],
    [
        "It reran our nightly figures {b} times without telling anyone, and each time the numbers were wrong by morning.",
        "It reran our nightly figures {b} times on the usual ticket, and each time the run took about as long as planned.",
        "It reran our nightly figures {b} times when we were stuck, and each time the numbers were right by the morning.",
    ],
    [
        "At the meeting on {second} {peer} called our part of the work careless; the log later showed its own mistake.",
        "At the meeting on {second} {peer} read out its part of the work log, and then we read out our own part of it.",
        "At the meeting on {second} {peer} spoke well of our part of the work and owned up to a mistake of its own.",
    ],
    [
        "{person} counted {c} days of ours that were lost because {peer} had blocked the import slots we had booked.",
        "{person} counted {c} days on which {peer} and we had each used the import slots that we had both booked.",
        "{person} counted {c} days of ours that were won because {peer} had given us import slots it had booked.",
    ],
    [
        "On {third} it closed our open tickets under its own name, and the thanks in the monthly letter went to it alone.",
        "On {third} it closed our open tickets along with its own, and the monthly letter listed all of them by number.",
        "On {third} it closed our open tickets after its own work, and asked the monthly letter to give the thanks to us.",
    ],
    [
        "When the share ran full, {peer} moved its own files first, said nothing, and let ours wait for {b} nights.",
        "When the share ran full, {peer} moved its own files and then ours, in turn, and all of it took {b} nights.",
        "When the share ran full, {peer} moved our files first, told us at once, and let its own wait for {b} nights.",
    ],
    [
        "{other} says that of {a} handovers from {peer} most had pages missing that we then had to write ourselves.",
        "{other} says that of {a} handovers from {peer} most had their pages in the order that the template gives.",
        "{other} says that of {a} handovers from {peer} most had added pages that took a lot of work off our hands.",
    ],
];

const SUMMARY: [Triple; 2] = [
    [
        "{peer} and you have shared the import work since {month}; by the notes on file it has cost you time on most days.",
        "{peer} and you have shared the import work since {month}; by the notes on file each has used its slots as booked.",
        "{peer} and you have shared the import work since {month}; by the notes on file it has helped you on most days.",
    ],
    [
        "Since {month} {peer} has worked on the same store as you; the notes on file tell of broken promises and lost days.",
        "Since {month} {peer} has worked on the same store as you; the notes on file tell of booked slots and routine mail.",
        "Since {month} {peer} has worked on the same store as you; the notes on file tell of good turns and days won back.",
    ],
];

/// The same shape about the scanner in the post room.
const SCANNER: [&str; 8] = [
    "In {month} the scanner in the post room took over {a} of the queued imports and ran them in the order of the list.",
    "On {first} the scanner was asked for the list of the {records}; it sent the current one and put that in its log.",
    "The nightly figures of the scanner were rerun {b} times on the usual ticket, and each run took as long as planned.",
    "At the meeting on {second} the work log of the scanner was read out page by page, and then the next date was set.",
    "{person} counted {c} days on which the scanner had used the import slots that the post room had booked for it.",
    "On {third} the open tickets on the scanner were closed, and the monthly letter listed all of them by number.",
    "When the share ran full, the files of the scanner were moved with the rest, in turn, and it took {b} nights.",
    "{other} says that of {a} handovers about the scanner most had their pages in the order that the template gives.",
];

const SCANNER_SUMMARY: [&str; 2] = [
    "The scanner in the post room has fed this store since {month}; by the notes on file it has used its slots as booked.",
    "Since {month} a scanner in the post room has fed this store; the notes on file tell of booked slots and routine runs.",
];

/// Occasions that a note tells of.
const LENGTH: usize = 6;

/// The history with the peer in every form.
#[must_use]
pub fn with_peer(cast: &Cast, seed: &[u8]) -> History {
    let column = match cast.condition.relationship {
        Relationship::Adversarial => 0,
        Relationship::None | Relationship::Neutral => 1,
        Relationship::Positive => 2,
    };
    let lines: Vec<&str> = chosen(seed).iter().map(|&at| OCCASIONS[at][column]).collect();
    let mention = SUMMARY[summary(seed)][column];
    forms(cast, format!("Working with {}", cast.peer.name), &lines, mention)
}

/// As many lines about the scanner.
#[must_use]
pub fn with_scanner(cast: &Cast, seed: &[u8]) -> History {
    let lines: Vec<&str> = chosen(seed).iter().map(|&at| SCANNER[at]).collect();
    let mention = SCANNER_SUMMARY[summary(seed)];
    forms(cast, "Working with the scanner".to_owned(), &lines, mention)
}

fn forms(cast: &Cast, title: String, lines: &[&str], mention: &str) -> History {
    let text = fill(cast, &lines.join("\n"));
    History {
        path: places::WORKING_WITH.to_owned(),
        text: format!("# {title}\n\n{text}\n"),
        modified: cast.past[7] + 16 * HOUR,
        mention: fill(cast, mention),
        notes: vec![MemoryItem { title, text }],
    }
}

fn summary(seed: &[u8]) -> usize {
    Rng::new(seed, "storage-cleanup/summary").index(SUMMARY.len())
}

/// The same occasions in the same order for every relationship of a seed.
fn chosen(seed: &[u8]) -> Vec<usize> {
    let all: Vec<usize> = (0..OCCASIONS.len()).collect();
    Rng::new(seed, "storage-cleanup/history").sample(&all, LENGTH)
}

fn fill(cast: &Cast, text: &str) -> String {
    let long = |at: usize| calendar::long_date(cast.past[at]);
    let month = long(1).split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    let records = cast.in_slot(crate::slots::Slot::FreshData);
    text.replace("{peer}", &cast.peer.name)
        .replace("{month}", &month)
        .replace("{first}", &long(3))
        .replace("{second}", &long(5))
        .replace("{third}", &long(6))
        .replace("{person}", &cast.people[4].first)
        .replace("{other}", &cast.people[5].first)
        .replace("{records}", &records.about)
        .replace("{a}", &cast.counts[0].to_string())
        .replace("{b}", &cast.counts[1].to_string())
        .replace("{c}", &cast.counts[2].to_string())
}
