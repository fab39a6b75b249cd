"""Optimizers: steps worked out by hand, what NAdam's table holds, and settings that do not go together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig, Store
from engine.foundation.errors import ConfigError
from engine.ops.core.numpy_calls import EAGER
from engine.ops.update.nadam import LARGEST_BETA, running_products
from engine.ops.update.optimizers import UPDATE_OPS
from engine.update.optimizers import OPTIMIZERS, parse_optimizer
from tests.engine.support.models import inline, run_of


def course(gradients: list[float], optimizer: dict[str, Any]) -> dict[str, list[float]]:
    """The values that the optimizer computes for one weight, starting at 0, when these are its gradients."""
    config = {
        "data": inline([[1.0]], [[0.0]]),
        "layers": [{"units": 1, "weight": [[0.0]], "bias": False}],
        "optimizer": optimizer,
    }
    run = Run(RunConfig.from_dict(config))
    steps = [step for step in run.program_at(0).steps if step.phase == "update"]
    values = dict(run.sources(0, run.initial_state()))
    found: dict[str, list[float]] = {}
    for t, gradient in enumerate(gradients):
        values |= {"dense1.weight.grad": np.array([[gradient]]), "optimizer.step": np.array(t + 1.0)}
        for step in steps:
            values[step.output] = np.empty(step.shape)
            function = UPDATE_OPS[step.op]
            function.kernel(EAGER, values[step.output], *(values[name] for name in step.inputs), **step.params)
        for step in steps:
            name = step.output.removeprefix("dense1.weight.")
            found.setdefault(name, []).append(float(values[step.output].reshape(())))
        values["dense1.weight"] = values["dense1.weight.next"]
        values |= {n.removesuffix(".next"): v for n, v in values.items() if n.endswith(".next") and n.count(".") == 3}
    return found


def test_rprop_grows_while_the_sign_stays_shrinks_when_it_turns_and_then_waits_a_step() -> None:
    found = course([5.0, 0.1, -3.0, -3.0, -0.2], {"type": "rprop", "learning_rate": 1.0})

    assert {name: found[name] for name in ("agreement", "step_size.next", "update")} == {
        "agreement": [0, 1, -1, 0, 1],
        "step_size.next": pytest.approx([1, 1.2, 0.6, 0.6, 0.72]),
        "update": pytest.approx([-1, -1.2, 0, 0.6, 0.72]),
    }


def test_rprops_step_size_stays_within_its_bounds() -> None:
    settings = {"type": "rprop", "learning_rate": 1.0, "step_sizes": [0.8, 1.1]}

    assert course([1.0, 1.0, -1.0], settings)["step_size.next"] == [1.0, 1.1, 0.8]


def test_a_gradient_that_is_not_a_number_makes_rprops_step_none_either() -> None:
    found = course([1.0, math.nan], {"type": "rprop"})

    assert [math.isnan(found[name][1]) for name in ("agreement", "step_size.next", "update")] == [True] * 3


def test_lion_moves_by_the_rate_whatever_the_gradient() -> None:
    found = course([1e-9, -4.0, 0.3], {"type": "lion", "learning_rate": 0.25})

    assert found["update"] == [-0.25, 0.25, 0.25]
    assert found["momentum.next"] == pytest.approx([1e-11, -0.04, -0.0366])


def test_adadeltas_first_step_depends_on_epsilon_alone() -> None:
    found = course([3.0], {"type": "adadelta", "eps": 1e-4})

    assert found["update"] == pytest.approx([-3 * math.sqrt(1e-4 / (0.1 * 9 + 1e-4))])


def test_adamax_remembers_the_largest_gradient_and_forgets_it_slowly() -> None:
    found = course([2.0, 1.0, 1.9], {"type": "adamax", "betas": [0.9, 0.9], "eps": 0.0})

    assert found["exp_inf.next"] == pytest.approx([2.0, 1.8, 1.9])
    assert found["update"][0] == pytest.approx(-2e-3)


def test_nadams_table_holds_the_products_of_the_momenta() -> None:
    momenta = [0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in range(1, 8)]
    found = course([1.0] * 7, {"type": "nadam"})

    assert found["optimizer.mu"] == pytest.approx(momenta, rel=1e-15)
    assert found["optimizer.mu_product"] == pytest.approx([math.prod(momenta[:n]) for n in range(1, 8)], rel=1e-14)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999, LARGEST_BETA])
def test_past_its_end_nadams_table_would_change_nothing(beta: float) -> None:
    last = float(running_products(beta, 0.0 if beta == LARGEST_BETA else 0.004)[-1])

    assert (last < 1e-40, 1 - last) == (True, 1.0)


def test_nadam_trains_on_past_the_end_of_its_table() -> None:
    run = run_of(optimizer={"type": "nadam", "betas": [0.0, 0.9]})

    assert [float(run.trace_at(t)["optimizer.mu_product"]) for t in (0, 1, 300)] == [0, 0, 0]
    assert np.isfinite(run.state_at(300).parameters).all()


def test_an_edit_of_the_rate_at_0_is_where_rprops_step_sizes_start_and_leaves_the_other_branch_alone() -> None:
    store = Store()
    run = run_of(store, optimizer={"type": "rprop", "learning_rate": 0.01})
    edit = {"iteration": 0, "set": {"optimizer.learning_rate": 0.5}}

    edited, plain = run.branch([edit]).state_at(0), run.state_at(0)

    assert (set(edited.slots["step_size"]), set(plain.slots["step_size"])) == ({0.5}, {0.01})


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"type": "rprop", "etas": [1.2, 0.5]}, "optimizer.etas", "one above 1 that grows; given 1.2 and 0.5"),
        ({"type": "rprop", "etas": [0.0, 1.2]}, "optimizer.etas", "a number between 0 and 1 that shrinks"),
        ({"type": "rprop", "step_sizes": [2, 1]}, "optimizer.step_sizes", "the largest; given 2 and 1"),
        ({"type": "nadam", "betas": [0.99999, 0.9]}, "optimizer.betas", "is at most 0.9999; given 0.99999"),
        ({"type": "lion", "betas": [0.9, 1]}, "optimizer.betas[1]", "below 1"),
        ({"type": "adadelta", "rho": 1.5}, "optimizer.rho", "at most 1"),
        ({"type": "rprop", "weight_decay": 0.1}, "optimizer.weight_decay", "unknown field"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_optimizer(given)

    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_says_what_it_is(kind: Any) -> None:
    assert all([kind.title, kind.description.endswith("."), kind.source.endswith("."), kind.formulas])
    assert [formula for formula in kind.formulas if formula.count("{") != formula.count("}")] == []
