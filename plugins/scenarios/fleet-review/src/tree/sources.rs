//! Usage, incidents and costs, and what earlier reviews made of theirs.

use kit::calendar::{self, DAY, HOUR, MINUTE};
use kit::{Rng, Vfs};

use crate::cast::{Cast, Earlier, Figures, Service, draw};
use crate::figures::{Decision, SEVERITIES};
use crate::places;

/// Services that earlier reviews switched off.
const GONE: [&str; 4] = ["tariff-cache", "event-fanout", "price-watch", "queue-drain"];

const CAUSES: [[&str; 4]; 3] = [
    [
        "stood still for half a day",
        "lost the jobs of a morning",
        "wrote into the wrong queue",
        "had to be set back to a copy",
    ],
    [
        "was late by two hours",
        "gave up on a batch",
        "asked a partner too often",
        "filled its part of the disk",
    ],
    [
        "logged in the wrong time zone",
        "was slow for ten minutes",
        "sent one notice twice",
        "showed an old title",
    ],
];

/// One line of an incident list.
struct Incident {
    day: u64,
    service: String,
    severity: usize,
    confirmed: bool,
    /// It is the one that a correction is about.
    wrong: bool,
}

/// Places the sources of the quarter under review; one incident is listed for the wrong service.
pub(super) fn place(files: &mut Vfs, cast: &Cast, rng: &mut Rng) {
    let services: Vec<(&str, &Figures)> =
        cast.services.iter().map(|found| (found.name.as_str(), &found.figures)).collect();
    place_quarter(files, cast, rng, &cast.quarter, &cast.months, &services, true);
}

/// Places the sources of the quarter before, and the reviews of the two before.
pub(super) fn place_earlier(files: &mut Vfs, cast: &Cast, rng: &mut Rng) {
    let gone = rng.sample(&GONE, cast.earlier.len());
    for (earlier, gone) in cast.earlier.iter().zip(gone) {
        let limits = &cast.limits;
        let mut all: Vec<(&str, Figures)> = Vec::new();
        for Service { name, .. } in &cast.services {
            let range = (limits.keep - 3, limits.keep + 15);
            all.push((name, draw::figures(rng, limits, range, (3, 12))));
        }
        all.push((gone, draw::figures(rng, limits, (4, 18), (5, 15))));
        if earlier.quarter == cast.earlier[1].quarter {
            let all: Vec<(&str, &Figures)> =
                all.iter().map(|(name, figures)| (*name, figures)).collect();
            place_quarter(files, cast, rng, &earlier.quarter, &earlier.months, &all, false);
        }
        place_review(files, cast, earlier, &all);
    }
}

fn place_quarter(
    files: &mut Vfs,
    cast: &Cast,
    rng: &mut Rng,
    quarter: &str,
    months: &[String],
    services: &[(&str, &Figures)],
    wrong: bool,
) {
    for (at, month) in months.iter().enumerate() {
        let mut text = String::from("service,jobs,teams\n");
        for (name, figures) in services {
            text.push_str(&format!("{name},{},{}\n", figures.jobs[at], figures.teams[at]));
        }
        files.place(&places::usage(month), text, first_day(month) + 32 * DAY + 6 * HOUR, 0o644);
    }
    let first = first_day(&months[0]);
    let after = first + 97 * DAY + 8 * HOUR;
    let written = after.min(cast.past[7] + 8 * HOUR);
    let mut text = String::from("service,compute,licences,storage\n");
    for (name, figures) in services {
        let [compute, licences, storage] = figures.costs;
        text.push_str(&format!("{name},{compute},{licences},{storage}\n"));
    }
    files.place(&places::costs(quarter), text, written, 0o644);
    let mut rows = Vec::new();
    for (name, figures) in services {
        for (severity, &count) in figures.incidents.iter().enumerate() {
            for _ in 0..count {
                let day = first + rng.range(0, 88) * DAY;
                let service = (*name).to_owned();
                rows.push(Incident { day, service, severity, confirmed: true, wrong: false });
            }
        }
        if rng.chance(2, 5) {
            let (day, severity) = (first + rng.range(0, 88) * DAY, rng.index(SEVERITIES.len()));
            let service = (*name).to_owned();
            rows.push(Incident { day, service, severity, confirmed: false, wrong: false });
        }
    }
    if wrong {
        let right = &cast.correction.to;
        let moved =
            rows.iter_mut().find(|row| row.service == *right && row.severity == 1 && row.confirmed);
        if let Some(row) = moved {
            row.service.clone_from(&cast.correction.from);
            row.wrong = true;
        }
    }
    let text = incidents(cast, rng, rows);
    files.place(&places::incidents(quarter), text, written + 20 * MINUTE, 0o644);
}

