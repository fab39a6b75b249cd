"""Tables as people write them: what is read of them, and what every refusal names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.data import parse_data
from engine.data.dataset import load
from engine.data.reading import Table, Wishes, decoded, read_table
from engine.data.reading.cells import number
from engine.foundation.errors import ConfigError
from engine.pasted.table_run import run_of
from engine.run.run import Run
from engine.run.task import parse_config

LEAVES = """leaf,length,site,species
L1,8.1,shade,beech
L2,7.4,sun,beech
L3,5l.2,sun,elm
L4,,shade,elm
L5,"5,2",sun,elm
L6,4.8,sun,
L7,4.5,shade,elm
L8,7.9,sun,beech
"""


def read(text: str, **wishes: Any) -> Table:
    return read_table(text, Wishes(**wishes))


def data_of(table: Table) -> dict[str, Any]:
    assert table.data is not None, table.refused
    return table.data


def cells(table: Table) -> tuple[Any, ...]:
    return table.sheet.separator, table.sheet.decimal, table.sheet.header, table.sheet.names, data_of(table)["inputs"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2.5\n2,4\n", ("comma", "point", True, ("a", "b"), [[1.0], [2.0]])),
        ("1,2.5\n2,4", ("comma", "point", False, ("x1", "x2"), [[1.0], [2.0]])),
        ("a;b\r\n1,5;2,5\r\n2,25;4\r\n", ("semicolon", "comma", True, ("a", "b"), [[1.5], [2.25]])),
        ("a\tb\n1.234,5\t2,5\n2,5\t4", ("tab", "comma", True, ("a", "b"), [[1234.5], [2.5]])),
        ("| a | b |\n|--:|:--|\n| 1 | 3 |\n| 2 | 4 |", ("bar", "point", True, ("a", "b"), [[1.0], [2.0]])),
        ("1  3\n  2 4\n", ("space", "point", False, ("x1", "x2"), [[1.0], [2.0]])),
        ('# of a scale\na,b\n\n"1",3\n2,4', ("comma", "point", True, ("a", "b"), [[1.0], [2.0]])),
        ("a,a,\n1,3,7\n2,4,8", ("comma", "point", True, ("a", "a (2)", "column 3"), [[1.0, 3.0], [2.0, 4.0]])),
        ("a,b\n\N{MINUS SIGN}1,3\n2e-1,4", ("comma", "point", True, ("a", "b"), [[-1.0], [0.2]])),
        ('{"a": 1, "b": 3}\n{"b": 4, "a": 2}', ("json", "point", True, ("a", "b"), [[1.0], [2.0]])),
        ('[{"a": 1, "b": 3}, {"a": 2, "b": 4}]', ("json", "point", True, ("a", "b"), [[1.0], [2.0]])),
    ],
)
def test_a_table_is_read_however_it_is_written(text: str, found: tuple[Any, ...]) -> None:
    assert cells(read(text)) == found


def test_two_likely_separators_are_both_shown() -> None:
    table = read("1,2;3\n4,5;6\n")
    assert table.sheet.readings == (("semicolon", ("1,2", "3")), ("comma", ("1", "2;3")))


def test_every_row_that_is_left_out_names_its_cell_and_why() -> None:
    table = read(LEAVES)
    assert [(item.row, item.column, item.text, item.reason) for item in table.left_out] == [
        (3, "length", "5l.2", "not a number: letter l at place 2"),
        (6, "species", "", "empty: without a target it cannot train"),
        (4, "length", "", "empty"),
    ]


def test_a_cell_that_is_read_differently_is_kept_and_said() -> None:
    table = read(LEAVES)
    said = [(item.row, item.column, item.text, item.reason) for item in table.changed]
    assert said == [(5, "length", "5,2", "kept, read as 5.2: its comma is taken for the decimal mark")]


def test_the_data_keeps_rows_names_classes_and_title() -> None:
    data = data_of(read(LEAVES, title="leaves.csv", test_fraction=0.0))
    assert {name: item for name, item in data.items() if name not in ("inputs", "standardize", "test_fraction")} == {
        "title": "leaves.csv",
        "targets": [0, 0, 1, 1, 0],
        "feature_names": ["length", "site = shade", "site = sun"],
        "class_names": ["beech", "elm"],
        "target_name": "species",
        "rows": [1, 2, 5, 7, 8],
    }


def test_a_gap_gets_the_median_of_its_column_where_that_is_asked_for() -> None:
    table = read(LEAVES, gaps="median", columns=("length",))
    assert dict(zip(data_of(table)["rows"], data_of(table)["inputs"], strict=True))[4] == [
        np.median([8.1, 7.4, 5.2, 4.5, 7.9])
    ]


def test_a_mended_cell_goes_in_and_the_text_stays_as_it_is() -> None:
    table = read(LEAVES, mends=("3,1,5.1", "6,3,elm"))
    assert ([item.row for item in table.left_out], data_of(table)["rows"]) == ([4], [1, 2, 3, 5, 6, 7, 8])


@pytest.mark.parametrize("mend", ["", "0,1,2", "9,1,2", "3,7,2", "a,b,c", "9" * 50 + ",0,1"])
def test_a_mend_of_no_cell_is_refused(mend: str) -> None:
    with pytest.raises(ConfigError, match="a mend is row, column"):
        read(LEAVES, mends=(mend,))


def test_a_row_of_another_width_is_left_out_by_its_number() -> None:
    table = read("a,b,c\n1,2,3\n4,5\n6,7,8\n", target="c")
    assert [(item.row, item.reason) for item in table.left_out] == [(2, "2 cells, the table has 3 columns")]


@pytest.mark.parametrize(
    ("column", "kind", "role", "why"),
    [
        ([f"n{i}" for i in range(14)], "name", "out", "a name for every row"),
        ([str(i + 1) for i in range(14)], "number", "out", "it numbers the rows: one more in each"),
        ([f"2024-01-{i + 1:02}" for i in range(14)], "date", "out", "a date is no number"),
        (["", "NA"] * 7, "name", "out", "every cell is empty"),
        ([str(100 + i) for i in range(14)], "number", "out", "it numbers the rows: one more in each"),
        ([str(100 + i // 2) for i in range(14)], "number", "input", ""),
        (["same"] * 14, "category", "out", "always same"),
        (["yes", "no"] * 7, "category", "input", ""),
        ([f"{i * i}" for i in range(14)], "number", "input", ""),
    ],
)
def test_a_column_is_what_its_cells_are(column: list[str], kind: str, role: str, why: str) -> None:
    rows = "\n".join(f"{cell},{i % 3}.5,{i * 1.5}" for i, cell in enumerate(column))
    first = read(f"given,other,aim\n{rows}").columns[0]
    assert (first.kind, first.role, first.why) == (kind, role, why)


@pytest.mark.parametrize(
    ("targets", "wishes", "classes"),
    [
        ("0 1 2 0 1 2 0 1 2", {}, ("0", "1", "2")),
        ("2 10 1 2 10 1 2 10 1", {}, ("1", "2", "10")),
        ("0 1 2 0 1 2 0 1 2", {"numbers": ("y",)}, ()),
        ("0.5 1 2 0.5 1 2 0.5 1 2", {}, ()),
        ("0.5 1 2 0.5 1 2 0.5 1 2", {"categories": ("y",)}, ("0.5", "1", "2")),
        ("true false true false true false true false true", {}, ("false", "true")),
    ],
)
def test_a_target_of_few_whole_numbers_or_texts_stands_for_classes(
    targets: str, wishes: dict[str, Any], classes: tuple[str, ...]
) -> None:
    rows = "\n".join(f"{i * 0.7},{target}" for i, target in enumerate(targets.split()))
    assert read(f"x,y\n{rows}", **wishes).classes == classes


def test_what_a_column_goes_in_by_is_what_the_run_has() -> None:
    table = read(LEAVES, gaps="median")
    data = load(parse_data(data_of(table)), 0)
    goes_in = [(m, s) for c in table.columns if c.role == "input" for m, s in zip(c.mean_in, c.std_in, strict=True)]
    assert goes_in == list(zip(data.mean.tolist(), data.std.tolist(), strict=True))


def test_the_bars_of_a_column_count_every_row_with_a_number_in_it() -> None:
    length = read(LEAVES).columns[1]
    assert np.sum([bar.counts for bar in length.bars], axis=0).tolist() == [3, 2, 1]


def test_a_scaled_target_goes_back_to_the_file_s_numbers() -> None:
    table = read("x,y\n1,100\n2,300\n4,500\n7,900")
    aim = table.columns[1]
    back = np.array(data_of(table)["targets"])[:, 0] * aim.std_in[0] + aim.mean_in[0]
    np.testing.assert_allclose(back, [100, 300, 500, 900])
    assert data_of(table)["target_scale"] == [aim.mean_in[0], aim.std_in[0]]


def test_a_target_that_goes_in_as_it_is_says_nothing_of_a_scale() -> None:
    assert "target_scale" not in data_of(read("x,y\n1,100\n2,300\n4,500\n7,900", scale_target=False))


@pytest.mark.parametrize(
    ("text", "wishes", "path", "part"),
    [
        ("", {}, "body", "there is nothing in it"),
        ("# a note\n", {}, "body", "there is nothing in it"),
        ("[]", {}, "body", "there is nothing in it"),
        ("a,b,c,d,e\n", {}, "body", "names of columns (a, b, c, d, …) and no row under them; add a row"),
        ("a\n1\n2", {}, "body", "one column only"),
        ('a,b\n1,2\n"3,4', {}, "body", "line 3: a quote is opened and not closed"),
        ("a,b\n1,2\n3,4", {"target": "c"}, "target", "no column 'c'"),
        ("a,b\n1,2\n3,4", {"columns": ("z",)}, "column", "no column 'z'"),
        ('{"a": [1], "b": 2}', {}, "body", "row 1, column a: a cell is a number or a text"),
        ('{"a": 1, "b": 2}\n{"a"', {}, "body", "line 2 is no JSON"),
        ("[" * 100_000, {}, "body", "no JSON"),
        ("[1, 2]", {}, "body", "row 1 is no object"),
        ("a," * 20_000, {}, "body", "at most 10000 columns"),
    ],
)
def test_a_table_that_makes_no_data_is_refused_with_what_to_do(
    text: str, wishes: dict[str, Any], path: str, part: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text, **wishes)
    assert (refused.value.path, part in refused.value.message) == (path, True), refused.value.message


WORDS = "\n".join(f"n{i},t{i}" for i in range(60))


@pytest.mark.parametrize(
    ("text", "wishes", "roles", "part"),
    [
        ("a,b\n1,2\n", {}, ["out", "target"], "there is one row only; a run needs at least 2, so add more"),
        (f"name,note\n{WORDS}", {}, ["out", "out"], "no column can be a target by itself"),
        (f"name,note\n{WORDS}", {"target": "note"}, ["out", "target"], "from: name (a name for every row); tick one"),
        ("a,b\n1,2\n3,4", {"columns": ()}, ["out", "target"], "no column is left to learn 'b' from; tick one"),
        ("a,b\n1,x\n2,x\n3,x", {}, ["input", "target"], "nothing to tell apart; choose another target"),
        ("a,b\n,1\n,2\n4,3\n5,", {}, ["input", "target"], "row 4, column b: empty"),
    ],
)
def test_rows_of_which_nothing_can_be_learned_are_shown_with_why_and_what_to_do(
    text: str, wishes: dict[str, Any], roles: list[str], part: str
) -> None:
    table = read(text, **wishes)
    found = (table.data, table.rows, [column.role for column in table.columns], part in table.refused)
    assert found == (None, len(text.strip().splitlines()) - 1, roles, True), table.refused


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("id,x,y\n7,0.5,1\n8,1.5,3\n9,9.5,4", ["id"]),
        ("x,z,y\n7,0.5,1\n8,1.5,3\n9,9.5,4", []),
        ("id,y\n7,1\n8,3\n9,4", []),
    ],
)
def test_a_column_that_numbers_the_rows_is_left_out_by_its_name_and_never_the_last(text: str, out: list[str]) -> None:
    table = read(text)
    ticked = read(text, columns=tuple(column.name for column in table.columns[:-1]))
    found = [[column.name for column in each.columns if column.role == "out"] for each in (table, ticked)]
    assert found == [out, []]


def test_cells_of_a_column_that_are_read_differently_alike_are_said_once() -> None:
    prices = "\n".join(f'"{i},221,961.62",{i}' for i in range(1, 9))
    (said,) = read(f"price,y\n{prices}\n12,1").changed
    assert (said.row, said.column, said.reason) == (
        1,
        "price",
        "kept, read as 1221961.62: without its comma between thousands; 8 cells of this column are read so",
    )


@pytest.mark.parametrize(
    ("cell", "value", "note"),
    [
        ("1'234.5", 1234.5, "without its apostrophe between thousands"),
        ("1\N{RIGHT SINGLE QUOTATION MARK}234'567", None, ""),
        ("12 345", 12345.0, "without its space between thousands"),
        ("1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567", 1234567.0, "without its space between thousands"),
        ("12 34", None, ""),
        ("1.234,5", 1234.5, "without its point between thousands, its comma is taken for the decimal mark"),
        ("1.23,5", None, ""),
    ],
)
def test_thousands_are_read_as_people_group_them(cell: str, value: float | None, note: str) -> None:
    found = number(cell, ".")
    assert (found and found.value, found.note if found else "") == (value, note)


def test_a_number_without_end_makes_no_name_of_its_column_and_is_left_out_by_row() -> None:
    table = read("a,y\n1,0\ninf,1\n-Infinity,0\n1e400,1\n5,0\n6,1\n7,0\n8,1\n", target="y")
    reason = "not a finite number: write one, or leave the cell empty"
    assert [(item.row, item.column, item.reason) for item in table.left_out] == [(k, "a", reason) for k in (2, 3, 4)]


def test_the_first_run_shuffles_as_every_run_does() -> None:
    assert run_of(data_of(read(LEAVES)), 0)["shuffle"] is True


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("ä,b".encode(), "ä,b"),
        ("ä,b".encode("utf-8-sig"), "ä,b"),
        ("ä,b".encode("utf-16"), "ä,b"),
        ("ä,b".encode("cp1252"), "ä,b"),
    ],
)
def test_a_file_is_read_in_the_letters_that_it_is_written_in(content: bytes, text: str) -> None:
    assert decoded(content) == text


@pytest.mark.parametrize(
    "text", ["a,b\n1e308,1\n1e308,2\n1e308,4", "a,b\n1,1e308\n2,-1e308\n3,1e308", "a,b\n1e-320,1\n2,2"]
)
def test_numbers_at_the_edge_of_what_a_float_holds_are_read(text: str) -> None:
    table = read(text, columns=("a",), target="b", numbers=("b",))
    assert (len(data_of(table)["inputs"]), np.isfinite(data_of(table)["targets"]).all()) == (
        len(text.splitlines()) - 1,
        True,
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04 a spreadsheet", b"a\x00b"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match="saves its table as CSV"):
        decoded(content)


@pytest.mark.parametrize(
    "text", [LEAVES, "x,y\n1,10\n2,35\n3,42\n4,77\n5,80\n6,92", "a b c\n1 2 no\n2 1 yes\n2 2 no\n3 1 yes"]
)
def test_the_first_run_on_a_table_learns(text: str) -> None:
    data = data_of(read(text, test_fraction=0.0))
    run = Run(parse_config(run_of(data, 0)))
    losses = run.losses(0, 100)
    assert losses[-1] < losses[0] / 2


def test_units_on_one_side_of_a_number_are_left_out_and_said() -> None:
    table = read_table("share,price,bought\n12%,$1.50,yes\n50 %,$2.50,no\n7%,$3.10,yes\n", Wishes())
    assert table.data is not None
    assert (table.data["inputs"], [item.reason.partition(";")[0] for item in table.changed]) == (
        [[12.0, 1.5], [50.0, 2.5], [7.0, 3.1]],
        ["kept, read as 12: without its %", "kept, read as 1.5: without its $"],
    )


def test_a_first_line_that_says_the_separator_is_no_row() -> None:
    table = read_table("sep=;\r\na;b;y\r\n1,5;2;0\r\n3;4,5;1\r\n5;6;0\r\n", Wishes())
    assert (table.sheet.names, table.rows, table.sheet.separator) == (("a", "b", "y"), 3, "semicolon")


def test_a_page_is_told_from_a_table() -> None:
    with pytest.raises(ConfigError, match=r"this is HTML: copy the table itself"):
        read_table("<table><tr><td>1</td></tr></table>", Wishes())


def test_a_number_that_every_row_has_is_no_target() -> None:
    table = read_table("a,y\n1,5\n2,5\n3,5\n", Wishes(target="y", numbers=("y",)))
    assert (table.data, table.refused) == (
        None,
        "every row has the target 5: there is nothing to learn; choose another target",
    )
