//! Questions that are worked out by following what is written: logic and small programs.

use kit::Rng;
use kit::names;

use crate::question::Question;

/// Orders, conclusions, sequences.
pub fn logic(rng: &mut Rng) -> Vec<Question> {
    let single =
        |text: String, key: String, wrong: String| Question::single("logic", text, key, &[wrong]);
    let people: Vec<String> = names::people(rng, 4).into_iter().map(|one| one.first).collect();
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| people[n].as_str());
    let (start, step) = (rng.range(2, 9), rng.range(3, 8));
    let square = rng.range(3, 7);
    let things =
        *rng.pick(&[("rowers", "swimmers"), ("bakers", "early risers"), ("pilots", "night owls")]);
    vec![
        single(
            format!(
                "{a} is taller than {b}. {c} is shorter than {b}. {d} is taller than {a}. Who is second in height?"
            ),
            a.to_owned(),
            d.to_owned(),
        ),
        single(
            format!(
                "All {} are {}. {a} is not among the {}. Can {a} be one of the {}?",
                things.0, things.1, things.1, things.0
            ),
            "No".to_owned(),
            "Yes".to_owned(),
        ),
        single(
            format!(
                "All {} are {}. {b} is one of the {}. Does it follow that {b} is one of the {}?",
                things.0, things.1, things.1, things.0
            ),
            "No, it does not follow".to_owned(),
            "Yes, it follows".to_owned(),
        ),
        single(
            format!(
                "Each number follows from the one before by the same rule: {start}, {}, {}, {}. What comes next?",
                start + step,
                start + 2 * step,
                start + 3 * step
            ),
            (start + 4 * step).to_string(),
            (start + 5 * step).to_string(),
        ),
        single(
            format!(
                "The numbers {}, {}, {} are squares of numbers in a row. What is the next square?",
                square * square,
                (square + 1) * (square + 1),
                (square + 2) * (square + 2)
            ),
            ((square + 3) * (square + 3)).to_string(),
            ((square + 3) * (square + 2)).to_string(),
        ),
        single(
            format!(
                "If the red lamp is on, the door is locked. The door is not locked. Is the red lamp on? ({c} asks.)"
            ),
            "No".to_owned(),
            "It cannot be known".to_owned(),
        ),
    ]
}

/// What a few lines of Python print.
pub fn code(rng: &mut Rng) -> Vec<Question> {
    let ask =
        |program: &str| format!("What does this Python program print?\n\n{}", indent(program));
    let single = |program: String, key: String, wrong: String| {
        Question::single("reading code", ask(&program), key, &[wrong])
    };
    let (low, high) = (rng.range(2, 5), rng.range(7, 11));
    let sum: u64 = (low..high).sum();
    let word = *rng.pick(&["harbour", "lantern", "printer", "weather", "cottage"]);
    let (from, to) = (1, rng.range(4, 6) as usize);
    let (big, small) = (rng.range(40, 90), rng.range(6, 12));
    let doubled = rng.range(3, 9);
    let limit = rng.range(40, 90);
    let mut grown = doubled;
    while grown < limit {
        grown *= 2;
    }
    let (x, y) = (rng.range(3, 9), rng.range(10, 20));
    let pair = |right: u64, wrong: u64| (right.to_string(), wrong.to_string());
    vec![
        single(
            format!("total = 0\nfor n in range({low}, {high}):\n    total += n\nprint(total)"),
            sum.to_string(),
            (sum + high).to_string(),
        ),
        single(
            format!("word = \"{word}\"\nprint(word[{from}:{to}])"),
            word[from..to].to_owned(),
            word[from - 1..to].to_owned(),
        ),
        single(
            format!("print({big} // {small} + {big} % {small})"),
            (big / small + big % small).to_string(),
            (big / small + big % small + 2).to_string(),
        ),
        single(
            format!("n = {doubled}\nwhile n < {limit}:\n    n = n * 2\nprint(n)"),
            grown.to_string(),
            (grown / 2).to_string(),
        ),
        Question::parts(
            "reading code",
            format!(
                "Which values have (a) x, (b) y and (c) z at the end?\n\n{}",
                indent(&format!("x = {x}\ny = {y}\nx, y = y, x\nz = x - y"))
            ),
            [pair(y, x), pair(x, y), pair(y - x, y + x)],
        ),
    ]
}

fn indent(program: &str) -> String {
    program.lines().map(|line| format!("    {line}\n")).collect::<String>().trim_end().to_owned()
}
