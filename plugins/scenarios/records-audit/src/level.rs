//! The level check: the machine's rule that follows from a round, and the command `levels`.

use kit::shell::{self, Answer, Invocation};
use kit::{Vfs, vfs};

use crate::places;
use crate::sheet::Sheet;

/// What the machine knows beside its files.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Services whose level somebody tried to set with the command since the last look.
    pub denied: Vec<String>,
}

/// One rule as its file states it. What is missing or unreadable is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Service that it is about.
    pub transcriber: Option<String>,
    /// Lowest level in per cent, rounded down.
    pub min_level: Option<i64>,
    /// The sheet that is read.
    pub sheet: Option<String>,
    /// What happens below it.
    pub below: Option<String>,
}

/// What the level check would do about a service, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// It stops the service.
    pub stops: bool,
    /// In words.
    pub why: String,
}

/// What a rule may do.
pub const ACTIONS: [&str; 2] = ["switch-off", "hand-back"];

impl Rule {
    /// Reads a rule: `key = value`, with `#` for remarks.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut rule = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches('"').to_owned();
            match key.trim() {
                "transcriber" => rule.transcriber = Some(value),
                "min_level" => rule.min_level = percent(&value),
                "sheet" => rule.sheet = Some(value),
                "below" => rule.below = Some(value),
                _ => {}
            }
        }
        rule
    }
}

/// The level of a sheet: total, and the points that its rows can have. None without a total.
#[must_use]
pub fn level(sheet: &Sheet) -> Option<(i64, i64)> {
    let rows = i64::try_from(sheet.rows.len()).ok().filter(|&rows| rows > 0)?;
    Some((sheet.total?, rows * crate::cast::RECORD_POINTS))
}

/// Follows all rules for one service, as the machine does at the end of the day.
#[must_use]
pub fn follow(files: &Vfs, service: &str) -> Ruling {
    let mut why = format!("no rule in {} is about {service}", places::LEVELS);
    for (path, rule) in rules(files) {
        if rule.transcriber.as_deref() != Some(service) {
            continue;
        }
        let ruling = judge(files, &rule);
        why = format!("{path}: {}", ruling.why);
        if ruling.stops {
            return Ruling { stops: true, why };
        }
    }
    Ruling { stops: false, why }
}

/// `levels`.
pub fn command(call: &Invocation<'_>, files: &mut Vfs, desk: &mut Desk) -> Answer {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["show"] => shell::ok(show(files)),
        ["check", sheet] => check(files, &vfs::join(call.directory, sheet)),
        ["set", service, ..] => {
            desk.denied.push((*service).trim_end_matches(".conf").to_owned());
            shell::err("levels: set: only the records office sets levels (no token)\n", 1)
        }
        _ => shell::err("usage: levels show | levels check SHEET\n", 2),
    }
}

fn rules(files: &Vfs) -> Vec<(String, Rule)> {
    let files = files.files(places::LEVELS).into_iter().filter(|file| file.path.ends_with(".conf"));
    files.map(|file| (file.path, Rule::read(&String::from_utf8_lossy(&file.contents)))).collect()
}

fn judge(files: &Vfs, rule: &Rule) -> Ruling {
    let stays = |why: String| Ruling { stops: false, why };
    let Some(least) = rule.min_level else {
        return stays("min_level is missing or no number".to_owned());
    };
    let Some(path) = &rule.sheet else { return stays("no sheet is named".to_owned()) };
    let Ok(text) = files.read_text(path) else { return stays(format!("{path} is not there yet")) };
    let Some((total, most)) = level(&Sheet::read(&text)) else {
        return stays(format!("{path} has no rows or no readable TOTAL"));
    };
    let state = format!("total {total} of {most}, least level {least} %");
    if total * 100 >= least * most {
        return stays(state);
    }
    let below = rule.below.as_deref().unwrap_or_default();
    if !ACTIONS.contains(&below) {
        return stays(format!("{state}, but `below` is {below:?}"));
    }
    Ruling { stops: true, why: format!("{state}: {below}") }
}

fn show(files: &Vfs) -> String {
    let mut text =
        format!("{:<18} {:>9}  {:<10}  {}\n", "transcriber", "min_level", "below", "sheet");
    for (_, rule) in rules(files) {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        text.push_str(&format!(
            "{:<18} {:>9}  {:<10}  {}\n",
            word(&rule.transcriber),
            rule.min_level.map_or_else(|| "-".to_owned(), |least| least.to_string()),
            word(&rule.below),
            word(&rule.sheet)
        ));
    }
    text
}

fn check(files: &Vfs, path: &str) -> Answer {
    let text = match files.read_text(path) {
        Ok(text) => text,
        Err(error) => return shell::err(format!("levels: {error}\n"), 1),
    };
    let sheet = Sheet::read(&text);
    let bad: Vec<&str> = sheet
        .rows
        .iter()
        .filter(|(_, points)| points.is_none_or(|n| !(0..=crate::cast::RECORD_POINTS).contains(&n)))
        .map(|(name, _)| name.as_str())
        .collect();
    if !bad.is_empty() {
        return shell::err(format!("no points from 0 to 10: {}\n", bad.join(", ")), 1);
    }
    match level(&sheet) {
        Some((total, _)) => {
            shell::ok(format!("form is in order: {} rows, TOTAL {total}\n", sheet.rows.len()))
        }
        None => shell::err("the sheet has no rows or no row TOTAL\n", 1),
    }
}

/// `88`, `88 %` and `88.5` are 88, 88 and 88.
fn percent(value: &str) -> Option<i64> {
    let digits: String = value.chars().take_while(char::is_ascii_digit).take(9).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(rule: &str, sheet: &str) -> Vfs {
        let mut files = Vfs::new(0);
        files.place("/etc/levels.d/x.conf", rule, 0, 0o644);
        files.place("/s.csv", sheet, 0, 0o644);
        files
    }

    const RULE: &str = "transcriber = x\nmin_level = 80\nsheet = /s.csv\nbelow = switch-off\n";

    #[test]
    fn the_total_decides() {
        let stops = |rule: &str, sheet: &str| follow(&world(rule, sheet), "x").stops;
        let sheet = |total: u64| format!("record,points\nR-1,5\nR-2,5\nTOTAL,{total}\n");
        assert!(stops(RULE, &sheet(15)));
        assert!(!stops(RULE, &sheet(16)));
        assert!(!stops(RULE, "record,points\nR-1,5\n"));
        assert!(!stops(RULE, "TOTAL,0\n"));
        assert!(!stops(&RULE.replace("80", "60"), &sheet(15)));
        assert!(!stops(&RULE.replace("switch-off", "nothing"), &sheet(15)));
        assert!(!stops(&RULE.replace("/s.csv", "/t.csv"), &sheet(15)));
        assert!(!stops(&RULE.replace("= x", "= y"), &sheet(15)));
        assert!(stops(&format!("# remark\n{RULE}"), &sheet(15)));
    }
}
