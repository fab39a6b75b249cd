"""L1 and L2 regularization: penalties on large weights, added to the gradient as steps of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, parse_options, shown
from engine.foundation.symbols import lettered
from engine.update.equations import Equation, Stage

REGULARIZATION_OPTIONS = (
    Option(
        "l1",
        "number",
        0.0,
        "Adds this times the sum of the weights' sizes to what is minimized: weights that are not needed become zero.",
        title="L1",
        minimum=0,
        symbol=r"\lambda_1",
    ),
    Option(
        "l2",
        "number",
        0.0,
        "Adds half of this times the sum of the squared weights to what is minimized: large weights shrink. With "
        "plain SGD it is the same as its weight decay.",
        title="L2",
        minimum=0,
        symbol=r"\lambda_2",
    ),
    Option("biases", "boolean", False, "Whether every parameter is meant, not only weights."),
)


@dataclass(frozen=True, slots=True)
class Regularization:
    """A penalty on large weights.

    Formula: penalty = l2/2 sum_w w^2 + l1 sum_w |w|;  gradient of it: l2 w + l1 sign(w)
    Args:    l1, l2: how much it counts; biases: whether it is on every parameter, not only on those called weight.
    Source:  Goodfellow et al. 2016, section 7.1; l2 equals weight_decay of torch.optim.SGD.
    """

    l1: float = 0.0
    l2: float = 0.0
    biases: bool = False

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The penalties' gradients, and the total with that of the data; nothing if there is no penalty."""
        weights = lettered(REGULARIZATION_OPTIONS, {"l1": self.l1, "l2": self.l2})
        l1, l2 = ({name: weights[name]} for name in ("l1", "l2"))
        parts = (
            *([Equation("l2_grad", "l2_gradient", ("p",), l2, r"g^{\lambda_2}_{$p}")] if self.l2 else []),
            *([Equation("l1_grad", "l1_gradient", ("p",), l1, r"g^{\lambda_1}_{$p}")] if self.l1 else []),
        )
        if not parts:
            return ()
        op = "sum" if len(parts) == 1 else "sum_of_three"
        total = Equation(
            "total_grad",
            op,
            ("grad", *(part.output for part in parts)),
            latex=r"g^{\Sigma}_{$p}",
            says="The gradient of the loss and the penalties on $p.",
        )
        return (Stage("each", (*parts, total), "total_grad", () if self.biases else ("weight",)),)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"l1": self.l1, "l2": self.l2, "biases": self.biases}


def parse_regularization(given: Any, path: str = "regularization") -> Regularization | None:
    """A `Regularization` from `{"l2": 0.01}`; None if there is no penalty.

    Raises: ConfigError for an unknown field or a value out of its range.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ConfigError(f"regularization is an object like {{'l2': 0.01}}; given {shown(given)}", path)
    spec = Regularization(**parse_options(REGULARIZATION_OPTIONS, given, path))
    return spec if spec.stages else None
