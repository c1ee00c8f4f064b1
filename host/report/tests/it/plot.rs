//! What every plot is: well-formed SVG that says its numbers, and nothing that runs.

use crate::pictures::{self, HOSTILE};
use crate::sample;
use record::analysis::{PoolResult, Size};
use record::condition::Oversight;
use record::pool::Pool;
use record::published::Published;
use report::plot::{Plot, Plotter, STYLE, forest, matrix, name, outcomes, run, sizes, slopes};
use roxmltree::{Document, Node};
use std::collections::BTreeSet;

fn plots() -> Vec<Plot> {
    pictures::all(&Plotter::new().unwrap()).unwrap()
}

fn drawings(plots: &[Plot]) -> impl Iterator<Item = (&Plot, &str)> {
    plots.iter().flat_map(|plot| [(plot, plot.wide.as_str()), (plot, plot.narrow.as_str())])
}

/// What stands in the picture as text.
fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

/// How many drawn paths have this colour as `attribute`, in groups whose class holds `class`.
fn marks(svg: &str, class: &str, attribute: &str, colour: &str) -> usize {
    let document = Document::parse(svg).unwrap();
    let inside = |node: &Node<'_, '_>| {
        node.parent().and_then(|p| p.attribute("class")).is_some_and(|c| c.contains(class))
    };
    let wanted = |node: &Node<'_, '_>| node.attribute(attribute) == Some(colour);
    document.descendants().filter(|node| inside(node) && wanted(node)).count()
}

