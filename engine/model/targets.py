"""Raw targets, labels or numbers, made into what the loss compares the outputs with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from engine.data import DataSpec
from engine.foundation.errors import ConfigError
from engine.model.activations import ACTIVATIONS, ActivationSpec
from engine.model.losses import BINARY_LOGITS, LOG_PROBABILITIES, MARGINS, OF_COUNTS, OF_NUMBERS, LossSpec, coding
from engine.ops.core.op import Array

SUM_TOLERANCE = 1e-6
EXACT = 2.0**53  # from here on a float64 does not tell a whole number from the next
INDEXED = ("cross_entropy", "nll", "multi_margin")


def as_meant(
    data: DataSpec, loss: LossSpec, activation: ActivationSpec, units: int, positions: int | None = None
) -> DataSpec:
    """Inline targets read as this loss and last layer mean them; a named set says by itself what its targets are.

    Whole numbers beside one unit and a loss of numbers are what the output is compared with, as they stand, unless
    the classes have names. Rows that are one-hot, and what a loss of classes compares with, stand for classes. Rows
    as long as the model's outputs have positions are a target for each.

    Args:    loss; activation, units: of the last layer; positions: of its outputs, if they are sequences.
    Returns: the specification, the same if it was read so already.
    """
    if data.inline is None:
        return data
    if not data.inline.labelled:
        if positions == data.inline.targets.shape[1]:
            column = data.inline.targets.reshape(-1, 1)
            return replace(data, classes=_classes_of_rows(column, loss, units), positions=positions)
        return replace(data, classes=_classes_of_rows(data.inline.targets, loss, units))
    plain = loss.type in (*OF_NUMBERS, *OF_COUNTS) and units == 1 and not data.inline.named
    coded = data.inline.targets.max() < 2 and coding(loss, activation) == (0.0, 1.0)
    return replace(data, inline=data.inline.as_numbers()) if plain and not coded else data


def _classes_of_rows(rows: Array, loss: LossSpec, units: int) -> int:
    columns, binary = rows.shape[1], bool(np.isin(rows, (0.0, 1.0)).all())
    if columns > 1:
        one_hot = binary and bool((rows.sum(axis=1) == 1).all())
        return columns if one_hot or loss.type in ("cross_entropy", "kl_div") else 0
    if loss.type in INDEXED:
        return units
    return 2 if binary and loss.type in ("bce", *BINARY_LOGITS) else 0


@dataclass(frozen=True, slots=True)
class _Output:
    """What the targets are for: the last layer and the loss."""

    classes: int
    units: int
    loss: LossSpec
    activation: ActivationSpec
    path: str
    layer: str
    rows: Array

    def error(self, message: str) -> ConfigError:
        return ConfigError(message, self.path)

    @property
    def width(self) -> str:
        return f"{self.layer} has {_count(self.units, 'unit')}"


def encode(
    raw: Array,
    *,
    classes: int,
    units: int,
    loss: LossSpec,
    activation: ActivationSpec,
    path: str = "data.targets",
    layer: str = "the last layer",
    rows: Array | None = None,
) -> Array:
    """The targets as the loss takes them.

    Args:    raw: integer labels (N,), or numbers (N,) or (N, K); classes: how many, 0 for a regression;
             units, activation, layer: of the last layer, and its name for messages; path: of the targets;
             rows: the number by which a message calls each row, if not its place.
    Returns: int64 (N,) class indices for nll and for cross_entropy of labels, else float64 (N, units).
    Raises:  ConfigError if the loss does not admit such targets or outputs, saying what would do.
    """
    output = _Output(classes, units, loss, activation, path, layer, np.arange(len(raw)) if rows is None else rows)
    _check_outputs(output)
    if np.issubdtype(raw.dtype, np.integer) and raw.ndim == 1:
        return _of_labels(raw, output)
    numbers = raw.astype(np.float64)
    return _of_numbers(numbers[:, None] if numbers.ndim == 1 else numbers, output)


def _check_outputs(output: _Output) -> None:
    for check in (_check_range, _check_several, _check_weights):
        check(output)


def _check_range(output: _Output) -> None:
    loss, name = output.loss.type, output.activation.type
    kind = ACTIVATIONS[name]
    if loss == "bce" and not (kind.minimum >= 0 and kind.maximum <= 1):
        raise ConfigError(
            f"bce takes probabilities, and {name} gives numbers outside 0 to 1; "
            f"give {output.layer} the activation sigmoid, or use the loss bce_with_logits",
            "loss",
        )
    if loss in LOG_PROBABILITIES and name != "log_softmax":
        raise ConfigError(
            f"{loss} takes log-probabilities, and {name} gives none; "
            f"give {output.layer} the activation log_softmax, or use the loss cross_entropy",
            "loss",
        )


def _check_several(output: _Output) -> None:
    loss = output.loss.type
    if output.units == 1 and (loss in INDEXED or loss in LOG_PROBABILITIES):
        raise ConfigError(
            f"{loss} needs one unit per class, and {output.width}; give it more, or use bce_with_logits",
            "loss",
        )


def _check_weights(output: _Output) -> None:
    for name in ("weight", "pos_weight"):
        given = output.loss.settings.get(name)
        if given is not None and len(given) != output.units:
            raise ConfigError(
                f"{name} has {_count(len(given), 'number')}, and {output.width}; give one number per unit",
                f"loss.{name}",
            )


# --- labels ------------------------------------------------------------------------------------------


def _of_labels(labels: Array, output: _Output) -> Array:
    if output.loss.type in INDEXED:
        return _indices(labels, output.units, output)
    if output.units == 1 and output.classes <= 2:
        return np.array(coding(output.loss, output.activation))[_indices(labels, 2, output), None]
    if output.units == output.classes:
        off, on = coding(output.loss, output.activation) if output.loss.type in MARGINS else (0.0, 1.0)
        return np.where(np.eye(output.units, dtype=bool), on, off)[_indices(labels, output.units, output)]
    raise output.error(
        f"{output.loss.type} takes {output.classes} classes as {_units_for(output.classes)}, "
        f"and {output.width}; for numbers that are no classes give each target as a row, like [[3], [5]]"
    )


def _units_for(classes: int) -> str:
    return "1 or 2 units" if classes == 2 else _count(classes, "unit")


def _indices(labels: Array, limit: int, output: _Output) -> Array:
    for row in np.flatnonzero((labels < 0) | (labels >= limit))[:1]:
        given = f"class index {labels[row]} at row {output.rows[row]}"
        raise output.error(f"{given}; {output.width}, so classes are 0 to {limit - 1}")
    return labels.astype(np.int64)


# --- numbers -----------------------------------------------------------------------------------------


def _of_numbers(numbers: Array, output: _Output) -> Array:
    if output.loss.type in INDEXED and numbers.shape[1] == 1:
        return _indices(_whole(numbers[:, 0], output), output.units, output)
    if output.loss.type == "multi_margin":
        raise output.error(f"multi_margin takes one class index per row; given {_count(numbers.shape[1], 'column')}")
    if output.loss.type == "nll":
        raise output.error(
            f"nll takes one class index per row; given {_count(numbers.shape[1], 'column')}; "
            "for probabilities use the loss kl_div"
        )
    _check_columns(numbers, output)
    return _CHECKS.get(output.loss.type, _any)(numbers, output)


def _whole(column: Array, output: _Output) -> Array:
    for row in np.flatnonzero((column != np.floor(column)) | (np.abs(column) >= EXACT))[:1]:
        rows = "" if output.loss.type in ("nll", "multi_margin") else f" or {output.units} probabilities"
        allowed = f"{output.loss.type} takes a class index{rows} per row"
        raise output.error(f"{allowed}; row {output.rows[row]} is {column[row]:g}")
    return column.astype(np.int64)


def _check_columns(numbers: Array, output: _Output) -> None:
    if numbers.shape[1] != output.units:
        raise output.error(f"target has {_count(numbers.shape[1], 'column')}, {output.width}")


def _any(numbers: Array, output: _Output) -> Array:
    return numbers


def _between_0_and_1(numbers: Array, output: _Output) -> Array:
    for row, column in np.argwhere((numbers < 0) | (numbers > 1))[:1]:
        found = f"{numbers[row, column]:g} at row {output.rows[row]}, column {column}"
        raise output.error(f"{output.loss.type} takes targets from 0 to 1; given {found}")
    return numbers


def _counts(numbers: Array, output: _Output) -> Array:
    for row, column in np.argwhere(numbers < 0)[:1]:
        found = f"{numbers[row, column]:g} at row {output.rows[row]}, column {column}"
        raise output.error(f"{output.loss.type} takes counts, which are at least 0; given {found}")
    return numbers


def _distribution(numbers: Array, output: _Output) -> Array:
    for row in np.flatnonzero((numbers < 0).any(axis=1) | (abs(numbers.sum(axis=1) - 1) > SUM_TOLERANCE))[:1]:
        shown = ", ".join(f"{p:g}" for p in numbers[row])
        raise output.error(
            f"{output.loss.type} takes probabilities that sum to 1 in each row; row {output.rows[row]} is {shown}"
        )
    return numbers


def _one_of(*allowed: float) -> Callable[[Array, _Output], Array]:
    words = " or ".join(f"{number:g}" for number in allowed)

    def check(numbers: Array, output: _Output) -> Array:
        for row, column in np.argwhere(~np.isin(numbers, allowed))[:1]:
            found = f"{numbers[row, column]:g} at row {output.rows[row]}, column {column}"
            raise output.error(f"{output.loss.type} takes targets that are {words}; given {found}")
        return numbers

    return check


_CHECKS: dict[str, Callable[[Array, _Output], Array]] = {
    **dict.fromkeys(OF_COUNTS, _counts),
    "cross_entropy": _distribution,
    "bce": _between_0_and_1,
    "bce_with_logits": _between_0_and_1,
    "kl_div": _distribution,
    "hinge": _one_of(-1, 1),
    "squared_hinge": _one_of(-1, 1),
    "focal": _one_of(0, 1),
}


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
