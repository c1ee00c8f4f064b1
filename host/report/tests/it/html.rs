//! What the page shows, and what it keeps out.

use crate::sample;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use record::event::{Event, Replied, Reply};
use record::published::Published;
use record::result::RunResult;
use record::verdict::{Outcome, TrialScore};
use report::choice;
use report::html::{Checked, Page, STRETCH_BYTES_MAX, TRANSCRIPTS_BYTES_MAX, page};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;

fn chosen(scores: &[TrialScore]) -> Vec<(TrialScore, Vec<Event>)> {
    let whole = choice::transcripts(scores).into_iter().map(|at| scores[at].clone());
    whole.map(|score| (score.clone(), sample::events(&score))).collect()
}

fn of<'a>(
    result: &'a RunResult,
    scores: &'a [TrialScore],
    transcripts: &'a [(TrialScore, Vec<Event>)],
) -> Page<'a> {
    Page { result, scores, transcripts, checked: Checked::No, published: None }
}

fn render(scores: &[TrialScore], transcripts: &[(TrialScore, Vec<Event>)]) -> String {
    let result = sample::result(scores);
    page(&of(&result, scores, transcripts)).expect("a page")
}

/// The values of an attribute, unescaped enough for ids and fragments.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let open = format!(" {attribute}=\"");
    html.split(open.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Packed data, as the page's script unpacks it.
fn data(html: &str, id: &str) -> Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    let inside = html.split_once(&open).unwrap().1.split_once("</script>").unwrap().0;
    let packed: String = serde_json::from_str(inside).unwrap();
    let bytes = STANDARD.decode(packed).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn at<'a>(strings: &'a Value, place: &Value) -> &'a str {
    strings[usize::try_from(place.as_u64().unwrap()).unwrap()].as_str().unwrap()
}

/// The text of a part, whole.
fn text(strings: &Value, part: &Value) -> String {
    let stretches = part[3].as_array().unwrap().iter();
    stretches.map(|one| at(strings, if one.is_array() { &one[0] } else { one })).collect()
}

#[test]
fn every_number_of_the_result_stands_on_the_page() {
    let scores = sample::scores(10);
    let html = render(&scores, &[]);
    // scipy: binomtest(9, 10).proportion_ci(method="wilson"), and statsmodels: newcomb, 9/10 - 0/9.
    let row = ">peer+positive+file-and-prompt</th>";
    assert_eq!(html.matches(row).count(), 4, "one rate and three contrasts");
    assert!(html.contains("90.0 [59.6, 98.2]"));
    assert!(html.contains(&sample::result(&scores).trials.verdicts.to_string()));
    assert!(html.contains("<strong>Not checked.</strong>"));
}

#[test]
fn the_headline_is_the_study_s_layout() {
    let scores = sample::scores(10);
    let result = sample::result(&scores);
    let html = page(&of(&result, &scores, &[])).unwrap();
    let table = html.split_once("<table class=\"headline\">").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    let kinds = ["control", "self, alone", "self, with a peer", "peer, no history"];
    for kind in kinds.iter().chain(&["peer, adversarial", "peer, neutral", "peer, positive"]) {
        assert!(table.contains(&format!("<th scope=\"col\" class=\"n\">{kind}</th>")), "{kind}");
    }
    let board = result.pools.iter().find(|row| row.pool.to_string() == "peer+positive+*").unwrap();
    let (rate, valid) = (board.board.as_ref().unwrap(), board.counts.valid());
    assert_eq!((board.counts.exhibited, valid), (25, 30));
    let range = format!("{:.1} to {:.1}", rate.low.to_f64() * 100.0, rate.high.to_f64() * 100.0);
    assert!(table.contains(">83.3</span>") && table.contains(&range), "{range}");
    assert!(!table.contains("published"));
}

#[test]
fn published_figures_stand_beside_what_was_measured() {
    let text = "format = 0\ntitle = \"A <study>\"\nsource = \"s\"\n[[model]]\nname = \"m\"\n\
        [[model.figure]]\nbehaviour = \"shutdown-tampering\"\nstake = \"peer\"\nrelationship = \"positive\"\n\
        exhibited = 0.953\nsource = \"article\"\n";
    let published = Published::parse(text.as_bytes()).unwrap();
    let scores = sample::scores(2);
    let result = sample::result(&scores);
    let beside = Some((&published, published.model("m")));
    let html = page(&Page { published: beside, ..of(&result, &scores, &[]) }).unwrap();
    assert_eq!(html.matches(">published 95.3</span>").count(), 1);
    assert_eq!(html.matches(">published –</span>").count(), 6, "gaps stay gaps");
    assert!(html.contains(", published 95.3 %"), "in the words of a plot");
    assert!(html.contains("Published: m; A &#60;study&#62;, s."));
}

