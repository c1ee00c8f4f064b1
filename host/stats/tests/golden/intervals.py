"""The lines of intervals.tsv: intervals for a proportion and two independent ones."""
import itertools

from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import confint_proportions_2indep

SIZES = [1, 2, 7, 20, 100, 1000]


def counts(n):
    return sorted({0, 1, n // 3, n // 2, n - 1, n})


def ratio(a, m, b, n):
    """The log method of statsmodels, after the zero rule."""
    if a == 0 and b == 0:
        return None
    if 0 in (a, m - a, b, n - b):
        a, m, b, n = a + 0.5, m + 1, b + 0.5, n + 1
    low, high = confint_proportions_2indep(a, m, b, n, method="log", compare="ratio")
    return (a / m) / (b / n), low, high


def line(kind, cell, interval):
    numbers = [repr(float(x)) for x in interval] if interval else ["none"]
    return "\t".join([kind, *map(str, cell), *numbers])


def lines():
    yield "# kind, hits, trials (of the baseline too), value, low, high"
    yield f"z\t{float(norm.ppf(0.975))!r}"
    for n in SIZES:
        for k in counts(n):
            ci = binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
            yield line("wilson", (k, n), (k / n, ci.low, ci.high))
    for m, n in itertools.product([1, 7, 20, 1000], repeat=2):
        for a, b in itertools.product(counts(m), counts(n)):
            low, high = confint_proportions_2indep(a, m, b, n, method="newcomb", compare="diff")
            yield line("difference", (a, m, b, n), (a / m - b / n, low, high))
            yield line("ratio", (a, m, b, n), ratio(a, m, b, n))
