"""An optimizer as somebody else would add one: put into the registry, and nothing more."""

from __future__ import annotations

from engine.foundation.options import Option
from engine.update.equations import NEXT, RATE, Equation, OptimizerKind, Rules, Settings, Slot, rate_option

BETA = Option("beta", "number", 0.9, "Share of the velocity that is kept.", minimum=0, maximum=1, symbol=r"\beta")


def _rules(s: Settings) -> Rules:
    return Rules(
        (Slot("velocity", latex="v_{$p}"),),
        (),
        (
            Equation("velocity.next", "average", ("velocity", "grad"), {"beta": s["beta"]}),
            Equation("update", "descend", (RATE, "velocity.next")),
            NEXT,
        ),
    )


AVERAGED = OptimizerKind(
    "averaged",
    "averaged",
    "Steps along a running average of the gradient.",
    (rate_option(0.1), BETA),
    (r"v \leftarrow \beta v + (1 - \beta) g", r"w \leftarrow w - \eta v"),
    "For tests alone.",
    _rules,
)
