"""PReLU: an activation that learns its slope below 0, hence a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.foundation.options import Option
from engine.model.initializers import parse_initializer
from engine.model.layers.base import LETTERS, Layer, LayerKind, Letter, Letters, Picture, Scope, check_shape
from engine.model.layers.dense import frozen_option
from engine.ops import OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class PReLU(Layer):
    """Passes what is above 0 on, and multiplies the rest by a slope that is learned.

    Formula: a = x where x > 0, else w x
    Args:    num_parameters: 1 for one slope, or as many as there are units, or channels of images; init: their start.
    Source:  He et al. 2015, Delving deep into rectifiers; matches torch.nn.PReLU.
    """

    type: ClassVar[str] = "prelu"
    letters: ClassVar[Letters] = LETTERS | {"weight": Letter("s", "s", "s")}

    num_parameters: int = 1
    init: float = 0.25
    weight: tuple[float, ...] | None = None
    frozen: tuple[str, ...] = ()

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`.

        Raises: ConfigError if there are neither one slope nor as many as units.
        """
        shape = scope.shape(sources[0])
        axis = len(shape) - 1 if len(shape) == 3 else 1
        if self.num_parameters not in (1, shape[axis]):
            text = f"num_parameters is 1 or the {shape[axis]} units of {scope.name}; given {self.num_parameters}"
            raise scope.error(text, "num_parameters")
        size = (self.num_parameters,)
        check_shape(scope, "weight", size, self.weight, "weight")
        start = parse_initializer({"type": "constant", "val": self.init})
        trainable = "weight" not in self.frozen
        slope = scope.parameter("weight", size, start, fans=(1, 1), values=self.weight, trainable=trainable)
        return scope.emit(OPS["prelu"], (sources[0], slope), "a", axis=axis)


PRELU = LayerKind(
    PReLU,
    "PReLU",
    "Leaky ReLU with a slope below 0 that is learned: one for all units, or one for each.",
    (
        Option(
            "num_parameters",
            "integer",
            1,
            "How many slopes: 1 for all together, or as many as there are units or channels.",
            title="slopes",
            minimum=1,
        ),
        Option("init", "number", 0.25, "What every slope starts at.", title="first slope"),
        frozen_option("weight"),
        Option("weight", "vector", None, "Explicit slopes to start from.", title="slope values", nullable=True),
    ),
    r"a = \begin{cases} x & x > 0 \\ s\, x & x \le 0 \end{cases}",
    "He et al. 2015, Delving deep into rectifiers, section 2.1; matches torch.nn.PReLU.",
    parameters=("weight",),
    picture=Picture(unitwise=True, gate=True),
)
