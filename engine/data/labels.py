"""Labels that are no numbers: texts, and true and false. They become class indices, with the names of the classes.

The classes are in the order of their names, as scikit-learn's LabelEncoder has them, whichever comes first in the data;
a list of `class_names` gives another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.foundation.options import shown

TRUTH = ("false", "true")


def indices_of(given: Any, class_names: Any, path: str) -> tuple[Any, Any]:
    """Targets and class names; where targets are labels that are no numbers, their indices and what those are called.

    Args:   given: one label a row, or rows of one label each; class_names: as given, or None; path: of the targets.
    Raises: ConfigError naming the row whose label is of another kind, or is not among the given names.
    """
    labels = _column(given)
    if labels is None or not any(isinstance(label, (str, bool)) for label in labels):
        return given, class_names
    kind: type = bool if isinstance(labels[0], bool) else str
    for row, label in enumerate(labels):
        if not isinstance(label, kind):
            what = "true or false" if kind is bool else "a text"
            others = f"row 0 is {what}" if isinstance(labels[0], kind) else "others are texts"
            raise ConfigError(f"labels are all of one kind; {others}, row {row} is {shown(label)}", f"{path}[{row}]")
    if kind is bool:
        return [int(label) for label in labels], TRUTH if class_names is None else class_names
    names = sorted(set(labels)) if class_names is None else class_names
    return _places(labels, names, path), names


def _column(given: Any) -> list[Any] | None:
    """The labels, one a row; None if they are not such."""
    rows = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(rows, (list, tuple)) or not rows:
        return None
    if all(isinstance(row, (list, tuple)) and len(row) == 1 for row in rows):
        rows = [row[0] for row in rows]
    return [label.item() if isinstance(label, np.bool_) else label for label in rows]


def _places(labels: Sequence[str], names: Any, path: str) -> list[int]:
    place = {name: i for i, name in enumerate(names)} if isinstance(names, (list, tuple)) else {}
    for row, label in enumerate(labels):
        if label not in place:
            text = unknown(f"{shown(label)} is none of the class_names", label, map(str, place))
            raise ConfigError(text, f"{path}[{row}]")
    return [place[label] for label in labels]
