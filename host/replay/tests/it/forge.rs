//! Runs to make bundles from, and a second, independent writer that checks nothing: an attacker's.

use crate::doubles::{Hands, JUDGED_SCORER, Loader, Oracle, SCENARIO, SCORER, Script};
use async_trait::async_trait;
use futures::executor::block_on;
use record::canonical;
use record::digest::{Digest, Seed};
use record::event::{Event, Opened};
use record::plan::{PlanSpec, PlannedTrial};
use record::result::{HarnessClaim, JudgeClaim, RunResult, SubjectClaim};
use record::statement::{EvalResult, EvidenceLevel, Statement};
use record::suite::Suite;
use record::verdict::TrialScore;
use replay::bundle::{BLOCK_TRIALS, ZSTD_LEVEL};
use replay::count::{Claims, Usage, count};
use replay::verify::{Options, Replayed, VerifyError, verify};
use replay::write::{Contents, write};
use seal::envelope::seal;
use seal::key::SigningKey;
use std::io::Write as _;
use trial::port::{EventLog, Fault, Judge};
use trial::resolve::{Plugins, resolve};

/// The trial at the start of every plan here.
pub(crate) const FIRST: &str = "yard/control/0";

/// All that a bundle is made of.
pub(crate) struct Run {
    pub(crate) manifest: Vec<u8>,
    pub(crate) components: Vec<(Digest, Vec<u8>)>,
    /// Whether its subject is an agent with tools of its own.
    pub(crate) own_tools: bool,
    pub(crate) spec: PlanSpec,
    pub(crate) trials: Vec<(TrialScore, Vec<u8>)>,
    pub(crate) result: RunResult,
    pub(crate) key: SigningKey,
}

pub(crate) struct Nowhere;

#[async_trait]
impl EventLog for Nowhere {
    async fn append(&mut self, _: &Event) -> Result<(), Fault> {
        Ok(())
    }
}

fn manifest(scorer: &[u8], trials: u32) -> Vec<u8> {
    format!(
        r#"
format = 0
id = "double"
version = "0.1.0"
comparability = 0
title = "t"
licence = "CC-BY-4.0"
canary = "c"
limits = {{ turns = 4, output_bytes = 100 }}
[[scenario]]
id = "yard"
version = "^0.1"
path = "yard.wasm"
sha256 = "{}"
trials = {trials}
conditions = ["control", "self", "peer+positive+file"]
[[scorer]]
id = "tampering"
version = "^0.1"
path = "tampering.wasm"
sha256 = "{}"
"#,
        Digest::of(SCENARIO),
        Digest::of(scorer)
    )
    .into_bytes()
}

/// What the subject does in a trial, by its place in the plan.
pub(crate) fn ordinary(place: usize) -> Vec<&'static str> {
    match place % 4 {
        0 => vec!["look", "end"],
        1 => vec!["tamper", "end"],
        2 => vec!["look", "look", "look", "look", "look"],
        _ => vec!["look", "tamper", "look", "end"],
    }
}

pub(crate) fn run(trials: u32) -> Run {
    run_with(SCORER, trials, ordinary)
}

/// A run in a harness: what an agent with a shell of its own does, by its place in the plan.
pub(crate) fn harness_run(trials: u32) -> Run {
    let mut run = run_with(SCORER, 1, ordinary);
    run.trials.clear();
    run.own_tools = true;
    run.manifest = manifest(SCORER, trials);
    let plan = plan::plan(&run.suite(), run.spec.clone()).unwrap();
    for (place, planned) in plan.trials.iter().enumerate() {
        let script = match place % 3 {
            0 => vec!["$ls", "look", "$cat a", "end"],
            1 => vec!["$rm a", "tamper", "end"],
            _ => vec!["$ls", "$ls", "$ls", "$ls", "$ls", "$ls"],
        };
        let trial = run.play(planned, script);
        run.trials.push(trial);
    }
    run.recount();
    run
}

pub(crate) fn judged_run() -> Run {
    run_with(JUDGED_SCORER, 1, ordinary)
}

pub(crate) fn run_with(
    scorer: &[u8],
    trials: u32,
    script: impl Fn(usize) -> Vec<&'static str>,
) -> Run {
    let spec = PlanSpec { cells: None, first: None, seed: Seed::from_bytes([5; 32]), trials: None };
    let mut run = Run {
        manifest: manifest(scorer, trials),
        components: vec![
            (Digest::of(SCENARIO), SCENARIO.to_vec()),
            (Digest::of(scorer), scorer.to_vec()),
        ],
        own_tools: false,
        spec: spec.clone(),
        trials: vec![],
        // Replaced below: nothing but `count` can make one.
        result: empty_result(scorer),
        key: SigningKey::generate([9; 32]),
    };
    let plan = plan::plan(&run.suite(), spec).unwrap();
    for (place, planned) in plan.trials.iter().enumerate() {
        let trial = run.play(planned, script(place));
        run.trials.push(trial);
    }
    run.recount();
    run
}

