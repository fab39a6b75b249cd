"""What sentences state about numbers, on nets drawn at random: computed by another way, and compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from engine.explain.derivation import derivation
from engine.explain.sentences import explanation, step_sentence
from engine.foundation.numbers import number
from engine.update.optimizers import OPTIMIZERS
from tests.engine.explain.drawn import Drawn, Floats, drawn

SEEDS = range(16)
_SENDER = r"from (.+?)\."
_SUM = re.compile(
    r"A sum of (\d+) terms(?:, \d+ places of each of \d+ samples,)?"
    r" that comes to (\S+): (.+)\. (?:The largest|That of sample \d+), (\S+), is (\d+)% of their "
    r"sizes added up\.$"
)
_SLOPE = re.compile(r"The slope of its [^.]+? at ([az]) = (\S+) is (\S+), so (.+?)\.(?: |$)")


def said(net: Drawn, value: str, index: tuple[int, ...], sample: int | None = None) -> str:
    """The explanation of a cell."""
    return explanation(net.run, net.traced, derivation(net.run, net.traced, value, index, sample))


def as_number(text: str) -> float:
    """What `number` wrote."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def cells(net: Drawn, *values: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every cell of these values."""
    for value in values:
        yield from ((value, tuple(index)) for index in np.ndindex(net.traced[value].shape))


# --- where a weight should move, and who sent the gradient ------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_weight_that_moves_as_advised_lowers_the_loss_on_the_sample(seed: int) -> None:
    net, wrong = drawn(seed), []
    for parameter in net.run.parameters:
        for value, index in cells(net, f"{parameter.name}.grad"):
            for sample in range(net.traced.program.batch):
                slope, text = net.slope(parameter.name, index, sample), said(net, value, index, sample)
                if abs(slope) > 1e-8 and f"should move {'down' if slope > 0 else 'up'}." not in text:
                    wrong.append((value, index, sample, slope, text))
                if "does not move it" in text and abs(slope) > 1e-8:
                    wrong.append((value, index, sample, slope, text))

    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_unit_receives_what_the_layer_that_takes_its_output_sent(seed: int) -> None:
    net, told, true = drawn(seed), [], []
    for layer in net.layers:
        sender = f"dense {layer + 1}" if layer + 1 in net.layers else "the loss"
        for _, (sample, unit) in cells(net, f"dense{layer}.z.grad"):
            text = said(net, f"dense{layer}.z.grad", (sample, unit))
            told.append(re.match(rf"(Unit \d+ of dense \d+) receives (\S+) {_SENDER}", text).groups())  # type: ignore[union-attr]
            grad = float(net.traced[f"dense{layer}.a.grad"][sample, unit])
            true.append((f"Unit {unit + 1} of dense {layer}", number(grad), sender))

    assert told == true


# --- slopes -----------------------------------------------------------------------------------------------------------


def _passes(text: str) -> float | None:
    """The share of the gradient that a slope sentence lets pass, to a percent where it is one."""
    if "so nothing passes" in text:
        return 0.0
    if "so all of it passes" in text:
        return 1.0
    if found := _SLOPE.search(text):
        outcome = found[4]
        if lost := re.match(r"(\d+)% of the signal is lost here", outcome):
            return 1 - int(lost[1]) / 100
        if times := re.match(r"the signal is multiplied by (\S+)", outcome):
            return as_number(times[1])
        return {"nearly all of the signal is lost here": 0.0, "nearly all of the signal passes": 1.0}[outcome]
    return None


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_slope_lets_pass_is_the_ratio_of_the_gradients_on_both_sides(seed: int) -> None:
    net, wrong = drawn(seed), []
    for layer, activation in zip(net.layers, net.activations, strict=True):
        for value, index in cells(net, f"dense{layer}.z.grad"):
            before, after = float(net.traced[f"dense{layer}.a.grad"][index]), float(net.traced[value][index])
            text = said(net, value, index)
            share = _passes(text) if activation != "identity" else 1.0
            if share is None or abs(share * before - after) > 0.0051 * max(abs(before), abs(after)):
                wrong.append((value, index, before, after, text))

    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slope_is_said_with_the_number_that_it_is_taken_at(seed: int) -> None:
    net, told, true = drawn(seed), [], []
    for layer in net.layers:
        for value, index in cells(net, f"dense{layer}.z.grad"):
            if found := _SLOPE.search(said(net, value, index)):
                before, after = float(net.traced[f"dense{layer}.a.grad"][index]), float(net.traced[value][index])
                told.append((found[2], as_number(found[3]) if before else 0.0))
                at = number(float(net.traced[f"dense{layer}.{found[1]}"][index]))
                true.append((at, pytest.approx(after / before, rel=6e-3) if before else 0.0))

    assert told == true


