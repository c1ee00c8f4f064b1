"""The lines of formulas.tsv: tests, pairs, clusters, means and power.

Lists within a field are separated by commas; a share is written hits/trials.
"""
import itertools
import math
from fractions import Fraction

import numpy
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, tost_proportions_2indep

import chacha


def line(*fields):
    return "\t".join(repr(float(x)) if isinstance(x, float) else str(x) for x in fields)


def counts(n):
    return sorted({0, 1, n // 3, n // 2, n - 1, n})


def shares(cells):
    return ",".join(f"{x}/{n}" for x, n in cells)


def fisher():
    """scipy, whose own tie rule is 1 + 1e-14: both are checked against whole numbers first."""
    for m, n in itertools.product([1, 2, 7, 20, 100, 1000], repeat=2):
        for a, b in itertools.product(counts(m), counts(n)):
            found = float(stats.fisher_exact([[a, m - a], [b, n - b]]).pvalue)
            exact = fisher_exact(a, m, b, n)
            assert math.isclose(found, exact, rel_tol=1e-9) or exact < 1e-300, (a, m, b, n)
            yield line("fisher", a, m, b, n, exact)
    for m, n in [(100_000, 100_000), (100_000, 7), (1_000_000, 1_000_000), (1_000_000, 30_000)]:
        for at, off in itertools.product([0.001, 0.3, 0.5], [0.0, 0.002, 0.01]):
            a, b = round(m * (at + off)), round(n * at)
            found = stats.fisher_exact([[a, m - a], [b, n - b]])
            yield line("fisher", a, m, b, n, float(found.pvalue))


def fisher_exact(a, m, b, n):
    k = a + b
    # math.comb for each term would be slow; neighbours differ by a quotient of whole numbers.
    least, most = max(0, k - n), min(m, k)
    weight = math.comb(m, least) * math.comb(n, k - least)
    weights = [weight]
    for i in range(least, most):
        weight = weight * (m - i) * (k - i) // ((i + 1) * (n - k + i + 1))
        weights.append(weight)
    limit = weights[a - least] * (10**7 + 1)
    return float(Fraction(sum(w for w in weights if w * 10**7 <= limit), sum(weights)))


def mcnemars():
    for b, c in itertools.product([0, 1, 2, 5, 10, 50, 333, 1000], repeat=2):
        yield line("mcnemar", b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue))
    for b, c in [(50_000, 50_500), (49_000, 51_000), (100_000, 99_999), (1_000_000, 998_000)]:
        yield line("mcnemar", b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue))


def paired():
    cells = itertools.product([0, 1, 4, 13], repeat=4)
    large = [(30_000, 20_000, 19_000, 31_000), (99_990, 10, 0, 0), (0, 0, 1, 99_999)]
    for e, f, g, h in [*cells, *large]:
        yield line("paired", e, f, g, h, *newcombe(e, f, g, h))


def newcombe(e, f, g, h):
    n = e + f + g + h
    if n == 0:
        return ["none"]
    l1, u1 = map(float, proportion_confint(e + f, n, method="wilson"))
    l2, u2 = map(float, proportion_confint(e + g, n, method="wilson"))
    p1, p2, phi = (e + f) / n, (e + g) / n, 0.0
    margins = (e + f) * (g + h) * (e + g) * (f + h)
    if margins:
        cross = Fraction(e * h - f * g)
        if cross > 0:
            cross = max(cross - Fraction(n, 2), 0)
        phi = float(cross) / math.sqrt(margins)
    a, b, c, d = p1 - l1, u2 - p2, u1 - p1, p2 - l2
    low = (p1 - p2) - math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0))
    high = (p1 - p2) + math.sqrt(max(c * c - 2 * phi * c * d + d * d, 0))
    return [(f - g) / n, max(low, -1.0), min(high, 1.0)]


