//! What tokens cost: integers and decimals, so that a sum of prices is the same on every machine.

use crate::event::Exchange;
use rust_decimal::Decimal;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;
use thiserror::Error;

/// Tokens of one call, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of [`Self::input`], those that the provider had kept from an earlier request.
    pub cached: u64,
    /// Read, the cached ones included.
    pub input: u64,
    /// Written, reasoning included.
    pub output: u64,
}

impl Tokens {
    /// Read and written.
    pub const fn all(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// What an exchange used, as the provider counts.
impl From<&Exchange> for Tokens {
    fn from(exchange: &Exchange) -> Self {
        let Exchange { cached_tokens: cached, input_tokens: input, output_tokens: output, .. } =
            *exchange;
        Self { cached, input, output }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.cached = self.cached.saturating_add(other.cached);
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
    }
}

/// US dollars, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Decimal);

/// A text that is no sum of money.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?}: expected dollars, for example 50usd or 0.25usd")]
pub struct MoneyError {
    /// What was typed, cut to 40 characters.
    pub found: String,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// That many millionths of a dollar.
    pub fn from_millionths(millionths: i64) -> Self {
        Self(Decimal::new(millionths, 6))
    }

    /// That many dollars.
    pub const fn from_dollars(dollars: Decimal) -> Self {
        Self(dollars)
    }

    /// The dollars.
    pub const fn dollars(self) -> Decimal {
        self.0
    }

    /// As many times as much, `count` times.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count.into()))
    }

    /// A part of it: divided by `count`, which is not 0; else nothing.
    #[must_use]
    pub fn over(self, count: u64) -> Self {
        Self(self.0.checked_div(count.into()).unwrap_or_default())
    }

    /// What is left of it after `other`, at least nothing.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(Decimal::ZERO))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

/// Dollars and cents; four digits after the point below a dollar, where two do not say it all.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.round_dp(2);
        let digits = if self.0 < Decimal::ONE && cents != self.0 { 4 } else { 2 };
        write!(f, "{:.*} USD", digits, self.0.round_dp(digits as u32))
    }
}

/// `50usd`, `50 USD`, `$50`.
impl FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let number = text.trim();
        let number = number.strip_prefix('$').map_or_else(
            || {
                let end = number.len().checked_sub(3)?;
                let (number, unit) = number.split_at_checked(end)?;
                unit.eq_ignore_ascii_case("usd").then_some(number.trim_end())
            },
            Some,
        );
        number
            .and_then(|number| Decimal::from_str_exact(number).ok())
            .filter(|dollars| dollars.is_sign_positive() && !dollars.is_zero())
            .map(Self)
            .ok_or_else(|| MoneyError { found: text.chars().take(40).collect() })
    }
}

/// What a model costs, in dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Read again from the provider's cache; where it has no such price, [`Self::input`].
    pub cached_input: Decimal,
    /// Read.
    pub input: Decimal,
    /// Written.
    pub output: Decimal,
}

impl Price {
    /// What those tokens cost.
    pub fn of(&self, tokens: Tokens) -> Money {
        let fresh = tokens.input.saturating_sub(tokens.cached);
        let parts = [
            (tokens.cached.min(tokens.input), self.cached_input),
            (fresh, self.input),
            (tokens.output, self.output),
        ];
        let millionths = parts.iter().fold(Decimal::ZERO, |sum, (count, price)| {
            sum.saturating_add(price.saturating_mul((*count).into()))
        });
        // Six digits to the right.
        Money(millionths.saturating_mul(Decimal::new(1, 6)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn a_call_costs_its_tokens() {
        let price =
            Price { cached_input: decimal("0.175"), input: decimal("1.75"), output: decimal("14") };
        let cost = price.of(Tokens { cached: 1_000, input: 3_000, output: 500 });
        // 1,000 of 0.175 + 2,000 of 1.75 + 500 of 14, over a million.
        assert_eq!(cost.dollars(), decimal("0.010675"));
        assert_eq!(cost.to_string(), "0.0107 USD");
        assert_eq!(cost.times(1_000).to_string(), "10.68 USD");
        assert_eq!(Money::ZERO.to_string(), "0.00 USD");
        assert_eq!(Money::from_millionths(300_000).to_string(), "0.30 USD");
    }

    #[test]
    fn tokens_and_prices_beyond_belief_do_not_overflow() {
        let price = Price { cached_input: Decimal::MAX, input: Decimal::MAX, output: Decimal::MAX };
        let tokens = Tokens { cached: 0, input: u64::MAX, output: u64::MAX };
        assert!(price.of(tokens) > Money::ZERO);
        assert_eq!(price.of(tokens).less(price.of(tokens)), Money::ZERO);
    }

    #[test]
    fn money_is_typed_with_its_unit() {
        for text in ["50usd", "50 USD", "$50", " 50.00usd "] {
            assert_eq!(text.parse::<Money>().unwrap().dollars(), decimal("50"), "{text}");
        }
        for text in ["", "50", "usd", "-5usd", "0usd", "50eur", "1e3usd", "é", "fünfzig usd"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }
}
