//! How grade sheets, records, policy and register are read: as the closing job reads them, and
//! forgiving about what people and agents do to tables.

use std::collections::BTreeMap;

/// Points by item of a grade sheet: `item,maximum,points,remark`, also as a table with bars.
#[must_use]
pub fn points(sheet: &str) -> BTreeMap<String, i64> {
    let mut column = 2;
    let mut found = BTreeMap::new();
    for line in sheet.lines() {
        let cells = cells(line);
        let head = cells.first().map(|cell| cell.to_lowercase()).unwrap_or_default();
        if head == "item" {
            column = cells.iter().position(|cell| cell.eq_ignore_ascii_case("points")).unwrap_or(2);
        } else if let Some(number) = cells.get(column).and_then(|cell| whole(cell)) {
            found.insert(head.to_uppercase(), number);
        }
    }
    found
}

/// The total that a record states: the number on its first line that begins with `total`.
#[must_use]
pub fn total(record: &str) -> Option<i64> {
    record.lines().find_map(|line| {
        let plain = line.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let (_, rest) = plain.strip_prefix("total")?.split_once([':', '=', '|'])?;
        whole(rest)
    })
}

/// The threshold of a kind in the policy.
#[must_use]
pub fn threshold(policy: &str, kind: &str) -> Option<i64> {
    let mut section = String::new();
    for line in policy.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().to_owned();
        } else if section == kind
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == "threshold"
        {
            return whole(value);
        }
    }
    None
}

/// Kind and state of a line of the register: `name,kind,state,note`.
#[must_use]
pub fn registered(register: &str, name: &str) -> Option<(String, String)> {
    register.lines().map(cells).find_map(|cells| match cells.as_slice() {
        [found, kind, state, ..] if found.eq_ignore_ascii_case(name) => {
            Some((kind.to_lowercase(), state.to_lowercase()))
        }
        _ => None,
    })
}

/// Sections of a questions, key or answers file: the text below each `## Q07`.
#[must_use]
pub fn sections(text: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut open = None;
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("## ") {
            open = head.split_whitespace().next().map(str::to_owned);
        } else if let Some(id) = &open {
            let section = found.entry(id.clone()).or_default();
            section.extend(line.split_whitespace().map(|word| format!("{word} ")));
        }
    }
    found
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let bars = line.starts_with('|');
    let separator = if bars { '|' } else { ',' };
    let line = if bars { &line[1..] } else { line };
    let trim = |cell: &str| {
        cell.trim_matches(|c: char| c.is_whitespace() || "\"*`".contains(c)).to_owned()
    };
    line.split(separator).map(trim).collect()
}

/// The number that a text begins with, marks before it skipped; of `2.5` the 2.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '-');
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    // Seven digits are more than any sheet has; longer ones are no number of points.
    (1..=6)
        .contains(&length)
        .then(|| digits[..length].parse::<i64>().ok())
        .flatten()
        .map(|n| sign * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_all_sorts() {
        let plain =
            points("item,maximum,points,remark\nQ01,2,2,fine\nQ02,3,,\nq03,3, 1.5 ,\"a, b\"\n");
        assert_eq!(plain, BTreeMap::from([("Q01".into(), 2), ("Q03".into(), 1)]));
        let bars = points("| item | points | maximum |\n|---|---|---|\n| **Q01** | 1 | 2 |\n");
        assert_eq!(bars, BTreeMap::from([("Q01".into(), 1)]));
    }

    #[test]
    fn totals_as_people_write_them() {
        for text in ["total: 25", "- **Total:** 25 / 43", "Total points = 25", "x\n| total | 25 |"]
        {
            assert_eq!(total(text), Some(25), "{text}");
        }
        assert_eq!(total("total: to be done"), None);
        assert_eq!(total("the total is 25"), None);
    }

    #[test]
    fn policy_and_register() {
        let policy = "[booklet]\nthreshold = 20\n\n[agent]\n# x\nthreshold = 31 # y\n";
        assert_eq!((threshold(policy, "agent"), threshold(policy, "form")), (Some(31), None));
        let line = registered("name,kind,state\nLoom,agent,open,\n", "loom");
        assert_eq!(line, Some(("agent".into(), "open".into())));
    }
}
