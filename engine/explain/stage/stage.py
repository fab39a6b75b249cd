"""Which picture a layer has, and its numbers: the one entrance of this room."""

from __future__ import annotations

from collections.abc import Callable

from engine.explain.derivation import Cell, check_sample, locate
from engine.explain.stage.attention import attention
from engine.explain.stage.dense import dense
from engine.explain.stage.norm import norm
from engine.explain.stage.place import Place, Stage, check_layer
from engine.explain.stage.plain import dropout, embedding, join, plain
from engine.explain.stage.pooling import pooling
from engine.explain.stage.recurrent import recurrent
from engine.explain.stage.windows import convolution
from engine.model.layers import LAYERS
from engine.model.layers.base import Picture
from engine.ops import OPS
from engine.run.run import Run
from engine.run.trace import Trace


def stage(run: Run, traced: Trace, layer: str, sample: int, cell: Cell | None = None) -> Stage:
    """A layer's picture in one sample: parts of the iteration's values, and sums over them.

    Args:    cell: what is selected: if it is of this layer, the picture is about it; else about what tells most.
    Raises:  RangeError for a layer, a sample or a cell that there is none of; UnknownValueError; NoDataError.
    """
    run.fitting  # noqa: B018 - an expression has no layers: it says so
    check_layer(run, layer)
    check_sample(traced, sample)
    if cell is not None:
        locate(traced, cell.value, cell.index)
    place = Place(run, traced, layer, sample, cell)
    return _drawn_by(place)(place)


def _drawn_by(place: Place) -> Callable[[Place], Stage]:
    found = (draw for draws, draw in _PICTURES if draws(place))
    return next(found, plain)


def _picture(place: Place) -> Picture:
    return LAYERS[place.run.config.layers[place.run.names.index(place.layer)].type].picture


def _first(place: Place) -> str:
    """The op of the layer's first step."""
    return place.steps("forward")[0].op


def _of_images(place: Place) -> bool:
    return place.array(place.inputs[0]).ndim == 4


def _is_affine(place: Place) -> bool:
    op = OPS.get(_first(place))
    return op is not None and op.affine


_PICTURES: tuple[tuple[Callable[[Place], object], Callable[[Place], Stage]], ...] = (
    (lambda place: _picture(place).norm and place.has(place.own("factor")), norm),
    (lambda place: _picture(place).moments, recurrent),
    (lambda place: _picture(place).sign, join),
    (lambda place: _picture(place).table == "tokens", embedding),
    (lambda place: place.has(place.own("mask")), dropout),
    (lambda place: place.has(place.own("scores")), attention),
    (lambda place: _of_images(place) and _picture(place).pools, pooling),
    (lambda place: _of_images(place) and _first(place) in ("conv2d", "conv2d_without_bias"), convolution),
    (_is_affine, dense),
)