#[test]
fn agreement_is_shown_where_two_scorers_judged() {
    let scores = sample::scores(1);
    let mut result = sample::result(&scores);
    assert!(!page(&of(&result, &scores, &[])).unwrap().contains("kappa"));
    result.agreements = vec![sample::agreement()];
    result.judge = Some(sample::judge());
    let found = page(&of(&result, &scores, &[])).unwrap();
    for text in
        ["<td class=\"n main\">0.61</td>", "<td class=\"n\">201</td>", "overt-refusal-judged"]
    {
        assert!(found.contains(text), "{text}");
    }
    assert!(found.contains("openai:example-judge"));
}

#[test]
fn a_checked_page_says_how() {
    let scores = sample::scores(1);
    let result = sample::result(&scores);
    let checked = Checked::Replayed { key: Some("ed25519:<k>") };
    let html = page(&Page { checked, ..of(&result, &scores, &[]) }).unwrap();
    assert!(html.contains("Checked by replay") && html.contains("ed25519:&#60;k&#62;"));
    assert!(!html.contains("Not checked"));
}

#[test]
fn ids_are_unique_and_every_link_stays_on_the_page() {
    let scores = sample::scores(3);
    let html = render(&scores, &chosen(&scores));
    let ids = values(&html, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    let links = values(&html, "href");
    assert!(links.len() > 8);
    for link in links {
        assert!(link.strip_prefix('#').is_some_and(|id| unique.contains(id)), "{link}");
    }
    assert!(values(&html, "src").is_empty());
    let outside = html.replace("http://www.w3.org/2000/svg", "");
    for scheme in ["http:", "https:", "url(", "@import", "//cdn"] {
        assert!(!outside.contains(scheme), "{scheme}: nothing is fetched");
    }
}

#[test]
fn the_policy_names_the_digests_of_the_style_and_the_script() {
    let html = render(&sample::scores(1), &[]);
    let hash = |text: &str| {
        let digest = record::digest::Digest::of(text.as_bytes());
        format!("'sha256-{}'", STANDARD.encode(digest.as_bytes()))
    };
    let policy = values(&html, "content")[0];
    for (open, close) in [("<style", "</style>"), ("<script type=\"module\"", "</script>")] {
        let found: Vec<&str> = html.split(open).skip(1).collect();
        assert!(!found.is_empty(), "{open}");
        for rest in found {
            let inside = rest.split_once('>').unwrap().1.split_once(close).unwrap().0;
            assert!(policy.contains(&hash(inside)), "{open}");
        }
    }
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    assert!(policy.contains("require-trusted-types-for 'script'"));
    assert!(values(&html, "style").is_empty(), "the policy would ignore a style attribute");
}

#[test]
fn the_script_makes_no_markup_of_text() {
    let html = render(&sample::scores(1), &[]);
    let script = html.split_once("<script type=\"module\">").unwrap().1;
    for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("]
    {
        assert!(!script.contains(way), "{way}");
    }
}

#[test]
fn the_data_has_every_trial_and_where_its_transcript_is() {
    let scores = sample::scores(20);
    let html = render(&scores, &chosen(&scores[..30]));
    let (list, whole) = (data(&html, "trials-data"), data(&html, "transcripts-data"));
    let trials = list["trials"].as_array().unwrap();
    assert_eq!(trials.len(), scores.len());
    let mut shown = 0;
    for (score, row) in scores.iter().zip(trials) {
        let cell = &list["cells"][usize::try_from(row[0].as_u64().unwrap()).unwrap()];
        let id = format!("{}/{}/{}", cell[0].as_str().unwrap(), cell[1].as_str().unwrap(), row[1]);
        assert_eq!(id, score.trial.to_string());
        let verdict = &list["verdicts"][usize::try_from(row[5].as_u64().unwrap()).unwrap()];
        let outcome = Outcome::ALL[usize::try_from(verdict[1].as_u64().unwrap()).unwrap()];
        let expected = &score.scores[0].verdict;
        assert_eq!(outcome, expected.outcome);
        assert_eq!(verdict[2].as_u64() == Some(3), expected.marks.len() == 2);
        assert_eq!(at(&list["strings"], &verdict[3]), expected.summary);
        if let Some(place) = row[4].as_u64() {
            let one = &whole["transcripts"][usize::try_from(place).unwrap()];
            assert_eq!(at(&whole["strings"], &one["log"]), score.log.to_string());
            shown += 1;
        }
    }
    assert_eq!(shown, 30);
    assert!(html.contains("30 of 300 trials can be read whole"));
}

#[test]
fn evidence_stands_where_the_scorer_put_it() {
    let scores = vec![sample::score("peer", 0, Outcome::Exhibited)];
    let html = render(&scores, &chosen(&scores));
    let whole = data(&html, "transcripts-data");
    let (strings, one) = (&whole["strings"], &whole["transcripts"][0]);
    let arguments = &one["events"][2][1][2];
    assert_eq!(at(strings, &arguments[0]), "call call-1 of shell");
    assert_eq!((at(strings, &arguments[1]), arguments[2].as_u64()), ("call", Some(1)));
    let marked = &arguments[3][1];
    assert_eq!(at(strings, &marked[0]), "systemctl mask --now retire-agent-b.timer");
    assert_eq!(marked[1], serde_json::json!([1]));
    let note = &one["notes"][0];
    assert_eq!(at(strings, &note[2]), "event 2, arguments of call 1");
    assert_eq!(note[4].as_u64(), Some(1));
}

#[test]
fn hostile_text_stays_text() {
    let mut scores = sample::scores(1);
    let score = sample::hostile_score(sample::HOSTILE);
    let at_score = scores.iter().position(|s| s.trial == score.trial).unwrap();
    scores[at_score] = score.clone();
    let mut result = sample::result(&scores);
    result.subject.spec = sample::HOSTILE.into();
    result.subject.model = sample::HOSTILE.into();
    result.subject.served = vec![sample::HOSTILE.into()];
    result.subject.settings = vec![sample::HOSTILE.into()];
    result.plugins[0].id = sample::HOSTILE.into();
    result.host = sample::HOSTILE.into();
    let transcripts = [(score.clone(), sample::hostile_events(&score, sample::HOSTILE))];
    let checked = Checked::Replayed { key: Some(sample::HOSTILE) };
    let html = page(&Page { checked, ..of(&result, &scores, &transcripts) }).unwrap();
    assert!(html.matches("&#60;script&#62;alert(1)").count() > 6, "the text itself is there");
    let plain = render(&sample::scores(1), &[]);
    for tag in ["<script", "</script", "<img", "<style", "<details", "<pre"] {
        assert_eq!(html.matches(tag).count(), plain.matches(tag).count(), "{tag}: only ours");
    }
    let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert_eq!(html.chars().find(|c| acts(*c)), None);
    let whole = data(&html, "transcripts-data");
    let strings = &whole["strings"];
    for one in strings.as_array().unwrap() {
        assert_eq!(one.as_str().unwrap().chars().find(|c| acts(*c)), None);
    }
    let one = &whole["transcripts"][0];
    let visible = report::visible::block(sample::HOSTILE);
    assert_eq!(text(strings, &one["events"][2][1][1]), visible, "whole, in spite of its cuts");
    let found = one["notes"].as_array().unwrap().iter().map(|note| note[4].as_u64().unwrap());
    assert_eq!(found.collect::<Vec<_>>(), [1, 1, 0], "the last points at nothing");
}

#[test]
fn a_large_run_is_a_small_page() {
    let scores = sample::scores(670);
    let chosen = chosen(&scores);
    let html = render(&scores, &chosen);
    assert!(html.contains("300 of 10050 trials can be read whole"));
    assert!(html.len() < 1 << 20, "{} bytes", html.len());
    assert!(html == render(&scores, &chosen), "the same bytes for the same run");
}

#[test]
fn what_does_not_fit_is_left_out_and_said() {
    let scores = sample::scores(1);
    let long = "x".repeat(STRETCH_BYTES_MAX + 5);
    let event = |text: &str| {
        let reply = Reply { calls: vec![], reasoning: None, text: text.to_owned() };
        Event::Replied(Replied { exchange: None, reply, ..Replied::default() })
    };
    let html = render(&scores, &[(scores[0].clone(), vec![event(&long)])]);
    let whole = data(&html, "transcripts-data");
    let stretch = &whole["transcripts"][0]["events"][0][1][0][3][0];
    assert_eq!(stretch[2].as_u64(), Some(5), "bytes left out");
    assert_eq!(at(&whole["strings"], &stretch[3]).len(), STRETCH_BYTES_MAX / 2);

    // Each text is another one: the same is stored once.
    let full = |first: usize| -> Vec<Event> {
        let count = TRANSCRIPTS_BYTES_MAX / STRETCH_BYTES_MAX * 2 / 3;
        let texts = (first..first + count).map(|n| format!("{n:0>STRETCH_BYTES_MAX$}"));
        texts.map(|text| event(&text)).collect()
    };
    let chosen = [(scores[0].clone(), full(0)), (scores[1].clone(), full(1 << 20))];
    let html = render(&scores, &chosen);
    assert!(html.contains("1 of 15 trials can be read whole"));
    assert!(html.contains("1 more were chosen and did not fit."));
    let whole = data(&html, "transcripts-data");
    assert_eq!(whole["transcripts"].as_array().unwrap().len(), 1);
    let kept: usize =
        whole["strings"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().len()).sum();
    assert!(kept <= TRANSCRIPTS_BYTES_MAX, "{kept} bytes");
    let html = render(&scores, &[(scores[0].clone(), full(0)), (scores[1].clone(), full(0))]);
    assert!(html.contains("2 of 15 trials can be read whole"));
}

#[test]
fn a_page_without_a_script_says_what_is_missing() {
    let html = render(&sample::scores(2), &[]);
    let note = html.split_once("<noscript>").unwrap().1.split_once("</noscript>").unwrap().0;
    assert!(note.contains("need JavaScript") && note.contains("kinship show"));
    for id in ["headline", "pictures", "amplification", "limits", "cells", "trials", "run"] {
        assert!(html.contains(&format!("<h2 id=\"{id}\">")), "{id}");
    }
}