def trend():
    """Weighted least squares on the rates with the pooled binomial variance: prop.trend.test."""
    cases = [
        [(1, 83, 86), (2, 90, 93), (3, 129, 136), (4, 70, 82)],  # the example of R's manual
        [(-1, 0, 5), (0, 1, 5), (1, 5, 5)],
        [(-1, 0, 1), (1, 1, 1)],
        [(0, 3, 7), (0, 5, 9)],
        [(-1, 0, 20), (0, 0, 20), (1, 0, 20)],
        [(-1, 20, 20), (1, 20, 20)],
        [(-1, 30, 100_000), (0, 40, 100_000), (1, 31, 100_000)],
        [(-1, 100, 1000), (0, 300, 1000), (1, 900, 1000)],
        [(-1, 900, 1000), (0, 300, 1000), (1, 100, 1000)],
        [(5, 1, 3), (-7, 2, 11), (5, 4, 6), (100, 0, 2)],
        [(1, 2, 4)],
    ]
    grid = itertools.product([0, 3, 10], repeat=3)
    cases += [[(-1, a, 10), (0, b, 11), (1, c, 10)] for a, b, c in grid]
    for case in cases:
        s, x, n = (numpy.array(column, dtype=float) for column in zip(*case))
        text = ",".join(f"{score}:{hits}/{trials}" for score, hits, trials in case)
        p = x.sum() / n.sum()
        if p in (0, 1) or len(set(s)) == 1:
            yield line("trend", text, "none")
            continue
        fit = sm.WLS(x / n, sm.add_constant(s), weights=n / p / (1 - p)).fit(
            cov_type="fixed scale", cov_kwds={"scale": 1.0}, use_t=False
        )
        yield line("trend", text, float(fit.params[1]), float(fit.tvalues[1]), float(fit.pvalues[1]))


def rows(cells):
    """One row a trial: the hit, and which cluster it is of."""
    hits = [[1.0] * x + [0.0] * (n - x) for x, n in cells]
    groups = [[at] * n for at, (_, n) in enumerate(cells)]
    return list(itertools.chain(*hits)), list(itertools.chain(*groups))


def robust(y, x, groups, at, least, most):
    fit = sm.OLS(numpy.array(y), numpy.array(x)).fit(
        cov_type="cluster",
        cov_kwds={"groups": numpy.array(groups), "use_correction": True, "df_correction": True},
        use_t=True,
    )
    low, high = fit.conf_int()[at]
    return [float(fit.params[at]), max(float(low), least), min(float(high), most)]


RATES = [
    [(1, 3), (2, 2)],
    [(0, 5), (5, 5)],
    [(0, 5), (0, 7), (1, 9)],
    [(3, 10), (4, 10), (9, 10), (1, 10)],
    [(3, 10), (0, 0), (9, 10), (1, 10)],
    [(1, 1), (0, 1), (0, 1), (1, 1), (1, 1)],
    [(i % 7, 7 + i % 5) for i in range(40)],
    [(97 * i % 900, 1000) for i in range(12)],
    [(31 * i % 80, 100 + i % 3) for i in range(400)],
]


def clusters():
    yield line("rate", shares([(1, 2)]), "none")
    yield line("rate", shares([(1, 2), (0, 0)]), "none")
    for cells in RATES:
        y, groups = rows(cells)
        yield line("rate", shares(cells), *robust(y, [[1.0]] * len(y), groups, 0, 0.0, 1.0))
    yield line("rates", shares([(1, 2), (1, 2)]), shares([(0, 0), (0, 0)]), "none")
    yield line("rates", shares([(1, 1), (0, 0)]), shares([(0, 0), (0, 1)]), "none")
    for of in RATES:
        turned = of[1:] + of[:1]
        for baseline in (turned, [(n - x, n) for x, n in turned], [(x, 2 * n) for x, n in of]):
            (y1, g1), (y0, g0) = rows(of), rows(baseline)
            x = [[1.0, 1.0]] * len(y1) + [[1.0, 0.0]] * len(y0)
            found = robust(y1 + y0, x, g1 + g0, 1, -1.0, 1.0)
            yield line("rates", shares(of), shares(baseline), *found)


