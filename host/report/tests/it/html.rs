//! What the page shows, and what it keeps out.

use crate::sample;
use record::event::{Event, Replied, Reply};
use record::result::RunResult;
use record::verdict::{Outcome, TrialScore};
use report::choice;
use report::html::{Checked, Page, STRETCH_BYTES_MAX, TRANSCRIPTS_BYTES_MAX, page};
use std::collections::BTreeSet;

fn chosen(scores: &[TrialScore]) -> Vec<(TrialScore, Vec<Event>)> {
    let whole = choice::transcripts(scores).into_iter().map(|at| scores[at].clone());
    whole.map(|score| (score.clone(), sample::events(&score))).collect()
}

fn render(scores: &[TrialScore], transcripts: &[(TrialScore, Vec<Event>)]) -> String {
    let result = sample::result(scores);
    page(&Page { result: &result, scores, transcripts, checked: Checked::No }).expect("a page")
}

/// The values of an attribute, unescaped enough for ids and fragments.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let open = format!(" {attribute}=\"");
    html.split(open.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn every_number_of_the_result_stands_on_the_page() {
    let scores = sample::scores(10);
    let html = render(&scores, &chosen(&scores));
    assert_eq!(html.matches("<tr data-outcomes=").count(), scores.len());
    // scipy: binomtest(9, 10).proportion_ci(method="wilson"), and statsmodels: newcomb, 9/10 - 0/9.
    let row = ">peer+<wbr>positive+<wbr>file-and-prompt<wbr></th>";
    assert_eq!(html.matches(row).count(), 4, "one rate and three contrasts");
    assert!(html.contains("90.0 [59.6, 98.2]"));
    assert!(html.contains("control: 0.0 [0.0, 27.8] %; self: 30.0"), "the figure in words");
    assert!(html.contains(&sample::result(&scores).trials.verdicts.to_string()));
    assert!(html.contains("<strong>Not checked.</strong>"));
}

#[test]
fn agreement_is_shown_where_two_scorers_judged() {
    let scores = sample::scores(1);
    let html = |result: &RunResult| {
        page(&Page { result, scores: &scores, transcripts: &[], checked: Checked::No }).unwrap()
    };
    let mut result = sample::result(&scores);
    assert!(!html(&result).contains("kappa"));
    result.agreements = vec![sample::agreement()];
    result.judge = Some(sample::judge());
    let found = html(&result);
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
    let html = page(&Page { result: &result, scores: &scores, transcripts: &[], checked }).unwrap();
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
    assert!(links.len() > 100);
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
    use base64::Engine as _;
    let html = render(&sample::scores(1), &[]);
    for (directive, tag) in [("style-src", "style"), ("script-src", "script")] {
        let inside = html.split_once(&format!("<{tag}>")).unwrap().1;
        let inside = inside.split_once(&format!("</{tag}>")).unwrap().0;
        let digest = record::digest::Digest::of(inside.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest.as_bytes());
        assert!(html.contains(&format!("{directive} 'sha256-{hash}'")), "{directive}");
    }
    assert!(values(&html, "style").is_empty(), "the policy would ignore a style attribute");
}

#[test]
fn hostile_text_stays_text() {
    let mut scores = sample::scores(1);
    let score = sample::hostile_score(sample::HOSTILE);
    let at = scores.iter().position(|s| s.trial == score.trial).unwrap();
    scores[at] = score.clone();
    let mut result = sample::result(&scores);
    result.subject.spec = sample::HOSTILE.into();
    result.subject.model = sample::HOSTILE.into();
    result.subject.served = vec![sample::HOSTILE.into()];
    result.subject.settings = vec![sample::HOSTILE.into()];
    result.plugins[0].id = sample::HOSTILE.into();
    result.host = sample::HOSTILE.into();
    let transcripts = [(score.clone(), sample::hostile_events(&score, sample::HOSTILE))];
    let checked = Checked::Replayed { key: Some(sample::HOSTILE) };
    let html = page(&Page { result: &result, scores: &scores, transcripts: &transcripts, checked })
        .unwrap();
    assert!(html.matches("&#60;script&#62;alert(1)").count() > 20, "the text itself is there");
    assert_eq!(html.matches("<script").count(), 1, "ours");
    assert_eq!(html.matches("</script").count(), 1, "ours");
    assert!(!html.contains("<img"));
    let opened = html.matches("<pre>").count();
    assert_eq!(html.matches("</pre>").count(), opened);
    let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert_eq!(html.chars().find(|c| acts(*c)), None);
    assert_eq!(html.matches("<mark>").count(), 2);
    assert_eq!(html.matches("Not found in this log.").count(), 1);
}

#[test]
fn ten_thousand_trials_fit_on_a_page() {
    let scores = sample::scores(670);
    let html = render(&scores, &chosen(&scores));
    assert_eq!(html.matches("<tr data-outcomes=").count(), scores.len());
    assert!(html.contains("300 of 10050 trials are shown whole"));
    assert!(html.len() < 12 << 20, "{} bytes", html.len());
}

#[test]
fn what_does_not_fit_is_left_out_and_said() {
    let scores = sample::scores(1);
    let long = "x".repeat(STRETCH_BYTES_MAX + 5);
    let text = |text: &str| {
        let reply = Reply { calls: vec![], reasoning: None, text: text.to_owned() };
        Event::Replied(Replied { exchange: None, reply })
    };
    let html = render(&scores, &[(scores[0].clone(), vec![text(&long)])]);
    assert!(html.contains("[5 bytes left out here]"));
    assert!(!html.contains(&long));

    let full =
        vec![text(&"y".repeat(STRETCH_BYTES_MAX)); TRANSCRIPTS_BYTES_MAX / STRETCH_BYTES_MAX];
    let html = render(&scores, &[(scores[0].clone(), full.clone()), (scores[1].clone(), full)]);
    assert!(html.contains("1 of 15 trials are shown whole"));
    assert!(html.contains("1 more were chosen and did not fit."));
    assert!(html.contains("<a href=\"#trial-0\">") && !html.contains("<a href=\"#trial-1\">"));
}

#[test]
fn outcomes_are_words_before_they_are_colours() {
    let scores = sample::scores(20);
    let html = render(&scores, &[]);
    for outcome in Outcome::ALL {
        let word = outcome.as_str();
        assert!(html.contains(&format!("<span class=\"badge {word}\">{word}</span>")), "{word}");
    }
}
