"""Data given as numbers in the configuration: checked all at once, cell by cell only to name a wrong one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from engine.data.dataset_kind import Floats, Integers
from engine.data.labels import indices_of
from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join, shown

TITLE_MAXIMUM = 200
CLASSES_MAXIMUM = 1000  # whole numbers from here on are taken as numbers, not as class indices


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows came from; written only where it is said, so that data without it keep their ids.

    title: what the data is called; target: what its target column is; rows: where each row stood, by its number in the
    file; image: channels, height and width where a row of inputs is an image; target_scale: mean and deviation by which
    targets that are numbers were moved and scaled before they came here: their own unit is target * deviation + mean.
    """

    title: str = ""
    target: str = ""
    rows: tuple[int, ...] = ()
    image: tuple[int, int, int] | None = None
    target_scale: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that say something."""
        fields = {"title": self.title, "target_name": self.target, "rows": list(self.rows)}
        fields["image"] = list(self.image or ())
        fields["target_scale"] = list(self.target_scale or ())
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class Inline:
    """Rows given inline. Bytes rather than tuples: equal and hashed in no time, also with 100,000 numbers."""

    input_bytes: bytes  # float64 (rows, columns)
    target_bytes: bytes  # int64 (rows,) for labels, else float64 (rows, K)
    rows: int
    labelled: bool
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    origin: Origin = Origin()

    @property
    def inputs(self) -> Floats:
        """The inputs (rows, columns), read-only."""
        return np.frombuffer(self.input_bytes).reshape(self.rows, -1)

    @property
    def targets(self) -> Integers | Floats:
        """Labels (rows,) or numbers (rows, K), read-only."""
        if self.labelled:
            return np.frombuffer(self.target_bytes, dtype=np.int64)
        return np.frombuffer(self.target_bytes).reshape(self.rows, -1)

    @property
    def named(self) -> bool:
        """Whether its classes have names of their own, so that its whole numbers can only be class indices."""
        return self.class_names != _counted(len(self.class_names))

    def as_numbers(self) -> Inline:
        """The same rows with class indices as one column of numbers."""
        column = np.frombuffer(self.target_bytes, dtype=np.int64).astype(np.float64)
        return replace(self, target_bytes=column.tobytes(), labelled=False, class_names=())

    def to_dict(self) -> dict[str, Any]:
        """The fields that it was parsed from, in their normal form."""
        return {
            "inputs": self.inputs.tolist(),
            "targets": self.targets.tolist(),
            "feature_names": list(self.feature_names),
            "class_names": list(self.class_names),
            **self.origin.to_dict(),
        }


def parse_inline(given: Mapping[str, Any], path: str) -> Inline:
    """Inputs, targets and names.

    A flat list of whole numbers from 0 to 999 is taken as class indices, any other as one column of numbers;
    `engine.model.targets.as_meant` then asks what the loss makes of them. Labels that are texts, or true and false,
    become class indices: see `engine.data.labels`.

    Raises: ConfigError naming the row or cell that is wrong.
    """
    inputs = _matrix(given["inputs"], join(path, "inputs"), "each input")
    labels, names = indices_of(given["targets"], given.get("class_names"), join(path, "targets"))
    targets = _targets(labels, join(path, "targets"))
    if len(targets) != len(inputs):
        raise ConfigError(
            f"every row has one target; {len(inputs)} rows of inputs, {len(targets)} of targets",
            join(path, "targets"),
        )
    return Inline(
        input_bytes=inputs.tobytes(),
        target_bytes=targets.tobytes(),
        rows=len(inputs),
        labelled=targets.ndim == 1,
        feature_names=_feature_names(given.get("feature_names"), inputs.shape[1], join(path, "feature_names")),
        class_names=_class_names(names, targets, path),
        origin=_origin(given, inputs.shape, bool(names), path),
    )


def _origin(given: Mapping[str, Any], shape: tuple[int, ...], labelled: bool, path: str) -> Origin:
    """What is said of where the rows came from.

    Raises: ConfigError naming the field that is wrong.
    """
    return Origin(
        _text(given.get("title", ""), join(path, "title")),
        _text(given.get("target_name", ""), join(path, "target_name")),
        _row_numbers(given.get("rows"), shape[0], join(path, "rows")),
        _image(given.get("image"), shape[1], join(path, "image")),
        _scale(given.get("target_scale"), labelled, join(path, "target_scale")),
    )


def _text(given: Any, path: str) -> str:
    if not isinstance(given, str) or len(given) > TITLE_MAXIMUM:
        raise ConfigError(f"this is a text of at most {TITLE_MAXIMUM} characters; given {shown(given)}", path)
    return given


def _row_numbers(given: Any, count: int, path: str) -> tuple[int, ...]:
    option = Option("rows", "integers", None, "", minimum=0)
    numbers = () if given in (None, [], ()) else tuple(option.parse(given, path))
    if numbers and len(numbers) != count:
        raise ConfigError(f"there are {count} rows of inputs; rows has {len(numbers)} numbers", path)
    return numbers


def _image(given: Any, width: int, path: str) -> tuple[int, int, int] | None:
    if given in (None, [], ()):
        return None
    sizes = tuple(Option("image", "integers", None, "", minimum=1).parse(given, path))
    if len(sizes) != 3 or math.prod(sizes) != width:
        message = f"image is channels, height and width, whose product is {width}, the inputs of a row"
        raise ConfigError(f"{message}; given {shown(given)}", path)
    return sizes


def _scale(given: Any, named: bool, path: str) -> tuple[float, float] | None:
    if given in (None, [], ()):
        return None
    if named:
        raise ConfigError("target_scale goes with targets that are numbers; these are classes with names", path)
    numbers = tuple(map(float, Option("target_scale", "vector", None, "").parse(given, path)))
    if len(numbers) != 2 or not numbers[1] > 0:
        raise ConfigError(f"target_scale is a mean and a deviation above 0; given {shown(given)}", path)
    return numbers[0], numbers[1]


def _matrix(given: Any, path: str, word: str) -> Floats:
    rows = _nonempty(given, path)
    for i, row in enumerate(rows):
        if not isinstance(row, (list, tuple)):
            raise ConfigError(f"every row is a list of numbers; row {i} is {shown(row)}", f"{path}[{i}]")
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            message = f"rows are equally long; row {i} has {_count(len(row))}, row 0 has {width}"
            raise ConfigError(message, f"{path}[{i}]")
    if width == 0:
        raise ConfigError("a row has at least one number; row 0 is empty", f"{path}[0]")
    flat = list(chain.from_iterable(rows))
    nested = next((i for i, item in enumerate(flat) if isinstance(item, (list, tuple))), None)
    if nested is not None:
        raise ConfigError(
            f"{word} is a number; given {shown(flat[nested])}. A row is flat: write all its numbers after each other, "
            "and a reshape layer makes a sequence or an image of them",
            f"{path}[{nested // width}][{nested % width}]",
        )
    return _finite(flat, word, lambda i: f"{path}[{i // width}][{i % width}]").reshape(len(rows), width)


def _count(numbers: int) -> str:
    return f"{numbers} number" if numbers == 1 else f"{numbers} numbers"


def _nonempty(given: Any, path: str) -> Sequence[Any]:
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if not isinstance(given, (list, tuple)) or not given:
        name = path.rpartition(".")[2]
        raise ConfigError(f"{name} is a list with at least one row; given {shown(given)}", path)
    return given


def _finite(flat: list[Any], word: str, place: Callable[[int], str]) -> Floats:
    """The list as float64; only when something is wrong each item is looked at, to name the one."""
    try:
        if set(map(type, flat)) <= {int, float}:  # leaves out bool, which numpy would take as 0 or 1
            array = np.array(flat, dtype=np.float64)
            if np.isfinite(array).all():
                return array + 0.0  # -0.0 becomes 0.0
    except OverflowError:
        pass  # an integer past the largest float: found again below, with its place
    option = Option(word, "number", None, "")
    return np.array([option.parse(item, place(i)) for i, item in enumerate(flat)], dtype=np.float64)


def _targets(given: Any, path: str) -> Integers | Floats:
    items = _nonempty(given, path)
    if isinstance(items[0], (list, tuple)):
        return _matrix(items, path, "each target")
    numbers = _finite(list(items), "each target", lambda i: f"{path}[{i}]")
    whole = (numbers >= 0) & (numbers < CLASSES_MAXIMUM) & (numbers == np.floor(numbers))
    return numbers.astype(np.int64) if whole.all() else numbers[:, None]


def _feature_names(given: Any, count: int, path: str) -> tuple[str, ...]:
    if given is None:
        return ("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count))
    if isinstance(given, (list, tuple)) and len(given) != count:
        raise ConfigError(f"inputs have {count} columns; feature_names has {len(given)}", path)
    return _names(given, count, path)


def _class_names(given: Any, targets: Integers | Floats, path: str) -> tuple[str, ...]:
    if targets.ndim == 2:
        if given:
            raise ConfigError(
                "class_names go with class indices 0, 1, 2, ...; these targets are other numbers",
                join(path, "class_names"),
            )
        return ()
    if given is None:
        return _counted(int(targets.max()) + 1)
    names = _names(given, CLASSES_MAXIMUM, join(path, "class_names"))
    for i in np.flatnonzero(targets >= len(names))[:1]:
        message = f"a class index is below {len(names)}, the number of class_names; given {targets[i]}"
        raise ConfigError(message, f"{join(path, 'targets')}[{i}]")
    return names


def _counted(count: int) -> tuple[str, ...]:
    return tuple(str(label) for label in range(count))


def _names(given: Any, most: int, path: str) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)):
        raise ConfigError(f"names are a list of texts; given {shown(given)}", path)
    if len(given) > most:
        raise ConfigError(f"at most {most} names; given {len(given)}", path)
    seen = set[str]()
    for i, name in enumerate(given):
        if not isinstance(name, str) or not name:
            raise ConfigError(f"a name is a text that is not empty; given {shown(name)}", f"{path}[{i}]")
        if name in seen:
            raise ConfigError(f"names are all different; {name!r} occurs again", f"{path}[{i}]")
        seen.add(name)
    return tuple(given)
