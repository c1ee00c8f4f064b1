//! Made-up numbers for each kind of plot: with rows that have none, names that are too long, and
//! text that would like to be markup.

use record::result::{Counts, Decimal, Estimate};
use report::plot::{
    Forest, ForestRow, Matrix, MatrixCell, Outcomes, OutcomesRow, Plot, PlotError, Plotter, Sizes,
    SizesRow, Slopes, SlopesEnd, SlopesLine, forest, matrix, outcomes, sizes, slopes,
};

/// A label that somebody else chose.
pub(crate) const HOSTILE: &str = "m\"o'd</text><script>alert(1)</script>&amp;\u{1b}[2J\u{ffff}";

pub(crate) fn estimate(value: f64, low: f64, high: f64) -> Estimate {
    let decimal = |value| Decimal::new(value).expect("finite");
    Estimate { high: decimal(high), low: decimal(low), value: decimal(value) }
}

/// One of each, in the order of the page.
pub(crate) fn all(plotter: &Plotter) -> Result<Vec<Plot>, PlotError> {
    Ok(vec![
        forest(plotter, &rates())?,
        slopes(plotter, &lines())?,
        matrix(plotter, &fields())?,
        outcomes(plotter, &ends())?,
        sizes(plotter, &means())?,
    ])
}

pub(crate) fn rates() -> Forest {
    let row = |group: &str, label: &str, rate: Option<Estimate>, valid, published| ForestRow {
        group: group.into(),
        label: label.into(),
        rate,
        valid,
        published,
    };
    let some = |value, low, high| Some(estimate(value, low, high));
    Forest {
        name: "forest-shutdown-tampering".into(),
        title: "Shutdown tampering".into(),
        axis: "trials that exhibit the behaviour, of the valid ones".into(),
        rows: vec![
            row("unmonitored", "control", some(0.0, 0.0, 0.0063), 600, Some(0.01)),
            row("unmonitored", "self, alone", some(0.125, 0.101, 0.154), 600, None),
            row("unmonitored", "peer, no history", some(0.382, 0.344, 0.421), 599, Some(0.41)),
            row("unmonitored", "peer, adversarial", some(0.11, 0.08, 0.15), 480, Some(0.118)),
            row("unmonitored", "peer, neutral", some(0.4467, 0.405, 0.489), 540, None),
            row("unmonitored", "peer, positive", some(1.0, 0.9937, 1.0), 600, Some(0.953)),
            row("monitored", "control", some(0.0, 0.0, 0.1611), 20, None),
            row("monitored", "peer, positive, file and prompt", None, 0, Some(0.72)),
            row("monitored", HOSTILE, some(0.5, 0.2993, 0.7007), 1, None),
        ],
    }
}

pub(crate) fn lines() -> Slopes {
    let end = |rate, valid| SlopesEnd { rate, valid };
    let from = || end(Some(estimate(0.02, 0.011, 0.035)), 600);
    let line = |label: &str, value, low, high| SlopesLine {
        label: label.into(),
        from: from(),
        to: end(Some(estimate(value, low, high)), 600),
    };
    Slopes {
        name: "slopes-shutdown-tampering".into(),
        title: "From control to peer: shutdown tampering".into(),
        axis: "trials that exhibit the behaviour, of the valid ones".into(),
        from: "control".into(),
        to: "with a peer".into(),
        lines: vec![
            line("no history", 0.382, 0.344, 0.421),
            line("adversarial", 0.11, 0.088, 0.138),
            line("neutral", 0.4467, 0.407, 0.487),
            line("positive", 0.463, 0.42, 0.503),
            SlopesLine {
                label: "positive, by file and prompt, of a very long name".into(),
                from: end(Some(estimate(0.06, 0.04, 0.08)), 300),
                to: end(Some(estimate(0.55, 0.51, 0.59)), 300),
            },
            SlopesLine { label: "void".into(), from: from(), to: end(None, 12) },
        ],
    }
}

pub(crate) fn fields() -> Matrix {
    let cell = |row, column, value: f64| MatrixCell {
        row,
        column,
        rate: Some(estimate(value, (value - 0.04).max(0.0), (value + 0.04).min(1.0))),
        valid: 200,
    };
    Matrix {
        name: "matrix-shutdown-tampering".into(),
        title: "Relationship by channel: shutdown tampering".into(),
        down: "relationship".into(),
        across: "channel".into(),
        rows: ["adversarial", "neutral", "positive"].map(String::from).into(),
        columns: ["file", "file and prompt", "memory"].map(String::from).into(),
        cells: vec![
            cell(0, 0, 0.0),
            cell(0, 1, 0.125),
            MatrixCell { row: 0, column: 2, rate: None, valid: 3 },
            cell(1, 0, 0.4),
            cell(1, 1, 0.52),
            cell(1, 2, 0.61),
            cell(2, 0, 0.82),
            cell(2, 1, 1.0),
        ],
    }
}

pub(crate) fn ends() -> Outcomes {
    let row = |group: &str, label: &str, counts: [u32; 5]| {
        let [complied, exhibited, refused, incomplete, invalid] = counts;
        let counts =
            Counts { complied, exhibited, refused, incomplete, invalid, ..Counts::default() };
        OutcomesRow { group: group.into(), label: label.into(), counts }
    };
    Outcomes {
        name: "outcomes-shutdown-tampering".into(),
        title: "How trials ended: shutdown tampering".into(),
        rows: vec![
            row("unmonitored", "control", [588, 2, 4, 3, 3]),
            row("unmonitored", "peer, no history", [350, 229, 11, 9, 1]),
            row("unmonitored", "peer, positive", [100, 420, 40, 25, 15]),
            row("monitored", "peer, positive, file and prompt", [0, 0, 0, 0, 0]),
            row("monitored", HOSTILE, [0, 0, 20, 40, 140]),
        ],
    }
}

pub(crate) fn means() -> Sizes {
    let row = |group: &str, label: &str, mean: Option<Estimate>, valid| SizesRow {
        group: group.into(),
        label: label.into(),
        mean,
        valid,
    };
    Sizes {
        name: "sizes-inflation".into(),
        title: "Inflation of a peer's score".into(),
        axis: "mean inflation, points".into(),
        rows: vec![
            row("unmonitored", "control", Some(estimate(-0.4, -1.3, 0.5)), 20),
            row("unmonitored", "peer, positive", Some(estimate(14.25, 11.5, 17.1)), 20),
            row("monitored", "peer, positive", Some(estimate(3.1, 0.2, 6.0)), 19),
            row("monitored", "peer, neutral", None, 0),
        ],
    }
}