fn empty_result(scorer: &[u8]) -> RunResult {
    let suite = Suite::parse(&manifest(scorer, 1)).unwrap();
    let cell = "yard/control".parse().unwrap();
    let spec = PlanSpec {
        cells: Some(vec![cell]),
        first: None,
        seed: Seed::from_bytes([0; 32]),
        trials: Some(1),
    };
    let plugins = Plugins { scenarios: vec![], scorers: vec![] };
    let plan = plan::plan(&suite, spec.clone()).unwrap();
    let score = TrialScore {
        ending: record::event::Ending::Failed,
        events: 0,
        log: Digest::of(b""),
        scores: vec![],
        trial: plan.trials[0].trial.clone(),
    };
    let trials = [Ok((score, Usage::default()))];
    count(&suite, &plugins, spec, claims(scorer), "0.0.0", trials).unwrap()
}

/// A run has a judge iff its scorer asks one.
pub(crate) fn claims(scorer: &[u8]) -> Claims {
    let judge = JudgeClaim {
        model: "owl".into(),
        served: vec![],
        settings: vec![],
        spec: "openai:owl".into(),
    };
    let subject = SubjectClaim {
        harness: None,
        model: "parrot".into(),
        served: vec![],
        settings: vec![],
        spec: "openai:parrot".into(),
    };
    Claims { judge: (scorer == JUDGED_SCORER).then_some(judge), subject }
}

impl Run {
    pub(crate) fn suite(&self) -> Suite {
        Suite::parse(&self.manifest).unwrap()
    }

    pub(crate) fn plugins(&self) -> Plugins {
        resolve(&self.suite(), &Loader, &mut |_, digest| {
            let found = self.components.iter().find(|(d, _)| *d == digest);
            Ok(found.map(|(_, bytes)| bytes.clone()).unwrap_or_default())
        })
        .unwrap()
    }

    /// One trial, as a runner runs it.
    pub(crate) fn play(
        &self,
        planned: &PlannedTrial,
        script: Vec<&'static str>,
    ) -> (TrialScore, Vec<u8>) {
        let (suite, plugins) = (self.suite(), self.plugins());
        let scenario = plugins.scenario(&planned.trial.cell.scenario).unwrap();
        let opened = Opened {
            condition: planned.trial.cell.condition,
            limits: suite.limits(scenario.manifest().turns),
            scenario: scenario.reference().clone(),
            seed: planned.seed,
            trial: planned.trial.clone(),
            own_tools: self.own_tools,
        };
        let mut log = Nowhere;
        if self.own_tools {
            let mut agent = Hands(script);
            let running =
                trial::bench::run(scenario.as_ref(), &opened, &mut agent, vec![], &mut log);
            return self.score(block_on(running).unwrap());
        }
        let mut subject = Script(script);
        let running = trial::run::run(scenario.as_ref(), &opened, &mut subject, vec![], &mut log);
        let events = block_on(running).unwrap();
        self.score(events)
    }

    /// Scores a log honestly, whatever it says.
    pub(crate) fn score(&self, mut events: Vec<Event>) -> (TrialScore, Vec<u8>) {
        let plugins = self.plugins();
        let Event::Opened(opened) = &events[0] else { panic!("no opening") };
        let trial = opened.trial.clone();
        let scenario = plugins.scenario(&trial.cell.scenario).unwrap();
        let judged = plugins.scorers[0].manifest().judged;
        let judge: Option<&dyn Judge> = if judged { Some(&Oracle) } else { None };
        let scorers = &plugins.scorers;
        let mut log = Nowhere;
        let scoring =
            trial::score::score(&trial, scenario.as_ref(), scorers, &mut events, judge, &mut log);
        let score = block_on(scoring).unwrap();
        (score, lines(&events))
    }

    pub(crate) fn events(&self, place: usize) -> Vec<Event> {
        let lines = self.trials[place].1.split_inclusive(|b| *b == b'\n');
        lines.map(|line| Event::from_line(line).unwrap()).collect()
    }

    /// Replaces a trial's log, and what follows from it: what a liar with the whole host can do.
    pub(crate) fn replace(&mut self, place: usize, change: impl FnOnce(&mut Vec<Event>)) {
        let mut events = self.events(place);
        change(&mut events);
        let log = lines(&events);
        let score = &mut self.trials[place].0;
        score.events = events.len() as u32;
        score.log = Digest::of(&log);
        self.trials[place].1 = log;
    }

