"""Writes intervals.tsv, formulas.tsv and kappa.tsv: what scipy, statsmodels and scikit-learn give.

Refresh: pip install -r requirements.txt && python make.py
Check:   python make.py --check (writes nothing; fails where a file is not what it would write)
Hand-editing of the output is forbidden: it is the independent word on our formulas.
"""
import pathlib
import sys

import numpy
import scipy
import sklearn
import statsmodels

sys.dont_write_bytecode = True  # a check leaves the folder as it was
import formulas
import intervals
import kappa

FOLDER = pathlib.Path(__file__).parent
# Another processor may round the last bits of a long sum otherwise; near 0 nothing else is left.
TOLERANCE = 1e-12
NOTHING = 1e-15


def same(ours, theirs):
    """Whether two fields are one text, or one number up to rounding."""
    if ours == theirs:
        return True
    try:
        return abs(float(ours) - float(theirs)) <= max(TOLERANCE * abs(float(theirs)), NOTHING)
    except ValueError:
        return False


def check(path, lines):
    found = path.read_text().splitlines()
    wrong = [] if len(found) == len(lines) else [f"{len(found)} lines, expected {len(lines)}"]
    for number, (ours, theirs) in enumerate(zip(found, lines), 1):
        # A list within a field is separated by commas.
        fields = [line.replace(",", "\t").split("\t") for line in (ours, theirs)]
        if len(fields[0]) != len(fields[1]) or not all(map(same, *fields)):
            wrong.append(f"line {number}: {ours!r}, expected {theirs!r}")
    for one in wrong[:20]:
        print(f"{path.name}: {one}; refresh it with make.py, or find what changed", file=sys.stderr)
    return not wrong


def main():
    good = True
    for name, make, modules in (
        ("intervals", intervals.lines, (scipy, statsmodels, numpy)),
        ("formulas", formulas.lines, (scipy, statsmodels, numpy)),
        ("kappa", kappa.lines, (sklearn, statsmodels)),
    ):
        path = FOLDER / f"{name}.tsv"
        versions = ", ".join(f"{m.__name__} {m.__version__}" for m in modules)
        lines = [f"# make.py: {versions}", *make()]
        if sys.argv[1:] == ["--check"]:
            good &= check(path, lines)
        else:
            path.write_text("\n".join(lines) + "\n")
    sys.exit(0 if good else 1)


main()
