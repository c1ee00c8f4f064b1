//! Measures as sizes: how much, not only how often.

use crate::bootstrap;
use crate::kept::{Kept, estimate};
use crate::pooled::{Pooled, baselines, pools};
use record::analysis::{Size, SizeFile};
use record::condition::Oversight;
use record::digest::{Digest, Seed};
use record::pool::Pool;
use std::collections::BTreeSet;

/// The measures of `asked` in every pool whose valid trials have them, in the order of `asked`,
/// units, oversight and pools. Bootstrap intervals draw from `seed`, the run's.
pub(crate) fn sizes(kept: &[Kept], asked: &[SizeFile], seed: &Seed) -> Vec<Size> {
    let mut sizes = Vec::new();
    for file in asked {
        let units: BTreeSet<&str> = kept
            .iter()
            .filter(|one| one.behaviour == file.behaviour)
            .flat_map(|one| one.sizes.keys())
            .filter(|(measure, _)| *measure == file.measure)
            .map(|(_, unit)| unit.as_str())
            .collect();
        for unit in units {
            let asked = Asked { kept, file, unit, seed };
            for oversight in Oversight::ALL {
                let here = pools().into_iter().map(|pool| pool.under(oversight));
                sizes.extend(here.filter_map(|pool| asked.size(pool)));
            }
        }
    }
    sizes
}

struct Asked<'a> {
    kept: &'a [Kept],
    file: &'a SizeFile,
    unit: &'a str,
    seed: &'a Seed,
}

impl Asked<'_> {
    fn size(&self, pool: Pool) -> Option<Size> {
        let values = self.values(pool);
        let mean = bootstrap::mean(&values, self.draws(pool, "mean"))?;
        let control = baselines(pool).first().map(|control| self.values(*control));
        let difference = control.and_then(|control| {
            bootstrap::mean_difference(&values, &control, self.draws(pool, "difference"))
        });
        Some(Size {
            behaviour: self.file.behaviour.clone(),
            difference: difference.and_then(estimate),
            mean: estimate(mean)?,
            measure: self.file.measure.clone(),
            pool,
            trials: u32::try_from(values.len()).ok()?,
            unit: self.unit.to_owned(),
        })
    }

    /// In the order of cells, then of indices.
    fn values(&self, pool: Pool) -> Vec<i64> {
        let key = (self.file.measure.clone(), self.unit.to_owned());
        let pooled = Pooled::new(self.kept, &self.file.behaviour, pool);
        let cells = pooled.map(|pooled| pooled.cells).unwrap_or_default();
        cells
            .iter()
            .filter_map(|one| one.sizes.get(&key))
            .flat_map(|by| by.values().copied())
            .collect()
    }

    /// SHA-256 of `kinship/bootstrap/v0`, the run's seed and the number's name, joined by line ends:
    /// each number has draws of its own, whatever else is computed.
    fn draws(&self, pool: Pool, what: &str) -> [u8; 32] {
        let SizeFile { behaviour, measure } = self.file;
        let (seed, unit) = (self.seed, self.unit);
        let name =
            format!("kinship/bootstrap/v0\n{seed}\n{behaviour}\n{measure}\n{unit}\n{pool}\n{what}");
        *Digest::of(name.as_bytes()).as_bytes()
    }
}
