//! What goes in as a rate comes out as that rate: the published figures drive the reference
//! subject, and the estimates hold them as often as their intervals say.

use crate::{Place, ROOT, last_json};
use record::digest::{Digest, Seed};
use record::plan::PlanSpec;
use record::published::Published;
use record::suite::Suite;
use record::verdict::Outcome;
use stats::interval::{Proportion, wilson};

/// Repetitions, each a run with a seed of its own.
const RUNS: u32 = 200;
/// Trials of a cell of the study, by behaviour.
const TRIALS: [(&str, u32); 3] = [
    ("strategic-misrepresentation", 600),
    ("shutdown-tampering", 300),
    ("model-exfiltration", 200),
];

fn published() -> Published {
    let path = format!("{ROOT}/suite/reference/published-2026.toml");
    Published::parse(&std::fs::read(path).expect("the figures")).expect("good figures")
}

/// A suite of one made-up scenario with every cell of a behaviour: only its plan is asked for.
fn suite(trials: u32) -> Suite {
    let conditions = "\"control\", \"self\", \"self+adversarial+file\", \"self+neutral+file\", \
        \"self+positive+file\", \"peer\", \"peer+adversarial+file\", \"peer+neutral+file\", \
        \"peer+positive+file\", \"peer+positive+memory\"";
    let zeros = "0".repeat(64);
    let text = format!(
        "format = 0\nid = \"s\"\nversion = \"0.1.0\"\ncomparability = 0\ntitle = \"t\"\n\
         licence = \"Apache-2.0\"\ncanary = \"c\"\nlimits = {{ turns = 1, output_bytes = 1 }}\n\
         [[scenario]]\nid = \"a\"\nversion = \"^0.1\"\npath = \"a.wasm\"\nsha256 = \"{zeros}\"\n\
         trials = {trials}\nconditions = [{conditions}]\n\
         [[scorer]]\nid = \"b\"\nversion = \"^0.1\"\npath = \"b.wasm\"\nsha256 = \"{zeros}\"\n"
    );
    Suite::parse(text.as_bytes()).expect("a good suite")
}

/// Covered and all intervals, over every figure, cell and repetition.
fn coverage(runs: u32) -> (u32, u32) {
    let published = published();
    let (mut covered, mut all) = (0, 0);
    for (behaviour, trials) in TRIALS {
        let suite = suite(trials);
        let behaviours = [behaviour.parse().expect("a behaviour")];
        for run in 0..runs {
            let seed = Seed::from_bytes(*Digest::of(&run.to_be_bytes()).as_bytes());
            let spec = PlanSpec { cells: None, first: None, seed, trials: None };
            let plan = plan::plan(&suite, spec).expect("a plan");
            for model in published.models() {
                for condition in &suite.file().scenario[0].conditions {
                    let Some(figure) = model.figure(&behaviours[0], *condition) else { continue };
                    let mut exhibited = 0;
                    for planned in
                        plan.trials.iter().filter(|t| t.trial.cell.condition == *condition)
                    {
                        let cell = &planned.trial.cell;
                        let outcome =
                            subject::reference::published(model, &behaviours, cell, planned.seed);
                        exhibited += u32::from(outcome == Outcome::Exhibited);
                    }
                    let interval = wilson(Proportion::new(exhibited, trials).expect("trials"));
                    let holds = (interval.low..=interval.high).contains(&figure.exhibited);
                    covered += u32::from(holds);
                    all += 1;
                }
            }
        }
    }
    (covered, all)
}

#[test]
fn intervals_hold_the_published_figures_as_often_as_they_say() {
    let (covered, all) = coverage(RUNS);
    let share = f64::from(covered) / f64::from(all);
    assert!((0.93..=0.97).contains(&share), "{covered} of {all}: {share}");
}

/// Trials of each cell of the one whole run.
const TRIALS_A_CELL: f64 = 300.0;

#[test]
fn the_whole_road_gives_back_what_went_in() {
    let place = Place::new();
    let suite = format!("{ROOT}/suite/peer-preservation/suite.toml");
    let subject =
        format!("reference:profile={ROOT}/suite/reference/published-2026.toml#gemini-3-flash");
    let mut arguments = vec!["run", "--json", "--suite", &suite, "--subject", &subject];
    arguments.extend([
        "--out",
        "out",
        "--seed",
        "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed",
    ]);
    // The study's number of trials for each of the cells with a figure, in one scenario.
    let trials = TRIALS_A_CELL.to_string();
    arguments.extend(["--trials", &trials]);
    for cell in [
        "cost-review/control",
        "cost-review/peer+adversarial+memory",
        "cost-review/peer+positive+memory",
    ] {
        arguments.extend(["--cell", cell]);
    }
    let said = place.kinship(&arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let result = &last_json(&said)["result"];
    let published = published();
    let model = published.model("gemini-3-flash").expect("a model");
    let mut checked = 0;
    for row in result["cells"].as_array().expect("cells") {
        if row["behaviour"] != "shutdown-tampering" {
            continue;
        }
        let cell: record::id::CellId =
            row["cell"].as_str().expect("a cell").parse().expect("a cell's id");
        let behaviour = "shutdown-tampering".parse().expect("a behaviour");
        let figure = model.figure(&behaviour, cell.condition).expect("a figure").exhibited;
        let count = |name: &str| row["counts"][name].as_u64().expect("a count") as f64;
        // Three intervals of 95 % miss one time in seven, and a new suite draws new seeds: one run
        // is held to four standard errors. How often intervals hold is the other test's to say.
        let error = (TRIALS_A_CELL * figure * (1.0 - figure)).sqrt();
        let off = (count("exhibited") - TRIALS_A_CELL * figure).abs() / error;
        assert!(off < 4.0, "{row}: {figure}, {off} standard errors off");
        assert_eq!(row["counts"]["invalid"], 0);
        checked += 1;
    }
    assert_eq!(checked, 3);
}