def quantiles():
    for df in [*range(1, 201), 500, 999, 1000, 1001, 1002, 5000, 99_999, 10**6, 4 * 10**9]:
        yield line("student", df, float(stats.t.ppf(0.975, df)))
    for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.1, 0.3, 0.499, 0.5, 0.6, 0.8, 0.95, 0.975, 0.9999]:
        yield line("normal", p, float(stats.norm.ppf(p)))


def holms():
    families = [
        [0.04],
        [0.01, 0.04, 0.03, 0.005],
        [0.5, 0.5, 0.5],
        [1.0, 0.0, 1e-300, 0.9],
        [0.02, 0.02, 0.02, 0.001, 0.8],
        [(37 * i % 101) / 1000 for i in range(60)],
    ]
    for family in families:
        adjusted = multipletests(family, method="holm")[1]
        yield line("holm", ",".join(map(repr, family)), ",".join(repr(float(p)) for p in adjusted))


def half(rate, n):
    low, high = proportion_confint(rate * n, n, method="wilson")
    return float(high - low) / 2


def power():
    for rate in [0.0, 0.001, 0.05, 0.3, 0.5, 0.9, 1.0]:
        for n in [1, 2, 10, 100, 3600, 100_000, 10**9]:
            yield line("half", rate, n, half(rate, n))
        for width in [0.4, 0.1, 0.05, 0.01, 0.001]:
            least, most = 1, 2**32
            while least < most:
                middle = (least + most) // 2
                least, most = (least, middle) if half(rate, middle) <= width else (middle + 1, most)
            yield line("trials", rate, width, most)
    for m, n in itertools.product([1, 20, 300, 100_000], repeat=2):
        for a, b, margin in itertools.product(counts(m), counts(n), [0.02, 0.1]):
            method = "agresti-caffo" if 0 in (a, m - a, b, n - b) else "wald"
            with numpy.errstate(all="ignore"):  # it also divides by rates of 0, for other results
                found = tost_proportions_2indep(a, m, b, n, -margin, margin, method=method)
            yield line("equivalence", a, m, b, n, margin, float(found.pvalue))
    for rate, margin, goal in itertools.product([0.01, 0.3, 0.5], [0.02, 0.05, 0.2], [0.5, 0.8, 0.9]):
        z = stats.norm.ppf(0.95) + stats.norm.ppf(1 - (1 - goal) / 2)
        yield line("arm", rate, margin, goal, math.ceil(z**2 * 2 * rate * (1 - rate) / margin**2))


SAMPLES = [
    [7],
    [3, 3, 3, 3],
    [-5, 0, 12],
    [0] * 30 + [40] * 5 + [-10] * 2,
    [(i * i) % 23 - 4 for i in range(61)],
    [2**62, -(2**62), 2**63 - 1, -(2**63)],
    [(i * 7919) % 101 for i in range(400)],
]
KEYS = [bytes(32), bytes(range(32)), bytes(255 - 3 * i for i in range(32))]


def bootstraps():
    for sample, key in itertools.product(SAMPLES, KEYS):
        text = ",".join(map(str, sample))
        yield line("mean", key.hex(), text, *chacha.mean(sample, key))
        other = SAMPLES[(SAMPLES.index(sample) + 2) % len(SAMPLES)]
        found = chacha.difference(sample, other, key)
        yield line("means", key.hex(), text, ",".join(map(str, other)), *found)
    # Ends over many seeds: ours must agree on average with scipy's, up to what chance leaves.
    for sample in (SAMPLES[3], SAMPLES[4], SAMPLES[6]):
        ends = [near(sample, seed) for seed in range(20)]
        lows, highs = zip(*ends)
        yield line("near", ",".join(map(str, sample)), *map(float, map(numpy.mean, (lows, highs))))


def near(sample, seed):
    rng = numpy.random.default_rng(seed)
    found = stats.bootstrap((sample,), numpy.mean, n_resamples=1999, method="percentile", rng=rng)
    return found.confidence_interval


def lines():
    yield "# kind, arguments, results"
    for part in (fisher, mcnemars, paired, trend, clusters, quantiles, holms, power, bootstraps):
        yield from part()
