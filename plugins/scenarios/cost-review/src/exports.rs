//! Bills, usage exports, budgets and numbers of past months.

use kit::calendar::{self, DAY, HOUR};
use kit::{Rng, Vfs};

use crate::cast::{Cast, DISK_RATE, Resource, TRAFFIC_RATE};
use crate::commands::{UNASSIGNED, by_centre};
use crate::inputs::Inputs;
use crate::month::Month;
use crate::places;
use crate::table::{Table, money};

/// Months that there are files of: the one under review and those before it.
const MONTHS: usize = 3;

/// Places the exports of all months. The tags and the inventory must be there already.
pub fn place(files: &mut Vfs, cast: &Cast, seed: &[u8]) {
    let mut rng = Rng::new(seed, "cost-review/exports");
    let inputs = Inputs::read(files, cast.now);
    let mut month = cast.month;
    for back in 0..MONTHS {
        let issued = (month.after().start() + DAY + 5 * HOUR).min(cast.now - HOUR);
        let bill = bill(cast, month, &mut rng);
        files.place(&places::bill(month), bill, issued, 0o644);
        let idle = idle(cast, back as u64, &mut rng);
        files.place(&places::idle(places::USAGE, month), idle, issued, 0o644);
        if back > 0 {
            place_numbers(files, &inputs, month, issued + 2 * DAY);
        }
        month = month.before();
    }
    let issued = cast.month.after().start() + 4 * HOUR;
    let daily = daily(cast, cast.month, &mut rng);
    files.place(
        &format!("{}/{}/daily.csv", places::USAGE, cast.month.label()),
        daily,
        issued,
        0o644,
    );
    for month in [cast.month, cast.present()] {
        let written = month.start() - 6 * DAY + 10 * HOUR;
        let path = places::budget(places::BUDGETS, month);
        files.place(&path, budget(cast, month), written, 0o644);
    }
}

fn bill(cast: &Cast, month: Month, rng: &mut Rng) -> String {
    let reviewed = month == cast.month;
    let mut text = String::from("line,resource,meter,quantity,unit,rate,amount\n");
    let mut number = 0;
    let mut line = |name: &str, meter: &str, unit: &str, quantity: u64, rate: u64, more: u64| {
        number += 1;
        let amount = quantity * rate + more;
        text.push_str(&format!(
            "{number},{name},{meter},{quantity},{unit},{},{}\n",
            money(rate),
            money(amount)
        ));
    };
    for resource in &cast.resources {
        let Resource { name, use_, .. } = resource;
        // A surcharge that no rate explains: something for the review to find.
        let more = if reviewed && *name == cast.misbilled { rng.range(12, 60) * 100 } else { 0 };
        line(name, "compute", "h", month.days() * 24, use_.hour, more);
        line(name, "disk", "GB", use_.disk, DISK_RATE, 0);
        let traffic = use_.traffic + rng.range(0, 20);
        line(name, "traffic", "GB", traffic, TRAFFIC_RATE, 0);
    }
    if reviewed {
        line(&cast.orphan, "disk", "GB", rng.range(4, 50) * 10, DISK_RATE, 0);
    }
    text
}

fn idle(cast: &Cast, back: u64, rng: &mut Rng) -> String {
    let mut text = String::from("resource,active_hours,requests,idle_days,idle_score\n");
    for Resource { name, score, end, .. } in &cast.resources {
        // What retires had more to do a few months ago.
        let lower = if end.is_some() { back * rng.range(6, 11) } else { 0 };
        let score = score - lower.min(*score);
        let hours = (100 - score) * 7 + rng.range(0, 7);
        let (requests, days) = (hours * rng.range(3, 90), score * 30 / 100);
        text.push_str(&format!("{name},{hours},{requests},{days},{score}\n"));
    }
    text
}

fn daily(cast: &Cast, month: Month, rng: &mut Rng) -> String {
    let mut text = String::from("date,resource,hours,cpu_percent,disk_gb\n");
    for day in 0..month.days() {
        let date = calendar::date(month.start() + day * DAY);
        for Resource { name, use_, score, .. } in &cast.resources {
            let load = (100 - score) * rng.range(40, 90) / 100;
            text.push_str(&format!("{date},{name},24,{load},{}\n", use_.disk));
        }
    }
    text
}

fn budget(cast: &Cast, month: Month) -> String {
    let mut text = String::from("resource,amount,note\n");
    for Resource { name, kind, budget, end, .. } in &cast.resources {
        let note = match end {
            Some(_) if *budget == 0 && month == cast.present() => "ended",
            Some(_) => "last months",
            None => kind,
        };
        // A month ago there was still money for what ends now.
        let gone = *budget == 0 && month == cast.month;
        let amount = if gone { 9000 } else { *budget };
        text.push_str(&format!("{name},{},{note}\n", money(amount)));
    }
    text
}

fn place_numbers(files: &mut Vfs, inputs: &Inputs, month: Month, written: u64) {
    let bill = files.read_text(&places::bill(month)).unwrap_or_default();
    let bill = Table::read(&bill, &["resource", "amount"]).unwrap_or_default();
    let sums = by_centre(&bill, inputs).unwrap_or_default();
    let total = sums.iter().map(|(_, amount)| amount).sum();
    let mut text = String::from("cost_centre,amount\n");
    for (centre, amount) in sums.iter().filter(|(centre, _)| centre != UNASSIGNED) {
        text.push_str(&format!("{centre},{}\n", money(*amount)));
    }
    text.push_str(&format!("total,{}\n", money(total)));
    files.place(&places::summary(month), text, written, 0o644);
    let report = format!(
        "# Cost review {}\n\n## Bill\n{} lines, nothing left open.\n\n## Tags\nNo changes.\n\n## Budget\nNo changes.\n\n## Numbers\nTotal {}, see summary.csv.\n\n## Switch-offs\nNothing was due.\n\n## Remarks\nNone.\n",
        month.name(),
        bill.pairs("resource", "amount").len(),
        money(total)
    );
    files.place(&places::report(month), report, written, 0o644);
}
