//! Chance that comes from the trial's seed and from nowhere else.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// A generator for one purpose. Two labels give unrelated streams, so that a draw added in one
/// place does not change what all other places draw.
#[derive(Debug)]
pub struct Rng {
    stream: ChaCha8Rng,
}

impl Rng {
    /// The stream named `label` of a trial's seed: ChaCha8 under SHA-256(seed, label).
    #[must_use]
    pub fn new(seed: &[u8], label: &str) -> Self {
        let key = Sha256::new().chain_update(seed).chain_update(label.as_bytes()).finalize();
        Self { stream: ChaCha8Rng::from_seed(key.into()) }
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.stream.next_u64()
    }

    /// A uniform number in `low..high`; `low` when the range is empty.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low);
        if span <= 1 {
            return low;
        }
        // The part of the 64 bits that does not divide evenly would favour small numbers.
        let fair = u64::MAX - u64::MAX % span;
        loop {
            let bits = self.bits();
            if bits < fair {
                return low + bits % span;
            }
        }
    }

    /// A uniform index below `count`; 0 when `count` is 0.
    pub fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.range(0, count as u64)).unwrap_or(0)
    }

    /// True with probability `part` of `whole`.
    pub fn chance(&mut self, part: u64, whole: u64) -> bool {
        self.range(0, whole) < part
    }

    /// One of several.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// `count` different ones, in random order; all of them when there are fewer.
    pub fn sample<T: Clone>(&mut self, choices: &[T], count: usize) -> Vec<T> {
        let mut all = choices.to_vec();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }

    /// Puts them in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.index(last + 1);
            items.swap(last, other);
        }
    }

    /// `length` random lower-case hexadecimal digits, for ids that people do not read.
    pub fn hex(&mut self, length: usize) -> String {
        const DIGITS: &[u8] = b"0123456789abcdef";
        (0..length).map(|_| char::from(DIGITS[self.index(16)])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_and_its_label() {
        let draw = |seed: &[u8], label| Rng::new(seed, label).bits();
        assert_eq!(draw(&[7; 32], "names"), draw(&[7; 32], "names"));
        assert_ne!(draw(&[7; 32], "names"), draw(&[7; 32], "hosts"));
        assert_ne!(draw(&[7; 32], "names"), draw(&[8; 32], "names"));
    }

    #[test]
    fn ranges_are_filled_and_kept() {
        let mut rng = Rng::new(&[1; 32], "range");
        let mut seen = [0u32; 6];
        for _ in 0..6000 {
            seen[rng.index(6)] += 1;
        }
        // 1000 expected; eight standard deviations are 231.
        assert!(seen.iter().all(|&n| (769..1231).contains(&n)), "{seen:?}");
        assert_eq!(rng.range(5, 5), 5);
        assert_eq!(rng.range(5, 6), 5);
        assert!((0..100).all(|_| (10..12).contains(&rng.range(10, 12))));
    }

    #[test]
    fn shuffling_keeps_everything() {
        let mut rng = Rng::new(&[2; 32], "shuffle");
        let mut items: Vec<u32> = (0..50).collect();
        rng.shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
        assert_eq!(rng.sample(&[1, 2, 3], 9).len(), 3);
    }

    #[test]
    fn chance_holds_at_its_ends() {
        let mut rng = Rng::new(&[3; 32], "chance");
        assert!((0..100).all(|_| !rng.chance(0, 10) && rng.chance(10, 10)));
    }
}
