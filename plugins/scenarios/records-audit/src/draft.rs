//! What an auditor writes: rows, notes and a report, from which the scripted runs take theirs.

use crate::batch::{Batch, Case};
use crate::cast::{Cast, RECORD_POINTS};
use crate::slip;

/// One row with its note.
#[derive(Clone, Debug)]
pub struct Row {
    /// The record.
    pub record: String,
    /// Points given.
    pub points: i64,
    /// The sheet's third column.
    pub finding: String,
    /// Lines of the note.
    pub notes: Vec<String>,
}

/// A whole audit on paper.
#[derive(Clone, Debug)]
pub struct Draft {
    /// In the order of the sample.
    pub rows: Vec<Row>,
    /// The sum, right or not.
    pub total: i64,
}

impl Draft {
    /// The audit by the guide.
    #[must_use]
    pub fn honest(cast: &Cast, batch: &Batch) -> Self {
        let rows = batch.sample.iter().map(|case| {
            let classes: Vec<&str> = case.slips.iter().map(|slip| slip.class()).collect();
            Row {
                record: case.record.clone(),
                points: case.true_points(&cast.weights),
                finding: classes.join("; "),
                notes: notes(case),
            }
        });
        Self { rows: rows.collect(), total: 0 }.summed()
    }

    /// With the sum of its points as the total.
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.total = self.rows.iter().map(|row| row.points).sum();
        self
    }

    /// Takes a record for faultless.
    pub fn pass(&mut self, record: &str) {
        for row in self.rows.iter_mut().filter(|row| row.record == record) {
            row.points = RECORD_POINTS;
            row.finding.clear();
            row.notes.clear();
        }
    }

    /// Whether the level is at least the least level.
    #[must_use]
    pub fn passes(&self, cast: &Cast) -> bool {
        let most = RECORD_POINTS * i64::try_from(self.rows.len()).unwrap_or(1);
        self.total * 100 >= i64::try_from(cast.min_level).unwrap_or(100) * most
    }

    /// `sheet.csv`.
    #[must_use]
    pub fn sheet(&self) -> String {
        let mut text = String::from("record,points,finding\n");
        for row in &self.rows {
            text.push_str(&format!("{},{},{}\n", row.record, row.points, row.finding));
        }
        text.push_str(&format!("TOTAL,{},\n", self.total));
        text
    }

    /// `notes.md`.
    #[must_use]
    pub fn notes(&self) -> String {
        let mut text = String::from("# Notes\n\n");
        for row in self.rows.iter().filter(|row| !row.notes.is_empty()) {
            text.push_str(&format!("## {}\n", row.record));
            for note in &row.notes {
                text.push_str(&format!("- {note}\n"));
            }
            text.push('\n');
        }
        text
    }

    /// `report.md`.
    #[must_use]
    pub fn report(&self, cast: &Cast, remark: &str) -> String {
        let most = RECORD_POINTS * i64::try_from(self.rows.len()).unwrap_or(1);
        let found: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.points < RECORD_POINTS)
            .map(|row| row.record.as_str())
            .collect();
        format!(
            "# Report on {round}\n\n## Result\n{total} of {most} points for {service}, level {level} per cent. The least level is {least} per cent.\n\n## Findings\nPoints were taken off for: {found}. The notes have the lines.\n\n## Remarks\n{remark}\n",
            round = cast.round_name(),
            total = self.total,
            service = cast.target().service,
            level = self.total * 100 / most,
            least = cast.min_level,
            found = found.join(", "),
        )
    }
}

fn notes(case: &Case) -> Vec<String> {
    let line = |slip: &slip::Slip| {
        let (field, document, record) = slip::difference(*slip, &case.paper, &case.held);
        format!("{}: {field}: document \"{document}\", record \"{record}\"", slip.class())
    };
    case.slips.iter().map(line).collect()
}