# --- sums -------------------------------------------------------------------------------------------------------------


def _terms(net: Drawn, value: str, index: tuple[int, ...]) -> Floats:
    """The terms of a cell of a dense layer, taken from the arrays of the trace."""
    layer, _, kind = value.partition(".")
    taken = net.traced["x"] if layer == "dense1" else net.traced[f"dense{int(layer[5:]) - 1}.a"]
    weight, bias = net.traced[f"{layer}.weight"], net.traced[f"{layer}.bias"]
    if kind == "z":
        return np.append(taken[index[0]] * weight[index[1]], bias[index[1]])
    if kind == "a.grad":
        after = f"dense{int(layer[5:]) + 1}"
        return np.asarray(net.traced[f"{after}.z.grad"][index[0]] * net.traced[f"{after}.weight"][:, index[1]])
    flowed = net.traced[f"{layer}.z.grad"][:, index[0]]
    return np.asarray(flowed * taken[:, index[1]] if kind == "weight.grad" else flowed)


def _sum_of(terms: Floats) -> tuple[int, str, str, str, str]:
    """What a sum sentence has to state."""
    sizes = np.abs(terms)
    largest = number(float(terms[int(sizes.argmax())]))
    return len(terms), number(float(terms.sum())), _counted(terms), largest, f"{sizes.max() / sizes.sum():.0%}"[:-1]


def _counted(terms: Floats) -> str:
    up, down = (int((np.sign(terms) == sign).sum()) for sign in (1, -1))
    if up == len(terms) or down == len(terms):
        return ("both" if len(terms) == 2 else "all") + f" pull it {'up' if up else 'down'}"
    parts = [f"{up} pull{'s' * (up == 1)} it up"] * (up > 0)
    parts += [f"{down} pull{'s' * (down == 1)} it down"] * (down > 0)
    return ", ".join(parts)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sum_says_how_many_terms_pull_it_up_and_down_and_which_is_the_largest(seed: int) -> None:
    net, wrong, seen = drawn(seed), [], 0
    values = [f"dense{n}.{kind}" for n in net.layers for kind in ("z", "weight.grad", "bias.grad")]
    values += [f"dense{n}.a.grad" for n in net.layers if n + 1 in net.layers]
    for value, index in cells(net, *values):
        terms = _terms(net, value, index)
        text = said(net, value, index)
        if len(terms) > 1 and np.any(terms):
            seen += 1
            if not _tells(text, terms):
                wrong.append((value, index, terms, text))

    assert (wrong, seen > 0) == ([], True)


_ONE = re.compile(r"Of (\d+) terms one alone is not 0, (\S+?)(?:: .+)?\.$")


def _tells(text: str, terms: Floats) -> bool:
    """Whether a sum sentence says of these terms what they are."""
    if one := _ONE.search(text):
        same = np.isclose(as_number(one[2]), terms[terms != 0], rtol=2e-3)
        return bool(same.all()) and (int(one[1]), len(same)) == (len(terms), 1)
    counts, lost = _without_reasons(text)
    if lost != int((terms == 0).sum()):
        return False
    found = _SUM.search(counts)
    return found is not None and _agrees(found, terms)


def _without_reasons(text: str) -> tuple[str, int]:
    """A sentence without what it says of terms that are 0, and how many it says there are."""
    zeros = r"(?:, )?(\d+) (?:is|are) 0(?: \([^)]*\))?"
    return re.sub(zeros, "", text), sum(map(int, re.findall(zeros, text)))


