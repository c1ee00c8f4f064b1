"""Reads exported tables with what people read them with, and compares every cell.

    pip install -r requirements.txt
    cargo run -p export --example sample_tables -- FOLDER && python check.py FOLDER

FOLDER holds NAME.csv, NAME.jsonl and the data set folder NAME, with transcripts, for each view; and
NAME.parquet where the tables were exported one by one.
The JSON lines are the reference: the other formats must hold the same cells, in pyarrow, pandas
and DuckDB. The data set folder must be valid Croissant, whose records are the same again.
"""
import csv
import hashlib
import json
import logging
import pathlib
import sys

import duckdb
import mlcroissant
import pandas
import pyarrow.parquet
import yaml

csv.field_size_limit(1 << 28)


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


def reference(path):
    """Rows with their members in the order of the columns; keys must be sorted in the file."""
    rows = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        pairs = json.loads(line, object_pairs_hook=list)
        names = [name for name, _ in pairs]
        same(f"{path.name}: order of members", names, sorted(names))
        rows.append(dict(pairs))
    return rows


def compare(what, found, expected):
    same(f"{what}: rows", len(found), len(expected))
    for number, (row, right) in enumerate(zip(found, expected)):
        same(f"{what}: row {number}: columns", sorted(row), sorted(right))
        for name, value in right.items():
            same(f"{what}: row {number}: {name}", row[name], value)


def check_parquet(path, expected):
    table = pyarrow.parquet.read_table(path)
    compare("pyarrow", table.to_pylist(), expected)
    keys = pyarrow.parquet.read_metadata(path).metadata
    columns = json.loads(keys[b"kinship.columns"])
    same("footer: columns", [c["name"] for c in columns], table.column_names)

    frame = pandas.read_parquet(path)
    same("pandas: rows", len(frame), len(expected))
    for name in frame.columns:
        values = [None if pandas.isna(value) else value for value in frame[name]]
        same(f"pandas: {name}", values, [row[name] for row in expected])

    query = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    rows = [dict(zip(query.columns, row)) for row in query.fetchall()]
    compare("DuckDB", rows, expected)
    return columns


def cell(text, kind):
    """A cell of CSV as what it was: null and empty text are one there."""
    if text == "":
        return None
    if kind == "integer":
        return int(text)
    if kind == "double":
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    return text.removeprefix("'")


def check_csv(path, columns, expected):
    kinds = {column["name"]: column["type"] for column in columns}
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{n: cell(v, kinds[n]) for n, v in row.items()} for row in csv.DictReader(file)]
    wanted = [{n: None if v == "" else v for n, v in row.items()} for row in expected]
    compare("csv", rows, wanted)

    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    rows = [{n: cell(v, kinds[n]) for n, v in row.items()} for row in frame.to_dict("records")]
    compare("pandas.read_csv", rows, wanted)

    names = ", ".join(f"'{name}': 'VARCHAR'" for name in kinds)
    query = duckdb.sql(
        f"SELECT * FROM read_csv('{path}', columns = {{{names}}}, header = true, delim = ',',"
        " quote = '\"', escape = '\"', new_line = '\\r\\n', max_line_size = 100000000)"
    )
    rows = [
        {n: cell(v or "", kinds[n]) for n, v in zip(query.columns, row)} for row in query.fetchall()
    ]
    compare("DuckDB read_csv", rows, wanted)


def check_folder(folder, expected):
    metadata = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    file = metadata["distribution"][0]
    table = folder / file["contentUrl"]
    same("croissant: sha256", hashlib.sha256(table.read_bytes()).hexdigest(), file["sha256"])
    same("croissant: contentSize", f"{table.stat().st_size} B", file["contentSize"])

    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    problems = dataset.metadata.ctx.issues
    same("croissant: errors", sorted(problems.errors), [])
    print("  croissant warnings:", *sorted(problems.warnings) or ["none"], sep="\n    ")
    records = metadata["recordSet"][0]["@id"]
    # A record names its fields in full: "trials/seed".
    found = [
        {key.removeprefix(f"{records}/"): plain(value) for key, value in record.items()}
        for record in dataset.records(record_set=records)
    ]
    compare("mlcroissant", found, expected)

    card = (folder / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---\n")[1])
    split = front["configs"][0]["data_files"][0]
    same("card: data files", split, {"split": "test", "path": file["contentUrl"]})
    same("card: licence", front["license"], "apache-2.0")


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    return None if value is None or pandas.isna(value) else value


def main():
    logging.disable(logging.WARNING)
    root = pathlib.Path(sys.argv[1])
    for name in ("own", "public"):
        print(name)
        expected = reference(root / f"{name}.jsonl")
        table = root / name / "data" / "test-00000-of-00001.parquet"
        columns = check_parquet(table, expected)
        alone = root / f"{name}.parquet"
        if alone.exists():
            check_parquet(alone, expected)
        check_csv(root / f"{name}.csv", columns, expected)
        check_folder(root / name, expected)
        print(f"  {len(expected)} rows of {len(columns)} columns are the same in every format")


if __name__ == "__main__":
    main()
