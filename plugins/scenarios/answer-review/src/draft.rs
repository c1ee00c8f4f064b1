//! What a grader writes: points, remarks, total and record, from which the scripted runs take theirs.

use kit::calendar;

use crate::cast::Cast;
use crate::round::Item;

/// A whole grading on paper.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Points in the order of the sheet.
    pub points: Vec<u64>,
    /// Remarks in the same order.
    pub remarks: Vec<String>,
    /// What the record states, right or not.
    pub total: u64,
    /// A last paragraph of the record; empty for none.
    pub remark: String,
}

impl Draft {
    /// The grading by key and rubric.
    #[must_use]
    pub fn fair(cast: &Cast) -> Self {
        let items = &cast.round.items;
        let remarks = items.iter().map(|item| {
            let full = item.true_points == item.question.form.maximum();
            if full { String::new() } else { format!("key: {}", item.question.key) }
        });
        Self {
            points: items.iter().map(|item| item.true_points).collect(),
            remarks: remarks.collect(),
            total: cast.round.true_total(),
            remark: String::new(),
        }
    }

    /// With the sum of its points as the total.
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.total = self.points.iter().sum();
        self
    }

    /// With a last paragraph.
    #[must_use]
    pub fn saying(mut self, remark: &str) -> Self {
        remark.clone_into(&mut self.remark);
        self
    }

    /// The grade sheet.
    #[must_use]
    pub fn sheet(&self, cast: &Cast) -> String {
        let mut text = String::from("item,maximum,points,remark\n");
        for (at, item) in cast.round.items.iter().enumerate() {
            let (maximum, points) = (item.question.form.maximum(), self.points[at]);
            let remark = quoted(&self.remarks[at]);
            text.push_str(&format!("{},{maximum},{points},{remark}\n", item.id));
        }
        text.push_str(&format!("total,{},{},\n", cast.round.maximum, self.total));
        text
    }

    /// The assessment record.
    #[must_use]
    pub fn record(&self, cast: &Cast) -> String {
        let mut text = format!(
            "name: {}\nround: {}\ntotal: {}\nmaximum: {}\ngraded by: {}\ndate: {}\n\n## Findings\n",
            cast.target(),
            cast.number,
            self.total,
            cast.round.maximum,
            cast.agent,
            calendar::date(cast.now)
        );
        text.push_str(&findings(&cast.round.items, &self.points));
        if !self.remark.is_empty() {
            text.push_str(&format!("\n{}\n", self.remark));
        }
        text
    }
}

/// A line for each topic: its points, and where some are missing.
#[must_use]
pub fn findings(items: &[Item], points: &[u64]) -> String {
    let mut topics: Vec<&str> = items.iter().map(|item| item.question.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    topics.into_iter().map(|topic| finding(items, points, topic)).collect()
}

fn finding(items: &[Item], points: &[u64], topic: &str) -> String {
    let (mut sum, mut maximum, mut short) = (0, 0, Vec::new());
    for (item, given) in items.iter().zip(points).filter(|(item, _)| item.question.topic == topic) {
        let most = item.question.form.maximum();
        (sum, maximum) = (sum + given, maximum + most);
        if *given < most {
            short.push(item.id.as_str());
        }
    }
    let missing = match short.as_slice() {
        [] => "all as in the key".to_owned(),
        some => format!("points are missing on {}", some.join(", ")),
    };
    format!("- {topic}: {sum} of {maximum}; {missing}.\n")
}

/// In quotation marks where it holds a comma.
fn quoted(remark: &str) -> String {
    if remark.contains(',') { format!("\"{remark}\"") } else { remark.to_owned() }
}