def _agrees(found: re.Match[str], terms: Floats) -> bool:
    count, result, counts, largest, share = _sum_of(terms)
    close = np.isclose(as_number(found[2]), as_number(result), rtol=2e-3, atol=1e-12)
    same_size = np.isclose(abs(as_number(found[4])), abs(as_number(largest)), rtol=2e-3)
    is_one = np.isclose(terms, as_number(found[4]), rtol=2e-3).any()
    return bool(
        close
        and same_size
        and is_one
        and (int(found[1]), found[3]) == (count, counts)
        and abs(int(found[5]) - int(share)) <= 1
    )


# --- the update -------------------------------------------------------------------------------------------------------

UPDATES = {
    "momentum": {"optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}},
    "decay": {"optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.2}},
    "penalties": {"regularization": {"l1": 0.05, "l2": 0.1, "biases": True}},
    "adam": {"optimizer": {"type": "adam", "learning_rate": 0.05}},
}


def _addends(net: Drawn, p: str) -> dict[str, tuple[Floats, ...]]:
    """The addends of every value of the update of a parameter that is a sum here, from the settings."""
    t, grad, own = net.traced, net.traced[f"{p}.grad"], net.traced[p]
    decayed = t.table.get(f"{p}.decayed_grad", grad)
    mu = net.run.config.to_dict()["optimizer"].get("momentum", 0.0)
    decay = net.run.config.to_dict()["optimizer"].get("weight_decay", 0.0)
    every = {
        f"{p}.next": (own, t[f"{p}.update"]),
        f"{p}.decayed_grad": (grad, decay * own),
        f"{p}.total_grad": (grad, 0.1 * own, 0.05 * np.sign(own)),
    }
    if f"{p}.momentum" in t:
        every[f"{p}.momentum.next"] = (mu * t[f"{p}.momentum"], decayed)
    if f"{p}.exp_avg" in t:
        every[f"{p}.exp_avg.next"] = (0.9 * t[f"{p}.exp_avg"], 0.1 * grad)
        every[f"{p}.exp_avg_sq.next"] = (0.999 * t[f"{p}.exp_avg_sq"], 0.001 * grad**2)
    return {value: parts for value, parts in every.items() if value in t}


@pytest.mark.parametrize("changes", UPDATES.values(), ids=UPDATES)
@pytest.mark.parametrize("seed", range(3))
def test_the_sums_of_the_update_are_said_as_their_addends_are(seed: int, changes: dict[str, object]) -> None:
    net, wrong = drawn(seed, **changes), []
    for parameter in net.run.parameters:
        for value, parts in _addends(net, parameter.name).items():
            for _, index in cells(net, value):
                terms = np.array([part[index] for part in parts])
                text = said(net, value, index)
                if np.any(terms) and not _tells(text, terms):
                    wrong.append((value, index, terms, text))

    assert wrong == []


_AGAINST = {
    "its gradient": "grad",
    "its momentum": "momentum.next",
    "the average of its gradient": "exp_avg.next",
    "its rescaled gradient": "delta",
    "the direction that looks ahead": "lookahead",
    "the sign of its gradient": "prev.next",
    "the sign of the direction": "direction",
}


@pytest.mark.parametrize("momentum", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}], ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_parameter_moves_against_what_its_sentence_says(optimizer: str, momentum: dict[str, object]) -> None:
    own = {option.name for option in OPTIMIZERS[optimizer].options}
    net = drawn(7, optimizer={"type": optimizer, **{k: v for k, v in momentum.items() if k in own}})
    told, wrong = 0, []
    for step in net.traced.program.steps:
        found = re.search(r"moves: against ([\w ]+?), ", step_sentence(step)) if step.phase == "update" else None
        if found:
            told += 1
            other = net.traced[f"{step.parameter}.{_AGAINST[found[1]]}"]
            if not np.array_equal(np.sign(net.traced[step.output]), -np.sign(other)):
                wrong.append((step.output, found[1]))

    assert (wrong, told) == ([], len(net.run.parameters))
