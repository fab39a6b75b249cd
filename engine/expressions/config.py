"""ExpressionConfig: the configuration of a run that trains the inputs of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.config.base_config import COMMON_OPTIONS, Configuration, parse_plain
from engine.expressions.spec import ExpressionSpec, parse_expression
from engine.foundation.errors import ConfigError, Together
from engine.model.layers import Layer
from engine.update.update_spec import SECTIONS, parse_update

_OWN = ("expression", "inputs", "train", *SECTIONS, "edits")


@dataclass(frozen=True, kw_only=True)
class ExpressionConfig(Configuration):
    """Everything that the run of an expression depends on: its text, its inputs, and which of them are trained.

    It has no layers, hence no weights to send a gradient around, and no other set to test it on.
    """

    layers: ClassVar[tuple[Layer, ...]] = ()
    backward: ClassVar[None] = None
    early_stopping: ClassVar[None] = None

    spec: ExpressionSpec

    @classmethod
    def from_dict(cls, given: Any) -> ExpressionConfig:
        """The configuration from its JSON form, defaults filled in.

        Raises: ConfigError with the path of what is wrong.
        """
        together = Together()
        plain = together.attempt(lambda: parse_plain(COMMON_OPTIONS, _OWN, given, "the run of an expression"))
        spec = together.attempt(lambda: _parse_spec(given))
        update = together.attempt(lambda: parse_update(given))
        together.settle()
        return cls(spec=spec, update=update, **plain).with_edits(given.get("edits", []))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, normalized."""
        return {
            "seed": self.seed,
            "dtype": self.dtype,
            **self.spec.to_dict(),
            **self.update.to_dict(),
            "edits": [edit.to_dict() for edit in self.edits],
        }


def _parse_spec(given: Mapping[str, Any]) -> ExpressionSpec:
    if "inputs" not in given:
        raise ConfigError('inputs is missing, for example {"a": 2}', "inputs")
    return parse_expression(given["expression"], given["inputs"], given.get("train"))
