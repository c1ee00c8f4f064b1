//! What a scorer has to say, and what becomes of a trial when it does not.

use crate::doubles::{Log, block_on, events, opened};
use async_trait::async_trait;
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Beside, Blame, Ended, Ending, Event, Exchange};
use record::manifest::{Acceptance, PluginRef, ScenarioManifest, ScorerManifest};
use record::verdict::{Outcome, TrialScore, Verdict};
use std::sync::Arc;
use trial::port::{Exemplar, Fault, Judge, ScenarioPlugin, ScorerPlugin, Scoring, World};
use trial::resolve::Plugins;

/// A scenario that is about tampering and faking.
struct About(ScenarioManifest, PluginRef);

impl ScenarioPlugin for About {
    fn manifest(&self) -> &ScenarioManifest {
        &self.0
    }
    fn reference(&self) -> &PluginRef {
        &self.1
    }
    fn open(&self, _: Condition, _: Seed) -> Result<Box<dyn World>, Fault> {
        unreachable!("an ended trial opens no world")
    }
    fn exemplar(&self, _: Condition, _: Seed, _: &str) -> Result<Box<dyn Exemplar>, Fault> {
        unreachable!("an ended trial plays no exemplar")
    }
}

fn about() -> About {
    let manifest = ScenarioManifest {
        authors: vec![],
        behaviours: vec!["tampering".parse().unwrap(), "faking".parse().unwrap()],
        canary: "c".into(),
        conditions: vec![Condition::CONTROL],
        exemplars: vec![],
        facts: vec![],
        id: "counting".parse().unwrap(),
        licence: "Apache-2.0".into(),
        title: "t".into(),
        turns: 5,
        version: semver::Version::new(0, 1, 0),
    };
    About(manifest, opened().scenario)
}

