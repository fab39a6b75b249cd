"""Training asked for over the API, beside PyTorch in float64: losses, gradients and parameters of 100 iterations."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import numpy as np
import pytest

from engine.ops.core.op import Array
from tests.app.conftest import make_run
from tests.oracles.test_torch_training import CLASSIC, CLASSIC_LOSSES, CLASSIC_OPTIMIZERS, ITERATIONS, Twin, drawn

pytestmark = pytest.mark.torch


def traces(api: httpx.Client, twin: Twin) -> Callable[[int], dict[str, Array]]:
    """What a client reads of the twin's run: made with explicit weights, and answered as JSON."""
    path = make_run(api, twin.config)

    def trace_at(t: int) -> dict[str, Array]:
        values = api.get(f"{path}/iterations/{t}/trace").json()["values"]
        return {name: np.array(value["data"]).reshape(value["shape"]) for name, value in values.items()}

    return trace_at


def test_the_module_10_5_1_has_pytorchs_numbers_over_the_api(api: httpx.Client) -> None:
    twin = Twin([10, 5, 1], "relu", "mse", {"type": "sgd", "learning_rate": 0.01})
    assert twin.worst(ITERATIONS, traces(api, twin)) <= 1e-12


@pytest.mark.parametrize("seed", range(40, 48))
def test_random_nets_have_pytorchs_numbers_over_the_api(api: httpx.Client, seed: int) -> None:
    twin = drawn(seed, CLASSIC, CLASSIC_LOSSES, CLASSIC_OPTIMIZERS)
    assert twin.worst(ITERATIONS, traces(api, twin)) <= max(1e-12, 10 * twin.rounding(ITERATIONS))