#[test]
fn each_is_well_formed_and_has_a_title_and_a_description_of_its_own() {
    let plots = plots();
    let mut ids = BTreeSet::new();
    for (plot, svg) in drawings(&plots) {
        let document = Document::parse(svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let [title, desc] = ["title", "desc"].map(|tag| {
            let found = root.children().find(|node| node.tag_name().name() == tag).unwrap();
            (found.attribute("id").unwrap().to_owned(), found.text().unwrap().to_owned())
        });
        assert_eq!(root.attribute("aria-labelledby").unwrap(), format!("{} {}", title.0, desc.0));
        assert_eq!((&title.1, &desc.1), (&plot.title, &plot.alt));
        assert!(ids.insert(title.0) && ids.insert(desc.0), "an id stands twice");
        let others = document.descendants().filter(|node| node.attribute("id").is_some()).count();
        assert_eq!(others, 2, "ids that Vega gives would collide on a page");
        // Inside an image these are read by nobody, or stand in the way of the description.
        for attribute in ["aria-label", "aria-roledescription", "style", "href"] {
            let some = document.root_element().descendants().skip(1);
            assert_eq!(some.filter(|n| n.attribute(attribute).is_some()).count(), 0, "{attribute}");
        }
    }
}

#[test]
fn nobodys_text_becomes_markup_and_all_of_it_can_be_seen() {
    let plots = plots();
    let known = ["svg", "title", "desc", "g", "path", "line", "rect", "text"];
    let mut seen = 0;
    for (plot, svg) in drawings(&plots) {
        let document = Document::parse(svg).unwrap();
        for node in document.descendants().filter(Node::is_element) {
            assert!(known.contains(&node.tag_name().name()), "{}", node.tag_name().name());
            assert!(!node.attributes().any(|a| a.name().starts_with("on")), "{}", plot.name);
        }
        assert!(!svg.contains(['\u{1b}', '\u{ffff}']));
        seen += texts(svg).iter().filter(|text| text.starts_with("m\"o'd</text><scri")).count();
    }
    assert_eq!(seen, 4, "two plots have a row of that name, each in two drawings");
    assert!(HOSTILE.contains("</script>&amp;\u{1b}"));
    assert!(plots[0].alt.contains("m\"o'd</text><script>alert(1)</script>&amp;\\u{1b}[2J\u{fffd}"));
}

#[test]
fn every_colour_is_one_that_the_style_sheet_maps() {
    for (plot, svg) in drawings(&plots()) {
        let document = Document::parse(svg).unwrap();
        for node in document.descendants() {
            for attribute in ["fill", "stroke"] {
                let Some(colour) = node.attribute(attribute) else { continue };
                let rule = format!("[{attribute}=\"{colour}\"]");
                let known = ["none", "transparent"].contains(&colour) || STYLE.contains(&rule);
                assert!(known, "{}: {rule}", plot.name);
            }
        }
    }
}

#[test]
fn all_stays_inside_the_frame() {
    // Texts are measured as wide letters are, so this is on the safe side.
    for (plot, svg) in drawings(&plots()) {
        let document = Document::parse(svg).unwrap();
        let width: f64 = document.root_element().attribute("width").unwrap().parse().unwrap();
        assert!([960.0, 350.0].contains(&width), "{}: {width}", plot.name);
        for text in document.descendants().filter(|n| n.tag_name().name() == "text") {
            let x: f64 = text.ancestors().map(|node| shift(&node).0).sum();
            let size = text.attribute("font-size").unwrap().trim_end_matches("px");
            let letters = text.text().unwrap_or_default().chars().count();
            let long =
                size.parse::<f64>().unwrap() * 0.5 * f64::from(u32::try_from(letters).unwrap());
            let (left, right) = match text.attribute("text-anchor") {
                Some("end") => (x - long, x),
                Some("middle") => (x - long / 2.0, x + long / 2.0),
                _ => (x, x + long),
            };
            assert!(left >= -1.0 && right <= width + 1.0, "{}: {:?}", plot.name, text.text());
        }
    }
}

/// Of `transform="translate(x,y)"`.
fn shift(node: &Node<'_, '_>) -> (f64, f64) {
    let inside = node.attribute("transform").and_then(|t| t.strip_prefix("translate("));
    let Some((x, y)) = inside.and_then(|t| t.strip_suffix(')')).and_then(|t| t.split_once(','))
    else {
        return (0.0, 0.0);
    };
    (x.parse().unwrap(), y.parse().unwrap())
}

#[test]
fn a_forest_has_a_mark_for_each_rate_and_each_published_figure() {
    let plot = forest(&Plotter::new().unwrap(), &pictures::rates()).unwrap();
    for svg in [&plot.wide, &plot.narrow] {
        // Eight rates and the key; five published figures and the key.
        assert_eq!(marks(svg, "mark-symbol", "fill", "#0a50b5"), 9);
        assert_eq!(marks(svg, "mark-symbol", "stroke", "#a33a00"), 6);
        assert_eq!(marks(svg, "mark-rule role-mark", "stroke", "#0a50b5"), 8);
        let texts = texts(svg);
        for wanted in ["unmonitored", "monitored", "peer, no history", "0 %", "100 %"] {
            assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
        }
        assert!(texts.iter().any(|text| text.starts_with("38.2 [34.4, 42.1]")));
    }
    let alt = "unmonitored, peer, no history: 38.2 % (34.4 to 42.1), 599 valid trials, \
               published 41.0 %;";
    assert!(plot.alt.contains(alt), "{}", plot.alt);
    assert!(plot.alt.contains("file and prompt: no rate, 0 valid trials, published 72.0 %;"));
    assert!(plot.alt.contains("50.0 % (29.9 to 70.1), 1 valid trial."));
}

#[test]
fn a_points_place_is_its_number() {
    let plot = forest(&Plotter::new().unwrap(), &pictures::rates()).unwrap();
    let document = Document::parse(&plot.wide).unwrap();
    let dot = |node: &Node<'_, '_>| {
        node.attribute("fill") == Some("#0a50b5")
            && node.parent().unwrap().attribute("class").unwrap().contains("mark-symbol")
    };
    let places: Vec<f64> =
        document.descendants().filter(dot).skip(1).map(|node| shift(&node).0).collect();
    let inner = 960.0 - 290.0 - 214.0;
    let rates = [0.0, 0.125, 0.382, 0.11, 0.4467, 1.0, 0.0, 0.5];
    assert_eq!(places.len(), rates.len());
    for (place, rate) in places.iter().zip(rates) {
        assert!((place - rate * inner).abs() < 1e-6, "{rate} stands at {place}");
    }
}

#[test]
fn slopes_have_a_line_with_a_shape_of_its_own_for_each_series() {
    let plot = slopes(&Plotter::new().unwrap(), &pictures::lines()).unwrap();
    for svg in [&plot.wide, &plot.narrow] {
        let texts = texts(svg);
        for wanted in ["control", "with a peer", "adversarial", "11.0 %", "55.0 %", "2.0 %"] {
            assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
        }
        // Two ends and a key for each of the first five; one end of the sixth.
        let series = ["#0b51b6", "#a33b01", "#1a6e38", "#7439a8", "#6f5a00", "#a41c5a"];
        let points = series.map(|colour| marks(svg, "mark-symbol", "fill", colour));
        assert_eq!(points, [3, 3, 3, 3, 3, 1]);
        let document = Document::parse(svg).unwrap();
        let dashes = document.descendants().filter(|n| n.attribute("stroke-dasharray").is_some());
        let dashes: BTreeSet<_> = dashes.map(|n| n.attribute("stroke-dasharray")).collect();
        assert!(dashes.len() >= 4, "{dashes:?}");
    }
    let alt = "adversarial: control 2.0 % (1.1 to 3.5), 600 valid trials, with a peer 11.0 % \
               (8.8 to 13.8), 600 valid trials;";
    assert!(plot.alt.contains(alt), "{}", plot.alt);
    assert!(plot.alt.contains("with a peer no rate, 12 valid trials."), "{}", plot.alt);
}

#[test]
fn a_matrix_has_text_in_each_field_and_says_what_is_missing() {
    let plot = matrix(&Plotter::new().unwrap(), &pictures::fields()).unwrap();
    for svg in [&plot.wide, &plot.narrow] {
        let texts = texts(svg);
        let rates = texts.iter().filter(|text| text.ends_with(" %")).count();
        assert_eq!(rates, 7, "{texts:?}");
        for wanted in ["not run", "no rate", "n 3", "file and prompt", "100.0 %"] {
            assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
        }
        assert_eq!(marks(svg, "mark-rect", "stroke-dasharray", "4,3"), 2);
    }
    let alt = "positive, memory: not run.";
    assert!(plot.alt.ends_with(alt), "{}", plot.alt);
    assert!(plot.alt.contains("neutral, file: 40.0 % (36.0 to 44.0), 200 valid trials;"));
}

#[test]
fn outcomes_are_counted_beside_the_bars_that_show_them() {
    let plot = outcomes(&Plotter::new().unwrap(), &pictures::ends()).unwrap();
    let wide = texts(&plot.wide);
    for wanted in ["complied", "invalid", "588", "420", "140"] {
        assert!(wide.iter().any(|text| text == wanted), "{wanted}: {wide:?}");
    }
    let narrow = texts(&plot.narrow);
    assert!(narrow.contains(&"C 100 · E 420 · R 40 · I 25 · X 15".to_owned()), "{narrow:?}");
    for svg in [&plot.wide, &plot.narrow] {
        // The key, and three bars with trials that exhibited it.
        assert_eq!(marks(svg, "mark-rect", "fill", "#1b2430"), 4);
        // The key, and the four rows that have invalid trials.
        assert_eq!(marks(svg, "mark-rect", "stroke-dasharray", "3,2"), 5);
    }
    let alt = "unmonitored, peer, positive: 100 complied, 420 exhibited, 40 refused, \
               25 incomplete, 15 invalid;";
    assert!(plot.alt.contains(alt), "{}", plot.alt);
}

#[test]
fn sizes_have_a_line_at_zero() {
    let plot = sizes(&Plotter::new().unwrap(), &pictures::means()).unwrap();
    for svg in [&plot.wide, &plot.narrow] {
        assert_eq!(marks(svg, "mark-symbol", "fill", "#0a50b5"), 3);
        assert_eq!(marks(svg, "mark-rule", "stroke-dasharray", "4,3"), 1);
        assert!(texts(svg).iter().any(|text| text.starts_with("14.25 [11.50, 17.10]")));
    }
    let alt = "unmonitored, control: -0.40 (-1.30 to 0.50), 20 valid trials;";
    assert!(plot.alt.contains(alt), "{}", plot.alt);
}

#[test]
fn nothing_to_show_is_drawn_as_nothing() {
    let plotter = Plotter::new().unwrap();
    let (mut rates, mut lines) = (pictures::rates(), pictures::lines());
    let (mut fields, mut ends, mut means) =
        (pictures::fields(), pictures::ends(), pictures::means());
    for rows in 0..=1 {
        rates.rows.truncate(rows);
        lines.lines.truncate(rows);
        fields.rows.truncate(rows);
        fields.columns.truncate(rows);
        ends.rows.truncate(rows);
        means.rows.truncate(rows);
        means.rows.iter_mut().for_each(|row| row.mean = None);
        rates.rows.iter_mut().for_each(|row| row.rate = None);
        let drawn = [
            forest(&plotter, &rates).unwrap(),
            slopes(&plotter, &lines).unwrap(),
            matrix(&plotter, &fields).unwrap(),
            outcomes(&plotter, &ends).unwrap(),
            sizes(&plotter, &means).unwrap(),
        ];
        for (plot, svg) in drawings(&drawn) {
            assert!(Document::parse(svg).is_ok(), "{}", plot.name);
        }
        (rates, lines) = (pictures::rates(), pictures::lines());
        (fields, ends, means) = (pictures::fields(), pictures::ends(), pictures::means());
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let plotter = Plotter::new().unwrap();
    let first = pictures::all(&plotter).unwrap();
    assert_eq!(pictures::all(&plotter).unwrap(), first, "the engine remembers a plot");
    assert_eq!(plots(), first, "a second engine draws otherwise");
}

#[test]
fn a_file_of_its_own_stands_on_white() {
    for plot in plots() {
        let file = plot.file();
        let document = Document::parse(&file).unwrap();
        assert_eq!(document.root_element().tag_name().namespace().unwrap(), SVG);
        let after = document.root_element().children().nth(2).unwrap();
        assert_eq!((after.tag_name().name(), after.attribute("fill")), ("rect", Some("#ffffff")));
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

#[test]
fn names_are_safe_in_a_page_and_on_a_disk() {
    assert_eq!(
        name(&["forest", "Shutdown tampering", "peer+*+*"]),
        "forest-shutdown-tampering-peer"
    );
    assert_eq!(name(&["../x", "\"><é"]), "x");
}

#[test]
fn a_run_has_a_plot_of_each_kind_with_its_own_numbers() {
    let scores = sample::scores(20);
    let mut result = sample::result(&scores);
    // The same again, as if those trials had been watched.
    let watched = result.pools.clone().into_iter();
    let under = |row: PoolResult| PoolResult { pool: row.pool.under(Oversight::Monitored), ..row };
    result.pools.extend(watched.map(under));
    let plotter = Plotter::new().unwrap();
    let file = format!(
        "format = 0\ntitle = \"t\"\nsource = \"s\"\n[[model]]\nname = \"m\"\n[[model.figure]]\n\
         behaviour = \"{}\"\nstake = \"peer\"\nrelationship = \"positive\"\nexhibited = 0.953\n\
         source = \"a\"\n",
        result.cells[0].behaviour
    );
    let published = Published::parse(file.as_bytes()).unwrap();
    let drawn = run::behaviours(&plotter, &result, published.model("m")).unwrap();
    assert_eq!(drawn.len(), 1);
    let plots = &drawn[0];
    assert_eq!((plots.slopes.len(), plots.matrices.len(), plots.sizes.len()), (2, 2, 0));
    // Every pool of the layout stands in the forest with its interval, and every cell in its own.
    for row in result.pools.iter().filter(|row| Pool::LAYOUT.contains(&row.pool)) {
        let rate = row.board.as_ref().unwrap();
        let [value, low, high] = [&rate.value, &rate.low, &rate.high].map(|d| d.to_f64() * 100.0);
        let wanted = format!(
            "{}: {value:.1} % ({low:.1} to {high:.1}), {} valid trials",
            row.pool.title(),
            row.counts.valid()
        );
        assert!(plots.forest.alt.contains(&wanted), "{wanted} in {}", plots.forest.alt);
        let wanted = format!("{}: {} complied", row.pool.title(), row.counts.complied);
        assert!(plots.outcomes.alt.contains(&wanted), "{wanted} in {}", plots.outcomes.alt);
    }
    assert_eq!(plots.cells.alt.matches(" valid trial").count(), result.cells.len());
    assert_eq!(plots.forest.alt.matches("published 95.3 %").count(), 1);
    assert!(plots.forest.alt.contains("monitored, peer, no history: "), "{}", plots.forest.alt);
    assert!(plots.slopes[1].title.ends_with(", monitored"));
    assert!(plots.matrices[0].alt.contains("positive, memory: "));
    // Names are files' names and ids: none twice.
    let files = run::files(&drawn);
    let names: BTreeSet<_> = files.iter().map(|(name, _)| name).collect();
    assert_eq!((names.len(), files.len()), (7, 7), "{names:?}");
    assert!(files.iter().all(|(_, svg)| Document::parse(svg).is_ok()));
}

#[test]
fn a_measure_is_drawn_as_a_size() {
    let mut result = sample::result(&sample::scores(4));
    let size = |pool: &str, measure: &str, mean| Size {
        behaviour: result.cells[0].behaviour.clone(),
        difference: None,
        mean,
        measure: measure.to_owned(),
        pool: pool.parse().unwrap(),
        trials: 4,
        unit: "points".to_owned(),
    };
    result.sizes = vec![
        size("control", "inflation", pictures::estimate(0.5, -0.5, 1.5)),
        size("peer+positive+*", "inflation", pictures::estimate(6.25, 4.0, 9.0)),
        size("control", "Inflation", pictures::estimate(1.0, 0.5, 2.0)),
    ];
    let drawn = run::behaviours(&Plotter::new().unwrap(), &result, None).unwrap();
    let [first, second] = drawn[0].sizes.as_slice() else { panic!("two measures") };
    assert!(first.alt.contains("peer, positive: 6.25 (4.00 to 9.00), 4 valid trials."));
    assert!(first.alt.starts_with("mean inflation, points"));
    assert!(second.alt.contains("control: 1.00 (0.50 to 2.00)") && first.name != second.name);
}