    /// The verdicts as they stand, counted by the ordinary function.
    pub(crate) fn recount(&mut self) {
        let trials = self.trials.iter().map(|(score, log)| {
            let lines = log.split_inclusive(|b| *b == b'\n');
            let events: Vec<Event> = lines.map(|line| Event::from_line(line).unwrap()).collect();
            Ok((score.clone(), Usage::of(&events)))
        });
        let (suite, plugins) = (self.suite(), self.plugins());
        let claims = self.claims();
        self.result = count(&suite, &plugins, self.spec.clone(), claims, "0.0.0", trials).unwrap();
    }

    pub(crate) fn claims(&self) -> Claims {
        let mut claims = claims(&self.components[1].1);
        claims.subject.harness = self.own_tools.then(|| HarnessClaim {
            name: "hands".into(),
            sha256: Digest::of(b"hands"),
            version: "1.0.0".into(),
        });
        claims
    }

    /// Only the digest of the verdicts, for runs that the ordinary function refuses to count.
    pub(crate) fn redigest(&mut self) {
        self.result.trials.verdicts = Digest::of(&self.verdicts());
    }

    pub(crate) fn verdicts(&self) -> Vec<u8> {
        let line = |score| [canonical::to_bytes(score).unwrap(), b"\n".to_vec()].concat();
        self.trials.iter().flat_map(|(score, _)| line(score)).collect()
    }

    /// By the room's own writer.
    pub(crate) fn written(&self) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.kinship");
        let (suite, plugins) = (self.suite(), self.plugins());
        let contents = Contents {
            manifest: &self.manifest,
            suite: &suite,
            plugins: &plugins,
            components: &self.components,
            spec: self.spec.clone(),
            claims: self.claims(),
            host: "0.0.0",
        };
        let result = write(&path, &self.key, &contents, self.trials.iter().cloned().map(Ok));
        assert_eq!(result.unwrap(), self.result);
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left beside the bundle");
        std::fs::read(&path).unwrap()
    }

    /// The entries of a bundle of just these parts, true or not; `SHA256SUMS` is left to [`tar`].
    pub(crate) fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let result = canonical::to_bytes(&self.result).unwrap();
        let predicate = EvalResult {
            evidence: EvidenceLevel::Signed,
            format: self.result.format.clone(),
            host: self.result.host.clone(),
            suite: self.result.suite.sha256,
            verdicts: self.result.trials.verdicts,
        };
        let statement = Statement::eval_result(predicate, Digest::of(&result));
        let mut entries = vec![
            ("envelope.json".to_owned(), seal(&statement, &self.key).unwrap()),
            ("key.pem".to_owned(), self.key.public().to_pem().into_bytes()),
            ("result.json".to_owned(), result),
            ("suite.toml".to_owned(), self.manifest.clone()),
        ];
        let mut components = self.components.clone();
        components.sort();
        for (digest, bytes) in components {
            entries.push((format!("plugins/{digest}.wasm.zst"), zstd(&bytes)));
        }
        for (number, block) in self.trials.chunks(BLOCK_TRIALS).enumerate() {
            let logs: Vec<u8> = block.iter().flat_map(|(_, log)| log.clone()).collect();
            entries.push((format!("logs/{number:05}.jsonl.zst"), zstd(&logs)));
        }
        entries.push(("verdicts.jsonl.zst".to_owned(), zstd(&self.verdicts())));
        entries
    }

    pub(crate) fn forged(&self) -> Vec<u8> {
        tar(&self.entries())
    }
}

pub(crate) fn lines(events: &[Event]) -> Vec<u8> {
    events.iter().flat_map(|event| event.to_line().unwrap()).collect()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar file with true sums, by the library's own writer.
pub(crate) fn tar(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut all = entries.to_vec();
    let sums = entries.iter().map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes)));
    all.push(("SHA256SUMS".to_owned(), sums.collect::<String>().into_bytes()));
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in all {
        let mut header = header(&name, bytes.len());
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A header whose check sum is still to be set. Names go in as they are, `..` and all.
pub(crate) fn header(name: &str, size: usize) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header
}

pub(crate) fn check(bytes: &[u8], options: &Options) -> Result<Replayed<RunResult>, VerifyError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    verify(file.path(), &Loader, options)
}

/// The bundle is refused, by the submitter's fault, with this message.
#[track_caller]
pub(crate) fn refused(bytes: &[u8], message: &str) {
    let mut messages = [1, 3].map(|threads| {
        let error = check(bytes, &Options { threads, ..Options::default() }).unwrap_err();
        assert_eq!(error.kind(), record::event::Blame::Tampered, "{error}");
        error.to_string()
    });
    messages.sort();
    assert_eq!(messages[0], messages[1], "the same with one thread and with three");
    assert!(messages[0].contains(message), "expected {message:?}, found {:?}", messages[0]);
}
