"""Whatever is registered is trained, replayed and described by the tests without being told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine import RunConfig
from engine.foundation.options import Option
from engine.model.layers import LAYERS as LAYER_KINDS
from engine.model.losses import LOSSES as LOSS_KINDS
from engine.update.optimizers import OPTIMIZERS as OPTIMIZER_KINDS
from engine.update.schedules import SCHEDULES
from tests.engine.support.models import LAYERS, LOSSES, OPTIMIZERS, SEQUENCES, UPDATES, net
from tests.engine.support.registered import untried

BY_NAME = [{"type": name} for name in LOSSES]
CONSTANT = {"type": "constant"}  # the rate without a schedule, which every example has
TRIED: dict[str, tuple[Mapping[str, Any], Any]] = {
    "optimizers": (OPTIMIZER_KINDS, list(OPTIMIZERS.values())),
    "schedules": (SCHEDULES, [*UPDATES.values(), CONSTANT]),
    "losses": (LOSS_KINDS, [*LOSSES.values(), *BY_NAME]),
    "layers": (LAYER_KINDS, [*LAYERS.values(), *SEQUENCES.values()]),
}
CONFIGS = {
    **{f"optimizer {name}": net(optimizer=given) for name, given in OPTIMIZERS.items()},
    **{f"{name}": net(**changes) for name, changes in (LOSSES | LAYERS | SEQUENCES | UPDATES).items()},
}


@pytest.mark.parametrize("registry", TRIED)
def test_every_registered_name_and_setting_is_tried(registry: str) -> None:
    kinds, examples = TRIED[registry]
    assert untried(kinds, examples) == {}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_comes_back_from_its_json_form(config: dict[str, Any]) -> None:
    parsed = RunConfig.from_dict(config)
    again = RunConfig.from_dict(parsed.to_dict())
    assert (again.to_dict(), again.id) == (parsed.to_dict(), parsed.id)


def test_an_optimizer_without_an_example_is_tried_with_every_setting() -> None:
    option = Option("pull", "number", 0.5, "How far.", minimum=0)
    kind = replace(OPTIMIZER_KINDS["sgd"], name="averaged", options=(option,))
    assert untried({"averaged": kind}, list(OPTIMIZERS.values())) == {"averaged": {"pull": 0.35}}
