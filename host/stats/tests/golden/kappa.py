"""The lines of kappa.tsv: Cohen's kappa of a grid of two-by-two tables."""
import itertools
import math
import warnings

from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa


def kappa(table):
    a, b, c, d = table
    if 0 in (a + b + c, b + c + d):
        # Both always say one and the same: 0/0, which the two packages answer differently.
        return None
    first = [1] * (a + b) + [0] * (c + d)
    second = [1] * a + [0] * b + [1] * c + [0] * d
    one = float(cohen_kappa_score(first, second))
    other = float(cohens_kappa([[a, b], [c, d]], return_results=False))
    assert math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12), (table, one, other)
    return one


def lines():
    warnings.filterwarnings("ignore")
    yield "# both, first only, second only, neither, kappa"
    grid = list(itertools.product([0, 1, 3, 20, 400], repeat=4))
    grid += [(30, 10, 0, 9960), (0, 5, 7, 9988)]
    for table in grid:
        value = kappa(table)
        yield "\t".join([*map(str, table), "none" if value is None else repr(value)])
