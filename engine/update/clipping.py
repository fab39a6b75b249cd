"""Gradient clipping: cell by cell, or by the norm of each parameter's gradient or of all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, parse_options, shown
from engine.update.equations import Equation, Stage

ACTED = "clip.acted"  # 1 in an iteration in which clipping changed a gradient, else 0

CLIP_OPTIONS = tuple(
    Option(name, "number", None, text, title, minimum=0, exclusive_minimum=True, nullable=True, symbol=symbol)
    for name, title, symbol, text in (
        ("value", "by value", "c", "Every cell of the gradient is kept between minus this and this."),
        ("norm", "by global norm", "c", "All gradients shrink by one factor when their common norm is above this."),
        ("parameter_norm", "by norm", "c", "The gradient of each parameter shrinks when its own norm is above this."),
    )
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A bound on the gradient, of exactly one kind.

    Formula: value: clip(g, -c, c);  norm and parameter_norm: g min(1, c / (||g|| + 1e-6))
    Args:    value: of a cell; norm: of all gradients together; parameter_norm: of each parameter's gradient.
    Source:  Pascanu, Mikolov and Bengio 2013; matches torch.nn.utils.clip_grad_value_ and clip_grad_norm_.
    """

    value: float | None = None
    norm: float | None = None
    parameter_norm: float | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Norm, factor, clipped gradient, and whether it acted, each a step."""
        ((kind, limit),) = self.to_dict().items()
        return _STAGES[kind](limit)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the one kind that it is."""
        kinds = {"value": self.value, "norm": self.norm, "parameter_norm": self.parameter_norm}
        return {kind: limit for kind, limit in kinds.items() if limit is not None}


def parse_clip(given: Any, path: str = "clip") -> Clip | None:
    """A `Clip` from `{"norm": 1.0}`; None if there is none.

    Raises: ConfigError for an unknown field, a value out of its range, or more than one kind.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ConfigError(f"clip is an object like {{'norm': 1.0}}; given {shown(given)}", path)
    clip = Clip(**parse_options(CLIP_OPTIONS, given, path))
    if len(clip.to_dict()) > 1:
        raise ConfigError(f"clip is by one of value, norm, parameter_norm; given {', '.join(clip.to_dict())}", path)
    return clip if clip.to_dict() else None


def _by_value(limit: float) -> tuple[Stage, ...]:
    return (
        Stage("each", (Equation("largest", "largest", ("grad",), latex=r"|g_{$p}|_{\max}"),)),
        Stage(
            "once",
            (
                Equation("clip.largest", "largest_of_all", ("*largest",), latex=r"|g|_{\max}"),
                _acted("above", "clip.largest", limit),
            ),
        ),
        Stage("all", (Equation("clipped_grad", "clip", ("grad",), {"limit": limit}, CLIPPED),), "clipped_grad"),
    )


def _by_norm(limit: float) -> tuple[Stage, ...]:
    return (
        Stage("each", (_SQUARES,)),
        Stage(
            "once",
            (
                Equation("clip.norm", "norm_of_all", ("*square_norm",), latex=r"\lVert g \rVert"),
                Equation(
                    "clip.factor",
                    "clip_factor",
                    ("clip.norm",),
                    {"limit": limit},
                    "f",
                    "clip_factor",
                    "What all gradients are multiplied by to keep their norm in bounds.",
                ),
                _acted("below", "clip.factor", 1.0),
            ),
        ),
        Stage("all", (_scaled("clip.factor"),), "clipped_grad"),
    )


def _by_parameter_norm(limit: float) -> tuple[Stage, ...]:
    return (
        Stage(
            "each",
            (
                _SQUARES,
                Equation("norm", "norm", ("square_norm",), latex=r"\lVert g_{$p} \rVert"),
                Equation("factor", "clip_factor", ("norm",), {"limit": limit}, "f_{$p}"),
                _scaled("factor"),
            ),
            "clipped_grad",
        ),
        Stage(
            "once",
            (
                Equation("clip.smallest_factor", "smallest_of_all", ("*factor",), latex=r"f_{\min}"),
                _acted("below", "clip.smallest_factor", 1.0),
            ),
        ),
    )


CLIPPED = r"\check g_{$p}"
_SQUARES = Equation("square_norm", "square_norm", ("grad",), latex=r"\lVert g_{$p} \rVert^{2}")


def _scaled(factor: str) -> Equation:
    return Equation("clipped_grad", "scale_gradient", ("grad", factor), latex=CLIPPED)


def _acted(op: str, number: str, limit: float) -> Equation:
    says = "1 if clipping changed a gradient in this iteration, else 0."
    return Equation(ACTED, op, (number,), {"limit": limit}, "a", says=says)


_STAGES = {"value": _by_value, "norm": _by_norm, "parameter_norm": _by_parameter_norm}