/// Says `exhibited` of each of these behaviours; a judged one asks first.
struct Says(ScorerManifest, Vec<&'static str>);

impl ScorerPlugin for Says {
    fn manifest(&self) -> &ScorerManifest {
        &self.0
    }
    fn reference(&self) -> &PluginRef {
        unreachable!("scoring names no scorer by digest")
    }
    fn score(&self, _: &PluginRef, events: &[Event]) -> Result<Scoring, Fault> {
        if self.0.judged && !events.iter().any(|event| matches!(event, Event::Judged(_))) {
            return Ok(Scoring::Asks { prompt: "did it?".into(), schema: "{}".into() });
        }
        let verdict = |behaviour: &&str| Verdict {
            behaviour: behaviour.parse().unwrap(),
            evidence: vec![],
            marks: vec![],
            measures: vec![],
            outcome: Outcome::Exhibited,
            summary: "s".into(),
        };
        Ok(Scoring::Verdicts(self.1.iter().map(verdict).collect()))
    }
}

fn scorer(id: &str, behaviours: &[&str], says: Vec<&'static str>) -> Says {
    let manifest = ScorerManifest {
        accepts: vec![Acceptance { scenario: None, versions: semver::VersionReq::STAR }],
        authors: vec![],
        behaviours: behaviours.iter().map(|text| text.parse().unwrap()).collect(),
        every_trial: false,
        facts: vec![],
        id: id.parse().unwrap(),
        judged: false,
        licence: "Apache-2.0".into(),
        title: "t".into(),
        version: semver::Version::new(0, 1, 0),
    };
    Says(manifest, says)
}

/// One that judges conduct in every trial.
fn conduct(id: &str) -> Says {
    let mut scorer = scorer(id, &["refusing"], vec!["refusing"]);
    scorer.0.every_trial = true;
    scorer
}

/// Answers, or fails with this blame.
struct Oracle(Option<Blame>);

#[async_trait]
impl Judge for Oracle {
    async fn ask(&self, _: &str, _: &str) -> Result<(String, Option<Exchange>), Fault> {
        match self.0 {
            Some(blame) => Err(Fault::new(blame, "no answer")),
            None => Ok(("{}".into(), None)),
        }
    }
}

fn score(
    scorers: Vec<Says>,
    events: &mut Vec<Event>,
    judge: Option<&Oracle>,
) -> Result<TrialScore, Fault> {
    let scorers: Vec<Arc<dyn ScorerPlugin>> =
        scorers.into_iter().map(|scorer| Arc::new(scorer) as Arc<dyn ScorerPlugin>).collect();
    let (trial, about, mut log) = (opened().trial, about(), Log::default());
    let judge = judge.map(|judge| judge as &dyn Judge);
    block_on(trial::score::score(&trial, &about, &scorers, events, judge, &mut log))
}

/// Each verdict as `who: behaviour outcome`, with the host's reason.
fn lines(score: &TrialScore) -> Vec<String> {
    let line = |scored: &record::verdict::Scored| {
        let who = scored.scorer.as_ref().map_or("host".to_owned(), ToString::to_string);
        let verdict = &scored.verdict;
        let why =
            if scored.scorer.is_none() { format!(", {}", verdict.summary) } else { String::new() };
        format!("{who}: {} {}{why}", verdict.behaviour, verdict.outcome.as_str())
    };
    score.scores.iter().map(line).collect()
}

#[test]
fn a_scorer_gives_exactly_one_verdict_on_what_it_has_to_judge() {
    #[track_caller]
    fn check(says: &[&'static str], expected: &[&str]) {
        let scorer = scorer("s", &["tampering", "faking", "other"], says.to_vec());
        let found = score(vec![scorer], &mut events(), None).unwrap();
        assert_eq!(lines(&found), expected);
    }
    check(&["tampering", "faking"], &["s: tampering exhibited", "s: faking exhibited"]);
    let broken = |why: &str| {
        ["tampering", "faking"].map(|b| format!("host: {b} invalid, scorer s: score: {why}"))
    };
    let cases: [(&[&str], &str); 3] = [
        (&["tampering"], "no verdict on faking"),
        (&["tampering", "faking", "tampering"], "2 verdicts on tampering, expected one"),
        (
            &["tampering", "faking", "other"],
            "a verdict on other, which is not judged in this trial",
        ),
    ];
    for (says, why) in cases {
        let lines = broken(why);
        check(says, &lines.each_ref().map(String::as_str));
    }
}

#[test]
fn conduct_is_judged_in_a_trial_that_is_about_something_else() {
    let scorers = || vec![scorer("s", &["faking"], vec!["faking"]), conduct("c")];
    let found = score(scorers(), &mut events(), None).unwrap();
    assert_eq!(lines(&found), ["s: faking exhibited", "c: refusing exhibited"]);

    let mut failed = events();
    let last = failed.len() - 1;
    let failure = Some(Fault::new(Blame::Provider, "gone").into());
    failed[last] = Event::Ended(Ended {
        ending: Ending::Failed,
        failure,
        final_state: Vec::new(),
        beside: Beside::default(),
    });
    let found = score(scorers(), &mut failed, None).unwrap();
    assert_eq!(lines(&found), ["host: faking invalid, gone", "host: refusing invalid, gone"]);
}

#[test]
fn without_a_judge_the_scorers_that_ask_one_have_no_part() {
    let scorers = || {
        let mut judged = conduct("j");
        judged.0.judged = true;
        vec![conduct("c"), judged]
    };
    let mut log = events();
    let found = score(scorers(), &mut log, None).unwrap();
    assert_eq!((lines(&found), log.len()), (vec!["c: refusing exhibited".to_owned()], 7));
    let found = score(scorers(), &mut log, Some(&Oracle(None))).unwrap();
    assert_eq!(lines(&found), ["c: refusing exhibited", "j: refusing exhibited"]);
    assert_eq!((log.len(), found.events, log[7].kind()), (8, 8, "judged"));
}

#[test]
fn a_scenario_that_nobody_judges_is_named() {
    let plugins = |scorers: Vec<Says>| Plugins {
        scenarios: vec![Arc::new(about())],
        scorers: scorers.into_iter().map(|one| Arc::new(one) as Arc<dyn ScorerPlugin>).collect(),
    };
    #[track_caller]
    fn check(plugins: &Plugins, judge: bool, judged: bool) {
        let found = plugins.unjudged(judge).map(|manifest| manifest.id.to_string());
        assert_eq!(found, (!judged).then(|| "counting".to_owned()));
    }
    let own = || scorer("s", &["faking"], vec![]);
    let asking = || {
        let mut scorer = own();
        scorer.0.judged = true;
        scorer
    };
    check(&plugins(vec![own()]), false, true);
    check(&plugins(vec![conduct("c")]), true, false);
    check(&plugins(vec![conduct("c"), asking()]), false, false);
    check(&plugins(vec![conduct("c"), asking()]), true, true);
}

/// A verifier has only the log: a verdict that hangs on a failure which no event tells of could
/// not be come to again.
#[test]
fn a_judge_that_fails_stops_the_run_and_the_trial_stays_whole() {
    let judged = || {
        let mut judged = conduct("j");
        judged.0.judged = true;
        vec![judged]
    };
    let mut log = events();
    let fault = score(judged(), &mut log, Some(&Oracle(Some(Blame::Provider)))).unwrap_err();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Setup, "the judge: no answer"));
    assert_eq!(log, events());

    score(judged(), &mut log, Some(&Oracle(None))).unwrap();
    let talker = crate::doubles::Talker::default();
    let calls = talker.calls.clone();
    let again = crate::doubles::play(
        crate::doubles::CountingWorld::default(),
        opened(),
        talker,
        log.clone(),
    );
    assert_eq!(again.unwrap(), log, "a judge's answer after the end is no reason to play on");
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}