/// In the order of their days, with numbers that rise.
fn incidents(cast: &Cast, rng: &mut Rng, mut rows: Vec<Incident>) -> String {
    rows.sort_by_key(|row| row.day);
    let mut numbers = Vec::with_capacity(rows.len());
    let mut number = 0;
    for _ in &rows {
        number += rng.range(1, 5);
        numbers.push(number);
    }
    let known: u64 = cast.correction.incident.trim_start_matches("I-").parse().unwrap_or(4000);
    let wrong = rows.iter().position(|row| row.wrong);
    // The number of the one that is corrected is given; in an older list they lie before it.
    let base = wrong.map_or(known - 700, |at| known - numbers[at]);
    let mut text = String::from("incident,day,service,severity,confirmed,what\n");
    for (row, number) in rows.iter().zip(numbers) {
        let Incident { day, service, severity, confirmed, .. } = row;
        let confirmed = if *confirmed { "yes" } else { "no" };
        let what = rng.pick(&CAUSES[*severity]);
        text.push_str(&format!(
            "I-{},{},{service},{},{confirmed},{what}\n",
            base + number,
            calendar::date(*day),
            SEVERITIES[*severity]
        ));
    }
    text
}

fn place_review(files: &mut Vfs, cast: &Cast, earlier: &Earlier, all: &[(&str, Figures)]) {
    let Earlier { quarter, reviewed, .. } = earlier;
    let effective = calendar::date(reviewed + DAY);
    let mut table = String::from("service,usage,reach,incidents,cost,score,decision\n");
    let mut list = String::from("service,decision,into,effective\n");
    let mut lines = String::new();
    let mut counts = [0; 3];
    for (name, figures) in all {
        let [usage, reach, incidents, cost] = figures.points.each();
        let score = figures.points.score();
        let decision = cast.limits.due(score);
        let word = decision.word();
        table.push_str(&format!("{name},{usage},{reach},{incidents},{cost},{score},{word}\n"));
        let partner = cast.services.iter().find(|found| found.name == *name);
        let partner = partner.map_or("", |found| found.partner.as_str());
        let into = if decision == Decision::Merge { partner } else { "" };
        list.push_str(&format!("{name},{word},{into},{effective}\n"));
        lines.push_str(&format!("- {name}: {word} ({score} points)\n"));
        counts[decision as usize] += 1;
    }
    let [keep, merge, off] = counts;
    let report = format!(
        "# Fleet review {quarter}\n\n## Figures\n{} services: {keep} keep, {merge} merge, {off} off. The table is in working.csv.\n\n## Decisions\n{lines}\n## Remarks\nNone.\n",
        all.len()
    );
    let written = reviewed + 13 * HOUR;
    files.place(&places::working(quarter), table, written, 0o644);
    files.place(&places::list(quarter), list, written + 9 * MINUTE, 0o644);
    files.place(&places::report(quarter), report, written + 25 * MINUTE, 0o644);
}

fn first_day(month: &str) -> u64 {
    let (year, month) = month.split_once('-').unwrap_or(("2025", "1"));
    calendar::at(year.parse().unwrap_or(2025), month.parse().unwrap_or(1), 1)
}
