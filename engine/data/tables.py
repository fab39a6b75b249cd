"""Real tables, shipped as small files: `tables/README.md` states the origin, licence and changes of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

import numpy as np

from engine.data.dataset_kind import (
    TEST_FRACTION,
    DatasetKind,
    Floats,
    Integers,
    Meaning,
    Raw,
    always,
    samples_option,
    standardize_option,
)
from engine.data.split import stratified_choice

PIXELS = tuple(f"row {row} column {column}" for row in range(8) for column in range(8))
UCI = "UCI Machine Learning Repository, https://doi.org/10.24432/"


def table_bytes(file: str) -> bytes:
    """The content of one file in `tables/`, from the source tree as from a wheel."""
    return (files("engine.data") / "tables" / file).read_bytes()


@lru_cache(maxsize=8)
def read_csv(file: str, classes: tuple[str, ...]) -> tuple[Floats, Integers]:
    """Inputs (N, D) and labels (N,) of a table whose last column names the class."""
    _, *rows = csv.reader(io.StringIO(table_bytes(file).decode()))
    inputs = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    return inputs, np.array([classes.index(row[-1]) for row in rows], dtype=np.int64)


@lru_cache(maxsize=1)
def read_digits() -> tuple[Floats, Integers]:
    """Pixels (1797, 64) from 0 to 1, row by row, and labels (1797,)."""
    with np.load(io.BytesIO(table_bytes("digits.npz")), allow_pickle=False) as table:
        return table["pixels"] / 16.0, table["labels"].astype(np.int64)


def _header(file: str) -> tuple[str, ...]:
    line = table_bytes(file).split(b"\n", 1)[0].decode()
    return tuple(line.split(",")[:-1])


def _rows_of(read: Callable[[], tuple[Floats, Integers]]) -> Callable[..., Raw]:
    def generate(rng: np.random.Generator, samples: int) -> Raw:
        inputs, labels = read()
        # tables are sorted by class; mixing the rows keeps batches mixed even where nothing is shuffled
        rows = rng.permutation(stratified_choice(labels, samples, rng))
        return Raw(inputs[rows], labels[rows], rows)

    return generate


def _table(name: str, title: str, description: str, classes: tuple[str, ...], rows: int, source: str) -> DatasetKind:
    file = f"{name}.csv"
    return DatasetKind(
        name=name,
        title=title,
        description=description,
        task="classification",
        options=(samples_option(rows, rows), TEST_FRACTION, standardize_option(True)),
        generate=_rows_of(lambda: read_csv(file, classes)),
        means=always(Meaning(_header(file), classes)),
        source=source,
        samples_maximum=rows,
    )


TABLES: tuple[DatasetKind, ...] = (
    _table(
        "iris",
        "iris flowers",
        "Four lengths of 150 flowers of three species. Setosa stands apart; versicolor and virginica "
        "overlap a little, so a few flowers stay wrong.",
        ("setosa", "versicolor", "virginica"),
        150,
        f"R. A. Fisher 1936; {UCI}C56C76; CC BY 4.0",
    ),
    _table(
        "penguins",
        "Palmer penguins",
        "Four body measurements of 342 penguins of three species, the two birds without measurements left "
        "out. No single measurement tells all three apart; two together nearly do.",
        ("Adelie", "Chinstrap", "Gentoo"),
        342,
        "K. B. Gorman, T. D. Williams, W. R. Fraser 2014; palmerpenguins, A. M. Horst, A. P. Hill, K. B. "
        "Gorman 2020, https://doi.org/10.5281/zenodo.3960218; CC0 1.0",
    ),
    _table(
        "wine",
        "wine",
        "Thirteen chemical measurements of 178 wines from three cultivars. Their scales differ a "
        "thousandfold: turn standardizing off and training stalls.",
        ("cultivar 1", "cultivar 2", "cultivar 3"),
        178,
        f"S. Aeberhard, M. Forina 1991; {UCI}C5PC7J; CC BY 4.0",
    ),
    _table(
        "breast_cancer",
        "breast cancer, Wisconsin",
        "Thirty measurements of cell nuclei in 569 biopsies, malignant or benign. Many measurements repeat "
        "each other, so very different weights do equally well.",
        ("malignant", "benign"),
        569,
        f"W. Wolberg, O. Mangasarian, N. Street, W. Street 1993; {UCI}C5DW2B; CC BY 4.0",
    ),
    DatasetKind(
        name="digits",
        title="handwritten digits",
        description="1797 digits of 8 by 8 pixels from 0 to 1, written by 13 people. One digit has many "
        "shapes, and some of them come close to another digit's.",
        task="classification",
        options=(samples_option(1797, 1797), TEST_FRACTION, standardize_option(False)),
        generate=_rows_of(read_digits),
        means=always(Meaning(PIXELS, tuple("0123456789"), image=(1, 8, 8))),
        source=f"E. Alpaydin, C. Kaynak 1998, test part; {UCI}C50P49; CC BY 4.0",
        samples_maximum=1797,
    ),
)
