"""What the small language accepts, what each form means, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.conditions.find import claim, find, measured, series
from engine.foundation.errors import ConditionError, EngineError, RangeError

LAYERS = [{"units": 4, "activation": "relu"}, {"units": 3, "activation": "tanh"}, {"units": 1, "activation": "tanh"}]
CONFIG = {"data": {"name": "circle", "samples": 53}, "batch_size": 10, "layers": LAYERS, "loss": "mse"}
CONFIG |= {"optimizer": {"type": "sgd", "learning_rate": 0.3, "momentum": 0.9}}


@pytest.fixture(scope="module")
def run() -> Run:
    return Run(RunConfig.from_dict(CONFIG))


EXAMPLES = {
    "loss < 0.1": lambda v: v["loss"] < 0.1,
    "share(dense1.a == 0) > 0.3": lambda v: np.mean(v["dense1.a"] == 0) > 0.3,
    "ratio(dense2.weight.update, dense2.weight) > 1e-2": lambda v: (
        np.linalg.norm(v["dense2.weight.update"]) > 1e-2 * np.linalg.norm(v["dense2.weight"])
    ),
    "not finite(loss)": lambda v: not np.isfinite(v["loss"]),
    "max(abs(dense2.z)) > 1.5": lambda v: np.abs(v["dense2.z"]).max() > 1.5,
    "0.2 < loss < 0.9": lambda v: 0.2 < v["loss"] < 0.9,
    "sum(dense1.a - dense1.a) == 0": lambda v: True,
    "min(slope(dense2)) < 0.1": lambda v: (1 - v["dense2.a"] ** 2).min() < 0.1,
    "dense1.weight.next[0,1] > dense1.weight[0,1]": lambda v: v["dense1.weight.next"][0, 1] > v["dense1.weight"][0, 1],
    "-loss * 2 + 1 >= 0 and mean(target) <= inf": lambda v: 1 - 2 * v["loss"] >= 0,
    "norm(dense1.weight.grad) > 0.1 or loss > 1": lambda v: (
        np.linalg.norm(v["dense1.weight.grad"]) > 0.1 or v["loss"] > 1
    ),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_condition_means_what_it_says(run: Run, text: str) -> None:
    truth = [bool(EXAMPLES[text](run.trace_at(t))) for t in range(70)]
    onsets = [t for t in range(70) if truth[t] and not (t and truth[t - 1])]
    assert [hit.iteration for hit in find(run, text, 0, 70).hits] == onsets


def test_what_lasts_is_found_when_it_has_lasted(run: Run) -> None:
    losses = run.losses(0, 70)
    streaks = [all(losses[t - 2 : t + 1] < 0.8) and t >= 2 for t in range(70)]
    onsets = [t for t in range(70) if streaks[t] and not (t and streaks[t - 1])]
    assert [hit.iteration for hit in find(run, "loss < 0.8 for 3", 0, 70).hits] == onsets


def test_evaluations_stand_at_the_beginnings_of_epochs_and_trends_count_from_one_to_the_next(run: Run) -> None:
    found = series(run, "test_loss", 0, 70)
    rises = [i for i in range(2, len(found.values)) if (np.diff(found.values[i - 2 : i + 1]) > 0).all()]
    hits = [int(found.iterations[i]) for i in rises]
    assert found.iterations.tolist() == list(range(0, 70, run.batches.per_epoch))
    assert [hit.iteration for hit in find(run, "rises(test_loss, 2)", 0, 70).hits] == hits


def test_between_evaluations_a_condition_on_them_is_false_and_so_is_its_opposite(run: Run) -> None:
    epochs = list(range(0, 40, run.batches.per_epoch))
    always = [hit.iteration for hit in find(run, "train_loss > -1", 0, 40).hits]
    opposite = [hit.iteration for hit in find(run, "not train_loss < -1", 0, 40).hits]
    decided = [hit.iteration for hit in find(run, "loss > -1 or train_loss > -1", 0, 40).hits]
    assert (always, opposite, decided) == (epochs, epochs, [0])


def test_every_comparison_with_nan_is_false() -> None:
    run = Run(
        RunConfig.from_dict({**CONFIG, "layers": [{"units": 1}], "optimizer": {"type": "sgd", "learning_rate": 1e200}})
    )
    last = len(run.losses(0, 12)) - 1
    assert np.isnan(run.losses(0, 12)[last])
    found = [
        find(run, text, 0, 12).hits for text in ("loss == loss", "not loss < 1 and not loss >= 1", "not loss != 0")
    ]
    onsets = [[hit.iteration for hit in hits] for hits in found]
    first_nan = int(np.flatnonzero(np.isnan(run.losses(0, 12)))[0])
    assert onsets == [[0], [first_nan], [first_nan]]


def test_crossing_is_another_sign_than_before_and_nothing_crosses_at_the_start(run: Run) -> None:
    weight = [float(run.trace_at(t)["dense2.weight"][1, 2]) for t in range(70)]
    level = sorted(weight)[35] + 1e-9
    sides = np.sign(np.array(weight) - level)
    crossed = [t for t in range(1, 70) if sides[t] != sides[t - 1]]
    onsets = [t for t in crossed if t - 1 not in crossed]
    assert [hit.iteration for hit in find(run, f"dense2.weight[1,2] crosses {level!r}", 0, 70).hits] == onsets


def test_a_hit_names_the_step_that_wrote_the_last_value_and_the_comparisons_that_are_true(run: Run) -> None:
    (hit,) = find(run, "norm(dense1.weight.grad) > 0 and (loss > 1e9 or dense2.z[0,0] < 1e9)", 0, 5, limit=1).hits
    traced = run.trace_at(0)
    assert traced.program.steps[hit.step or 0].output == "dense1.weight.grad"
    assert [(part.measure, part.threshold) for part in hit.parts] == [
        ("norm(dense1.weight.grad)", 0.0),
        ("dense2.z[0,0]", 1e9),
    ]
    assert hit.parts[1].actual == traced["dense2.z"][0, 0]


def test_a_statement_that_is_not_known_in_an_iteration_says_nothing_there(run: Run) -> None:
    level = float(run.losses(1, 3).mean())  # between two evaluations the loss falls below it
    first, second = find(run, f"loss < {level!r} or not train_loss < -1", 0, 3).hits
    assert [(hit.iteration, [part.measure for part in hit.parts]) for hit in (first, second)] == [
        (0, ["loss", "train_loss"]),
        (2, ["loss"]),
    ]


def test_what_no_step_wrote_has_no_step(run: Run) -> None:
    steps = [find(run, text, 0, 20, limit=1).hits[0].step for text in ("dense1.weight[0,0] < 9", "train_loss < 9")]
    assert steps == [None, None]


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ("dense1.weight.grad < 1", 1, "has 8 cells: say norm, mean, min, max or share"),
        ("norm(dense1.wieght) < 1", 6, "dense1.weight"),
        ("loss = 1", 6, "equal is written =="),
        ("loss ^ 2 < 1", 6, "a power is written **"),
        ("loss < 1 & loss > 0", 10, "both is written and"),
        ("dense1.weight[9,0] < 1", 1, "is 4x2, with indices from 0"),
        ("dense1.weight[4,0] < 1", 1, "is 4x2, with indices from 0"),
        ("dense1.weight[0] < 1", 1, "is 4x2, with indices from 0"),
        ("dense1.weight[-1,0] < 1", 15, "whole numbers from 0"),
        ("loss", 1, "compare it"),
        ("loss<1,2", 8, "a comma stands between the arguments of a function only"),
        ("finite()", 1, "finite takes 1 argument; given 0"),
        ("(" * 21 + "loss" + ")" * 21 + " < 1", 21, "brackets are inside each other up to 20"),
        ("0 < loss crosses 1", 1, "not in a chain"),
        ("loss < 1 for", 10, "for stands once, at the end"),
        ("loss < 1 for 0", 10, "for stands once, at the end"),
        ("loss < 1 for 3 and loss > 0", 10, "for stands once, at the end"),
        ("loss @ 3 < 1", 1, "in claims only"),
        ("nrom(dense1.weight) < 1", 1, "there is no function nrom"),
        ("norm(dense1.weight, loss) < 1", 1, "norm takes 1 argument; given 2"),
        ("share(dense1.a) < 1", 7, "share takes a comparison of cells"),
        ("dead(dense9) > 0", 6, "dense9 is no layer; there are dense1, dense2, dense3"),
        ("dense1.a - dense2.a < 1", 1, "do not go together"),
        ("norm(dense1.a - dense2.a) < 1", 6, "do not go together"),
        ("rises(loss) ", 1, "rises(test_loss, 5)"),
        ("rises(loss, 0)", 1, "rises(test_loss, 5)"),
        ("finite(loss) > 0", 1, "true or false, and no number"),
        ("__import__('os') < 1", 12, "is not allowed"),
        ("loss < 1;", 9, "is not allowed"),
        ("(loss < 1", 1, "this bracket is not closed; write the )"),
        ("0 < norm(dense1.weight.grad", 9, "this bracket is not closed; write the )"),
        ("loss) < (1", 5, "this bracket closes none; leave it out"),
        ("loss <", 6, "this is no condition"),
        ("lambda < 1", 1, "there is no value lambda"),
        ("a.b(loss) < 1", 1, "there is no function a.b"),
        ("loss if 1", 1, "this is no condition"),
        ("-" * 25 + "loss < 1", 20, "parts are inside each other"),
        (" + ".join(["loss"] * 21) + " < 1", 1, "up to 20 names"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_told_with_its_column_and_a_remedy(
    run: Run, text: str, column: int, remedy: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        find(run, text, 0, 10)
    message = str(caught.value)
    assert (f"column {column}:" in message, remedy in message) == (True, True), message


@pytest.mark.parametrize("given", ["", "   ", "x" * 501, None, 3, ["loss < 1"]])
def test_what_is_no_text_or_too_long_is_refused(run: Run, given: object) -> None:
    with pytest.raises(ConditionError, match="column"):
        find(run, given, 0, 10)  # type: ignore[arg-type]


STRANGE = [
    *(
        "\x00",
        "loss\nloss",
        "é < 1",
        "loss < 1 #",
        "0x10 < loss",
        "1_0 < loss",
        "f'{loss}' < 1",
        "[loss] < 1",
        "{}",
        "loss[",
    ),
    *(
        "loss[0:1]<1",
        "not",
        "and",
        "for 3",
        "()",
        "1 < 2 < ",
        "loss < 1 crosses 2",
        "yield < 1",
        "norm < 1",
        "norm() < 1",
    ),
    *("norm(x=1) < 1", "*loss < 1", "**loss < 1", "loss..a < 1", ".loss < 1", "loss. < 1", "@ < 1", "loss @ loss < 1"),
    *(
        "norm[0](x) < 1",
        "(loss)[0] < 1",
        "loss()()",
        "1(2) < 3",
        "share(not loss) < 1",
        "share(loss > 1 > 0) < 1",
        "loss,loss",
    ),
]


@pytest.mark.parametrize("text", STRANGE)
def test_nothing_else_than_its_own_error_comes_of_a_text(run: Run, text: str) -> None:
    with pytest.raises(EngineError):
        find(run, text, 0, 2)


def test_a_range_and_a_limit_have_to_be_possible(run: Run) -> None:
    for start, end, limit in [(5, 5, None), (-1, 3, None), (0, 5, 0)]:
        with pytest.raises(RangeError):
            find(run, "loss < 1", start, end, limit=limit)
    with pytest.raises(RangeError):
        series(run, "loss", 0, 5, every=0)


# --- claims ----------------------------------------------------------------------------------------------------------


def test_a_claim_compares_numbers_of_given_iterations(run: Run) -> None:
    first, later = run.losses(0, 61)[[0, 60]]
    found = claim(run, "loss @ 60 < 0.9 * loss @ 0")
    opposite = claim(run, "not loss @ 60 < 0.9 * loss @ 0")
    assert (found.holds, opposite.holds) == (later < 0.9 * first, not later < 0.9 * first)
    assert [(part.actual, part.threshold) for part in found.parts] == [(later, 0.9 * first)] * found.holds


@pytest.mark.parametrize(
    "text", ["loss < 1", "loss @ 1 < loss", "dead(dense1) > 0", "(loss @ 1) @ 2 < 1", "rises(loss @ 3, 2)"]
)
def test_a_claim_says_of_which_iteration(run: Run, text: str) -> None:
    with pytest.raises(ConditionError, match="column"):
        claim(run, text)


def test_a_measure_is_a_number_of_an_iteration_or_of_those_that_it_names(run: Run) -> None:
    losses = run.losses(0, 4)
    found = [measured(run, text, 3) for text in ("2 * loss", "(loss @ 1) / (loss @ 0)", "test_loss")]
    assert found == [2 * losses[3], losses[1] / losses[0], pytest.approx(np.nan, nan_ok=True)]
