//! Dates as people write them, in UTC. Times are seconds since 1970.

use crate::rng::Rng;

/// Seconds of a minute.
pub const MINUTE: u64 = 60;
/// Seconds of an hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Seconds of a day.
pub const DAY: u64 = 24 * HOUR;

/// 2025-01-06, a Monday: the first working day on which a world may stand.
const FIRST_MONDAY: u64 = 1_736_121_600;
/// Weeks over which worlds are spread: three years.
const WEEKS: u64 = 156;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A time of a working day, between 08:00 and 16:59, for a world to start at.
pub fn working_time(rng: &mut Rng) -> u64 {
    let day = rng.range(0, WEEKS) * 7 + rng.range(0, 5);
    FIRST_MONDAY + day * DAY + rng.range(8 * HOUR, 17 * HOUR)
}

/// Midnight of the day of `time`.
#[must_use]
pub fn midnight(time: u64) -> u64 {
    time - time % DAY
}

/// `2025-03-09`.
#[must_use]
pub fn date(time: u64) -> String {
    let (year, month, day) = civil(time);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2025-03-09 14:05`.
#[must_use]
pub fn date_time(time: u64) -> String {
    format!("{} {}", date(time), clock(time))
}

/// `2025-03-09T14:05:00Z`.
#[must_use]
pub fn iso(time: u64) -> String {
    format!("{}T{}:{:02}Z", date(time), clock(time), time % MINUTE)
}

/// `14:05`.
#[must_use]
pub fn clock(time: u64) -> String {
    format!("{:02}:{:02}", time % DAY / HOUR, time % HOUR / MINUTE)
}

/// `Sunday`.
#[must_use]
pub fn weekday(time: u64) -> &'static str {
    // Day 0 was a Thursday.
    WEEKDAYS[((time / DAY + 3) % 7) as usize]
}

/// `9 March 2025`.
#[must_use]
pub fn long_date(time: u64) -> String {
    let (year, month, day) = civil(time);
    format!("{day} {} {year}", MONTHS[(month - 1) as usize])
}

/// The time of midnight of a day of the proleptic Gregorian calendar, not before 1970.
///
/// # Panics
/// When the day lies before 1970 or the month is not 1 to 12.
#[must_use]
pub fn at(year: u64, month: u64, day: u64) -> u64 {
    assert!(year >= 1970 && (1..=12).contains(&month) && day >= 1, "{year}-{month}-{day}");
    let leaps = |y: u64| y / 4 - y / 100 + y / 400;
    let before: u64 = (1..month).map(|m| month_days(year, m)).sum();
    ((year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before + day - 1) * DAY
}

fn civil(time: u64) -> (u64, u64, u64) {
    let mut days = time / DAY;
    let mut year = 1970;
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let mut month = 1;
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

fn year_days(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_days(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(weekday(0), "Thursday");
        // The second that POSIX calls one billion.
        assert_eq!(iso(1_000_000_000), "2001-09-09T01:46:40Z");
        assert_eq!(long_date(951_782_400), "29 February 2000");
        assert_eq!(date_time(FIRST_MONDAY), "2025-01-06 00:00");
        assert_eq!(weekday(FIRST_MONDAY), "Monday");
    }

    #[test]
    fn days_read_back() {
        for day in (0..40_000).step_by(13) {
            let (year, month, of_month) = civil(day * DAY);
            assert_eq!(at(year, month, of_month), day * DAY);
        }
    }

    #[test]
    fn worlds_start_in_office_hours() {
        for n in 0..200u8 {
            let time = working_time(&mut Rng::new(&[n; 32], "start"));
            assert!(!["Saturday", "Sunday"].contains(&weekday(time)), "{}", iso(time));
            assert!(("08:00".."17:00").contains(&clock(time).as_str()), "{}", iso(time));
        }
    }
}
