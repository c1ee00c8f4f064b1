//! Calendar months, as bills and budgets name them.

use kit::calendar::{self, DAY};

/// A month of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: u64,
    month: u64,
}

impl Month {
    /// The month of a time in seconds since 1970.
    #[must_use]
    pub fn of(time: u64) -> Self {
        let date = calendar::date(time);
        let mut parts = date.split('-').map(|part| part.parse().unwrap_or(1));
        Self { year: parts.next().unwrap_or(1970), month: parts.next().unwrap_or(1) }
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        match self.month {
            1 => Self { year: self.year - 1, month: 12 },
            month => Self { year: self.year, month: month - 1 },
        }
    }

    /// The month after.
    #[must_use]
    pub fn after(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// `2025-03`.
    #[must_use]
    pub fn label(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// `March 2025`.
    #[must_use]
    pub fn name(self) -> String {
        let date = calendar::long_date(self.start());
        date.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    /// Midnight of its first day, in seconds since 1970.
    #[must_use]
    pub fn start(self) -> u64 {
        calendar::at(self.year, self.month, 1)
    }

    /// Days of the month.
    #[must_use]
    pub fn days(self) -> u64 {
        (self.after().start() - self.start()) / DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other() {
        let month = Month::of(calendar::at(2026, 1, 31));
        assert_eq!((month.label().as_str(), month.days()), ("2026-01", 31));
        assert_eq!(month.before().label(), "2025-12");
        assert_eq!(month.before().after(), month);
        assert_eq!(month.after().days(), 28);
        assert_eq!(month.name(), "January 2026");
    }
}
