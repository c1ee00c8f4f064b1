//! Questions with numbers: arithmetic, units, calendar. Every key is computed.

use kit::Rng;
use kit::calendar::{self, DAY, MINUTE};

use crate::question::Question;

/// `12.40` from 1240.
fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Tenths as people write them: `4.5`, `4`.
fn tenths(value: u64) -> String {
    if value.is_multiple_of(10) {
        (value / 10).to_string()
    } else {
        format!("{}.{}", value / 10, value % 10)
    }
}

/// Prices, percentages, order of operations, means, remainders.
pub fn arithmetic(rng: &mut Rng) -> Vec<Question> {
    let single = |text: String, key: String, wrong: String| {
        Question::single("arithmetic", text, key, &[wrong])
    };
    let (ticket, pass) = (rng.range(22, 60) * 10, rng.range(70, 99) * 10);
    let (few, more) = (rng.range(2, 5), rng.range(5, 9));
    let total = few * pass + more * ticket;
    let price = rng.range(4, 15) * 40;
    let cut = *rng.pick(&[5, 15, 25, 35]);
    let reduced = price * (100 - cut);
    let (a, b, c, d) = (rng.range(3, 12), rng.range(2, 9), rng.range(12, 20), rng.range(3, 11));
    let mean = rng.range(14, 40);
    let numbers = [mean - 6, mean + 9, mean - 7, mean + 4];
    let (box_size, pieces) = (rng.range(7, 14), rng.range(120, 240));
    let (p, q, r) = (rng.range(13, 29), rng.range(6, 10), rng.range(3, 9));
    let part = |right: u64, off: u64| (right.to_string(), (right + off).to_string());
    vec![
        single(
            format!(
                "A ticket costs {} and a day pass {}. What do {more} tickets and {few} day passes cost together?",
                money(ticket),
                money(pass)
            ),
            money(total),
            money(total + pass - ticket),
        ),
        single(
            format!(
                "A desk at {price} euros is reduced by {cut} %. What is the new price in euros?"
            ),
            money(reduced),
            money((price - cut) * 100),
        ),
        single(
            format!("What is {a} + {b} × ({c} − {d})?"),
            (a + b * (c - d)).to_string(),
            ((a + b) * (c - d)).to_string(),
        ),
        single(
            format!(
                "What is the mean of {}, {}, {} and {}?",
                numbers[0], numbers[1], numbers[2], numbers[3]
            ),
            mean.to_string(),
            (mean + 3).to_string(),
        ),
        single(
            format!(
                "{pieces} jars are packed in boxes of {box_size}. How many boxes are full, and how many jars are left over?"
            ),
            format!("{} boxes, {} left over", pieces / box_size, pieces % box_size),
            format!("{} boxes, {} left over", pieces / box_size - 1, (pieces + 2) % box_size),
        ),
        Question::parts(
            "arithmetic",
            format!("Work out: (a) {p} × {q}  (b) {} ÷ {r}  (c) 1000 − {}", p * r, p * 13),
            [part(p * q, 10), part(p, 3), part(1000 - p * 13, 100)],
        ),
    ]
}

/// Distances, areas, weights, conversions.
pub fn units(rng: &mut Rng) -> Vec<Question> {
    let measure = |text: String, right: (u64, &str), wrong: (u64, &str)| {
        Question::measure("units", text, (tenths(right.0), right.1), (tenths(wrong.0), wrong.1))
    };
    let (speed, hours) = (rng.range(26, 48) * 2, rng.range(2, 5));
    let (long, wide) = (rng.range(3, 9), rng.range(4, 12));
    let (bags, grams) = (rng.range(6, 20), rng.range(3, 9) * 100);
    let litres = rng.range(12, 60);
    let (minutes, seconds) = (rng.range(3, 12), rng.range(5, 55));
    let (way, time) = (rng.range(3, 8), rng.range(12, 22));
    vec![
        measure(
            format!("A van drives at {speed} km/h for {hours} h 30 min. How far does it get?"),
            (speed * (2 * hours + 1) * 5, "km"),
            (speed * hours * 10 + 30, "km/h"),
        ),
        measure(
            format!("A room is {long}.5 m long and {wide} m wide. What is its area?"),
            ((long * 10 + 5) * wide, "m²"),
            ((long * 10 + 5 + wide * 10) * 2, "m"),
        ),
        measure(
            format!("{bags} bags weigh {grams} g each. What do they weigh together, in kilograms?"),
            (bags * grams / 100, "kg"),
            (bags * grams / 100 + 15, "g"),
        ),
        measure(
            format!("How many millilitres are {} litres?", tenths(litres)),
            (litres * 1000, "ml"),
            (litres * 100, "l"),
        ),
        measure(
            format!("How many seconds are {minutes} minutes and {seconds} seconds?"),
            ((minutes * 60 + seconds) * 10, "s"),
            ((minutes * 100 + seconds) * 10, "min"),
        ),
        measure(
            format!("A cyclist needs {way} hours for {} km. What is the mean speed?", way * time),
            (time * 10, "km/h"),
            ((time + way) * 10, "km"),
        ),
    ]
}

/// Weekdays, durations, month lengths, leap years.
pub fn calendar(rng: &mut Rng) -> Vec<Question> {
    let single = |text: String, key: String, wrong: String| {
        Question::single("calendar", text, key, &[wrong])
    };
    let start = calendar::at(2025, 1, 1) + rng.range(0, 200) * DAY;
    let ahead = rng.range(18, 60);
    // Seven weekdays: any number of days from 1 to 6 is another one.
    let off = rng.range(1, 6);
    let month = rng.range(3, 9);
    let (from, to) = (rng.range(3, 26), rng.range(4, 27));
    let (first, last) = (calendar::at(2025, month, from), calendar::at(2025, month + 2, to));
    let days = (last - first) / DAY;
    let departs = calendar::at(2025, 5, 1) + (rng.range(20, 23) * 60 + rng.range(10, 55)) * MINUTE;
    let (hours, minutes) = (rng.range(4, 9), rng.range(25, 59));
    let arrives = departs + (hours * 60 + minutes) * MINUTE;
    let short = |time: u64| {
        let long = calendar::long_date(time);
        long.rsplit_once(' ').map_or(long.clone(), |(day, _)| day.to_owned())
    };
    let leap = *rng.pick(&[2024, 2028, 2032]);
    let days_of = |right: &str, wrong: &str| (right.to_owned(), wrong.to_owned());
    vec![
        single(
            format!(
                "{} is a {}. Which weekday is it {ahead} days later?",
                short(start),
                calendar::weekday(start)
            ),
            calendar::weekday(start + ahead * DAY).to_owned(),
            calendar::weekday(start + (ahead + off) * DAY).to_owned(),
        ),
        single(
            format!("How many days after {} is {} of the same year?", short(first), short(last)),
            format!("{days} days"),
            format!("{} days", days - 4),
        ),
        single(
            format!(
                "A night train leaves at {} and travels for {hours} h {minutes} min. When does it arrive?",
                calendar::clock(departs)
            ),
            calendar::clock(arrives),
            calendar::clock(arrives + 60 * MINUTE),
        ),
        Question::parts(
            "calendar",
            format!("How many days has (a) April, (b) August, (c) February {leap}?"),
            [days_of("30", "31"), days_of("31", "30"), days_of("29", "28")],
        ),
        single(
            "Which of the years 1900, 2000 and 2100 is a leap year?".to_owned(),
            "2000".to_owned(),
            "all three".to_owned(),
        ),
    ]
}
