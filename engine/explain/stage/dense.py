"""A dense layer from near: one unit's sum, its activation with the slope there, and what goes back to one input."""

from __future__ import annotations

import numpy as np

from engine.explain.derivation import Cell
from engine.explain.stage.place import (
    Crumb,
    Place,
    Stage,
    StagePart,
    StageSum,
    addition,
    computed,
    curve,
    largest_of,
    named_position,
)
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.model.activations import slope
from engine.ops.core.op import Array, Index


def dense(place: Place) -> Stage:
    """The unit's products w · x and their sum z, a = f(z); δ = ∂L/∂a · f'(z), and what δ gives to weight and input.

    Formula: z_j = Σ_k w_jk x_k + b_j; δ_j = ∂L/∂a_j f'(z_j); ∂L/∂w_jk = Σ_n δ_nj x_nk; ∂L/∂x_k = Σ_j δ_j w_jk
    """
    source, weight, z = place.inputs[0], place.parameter("weight"), place.own("z")
    position = _position(place)
    at: Index = (place.sample, *position)
    unit, of_input = _focus(place, position)
    is_weight = place.chosen("weight") is not None
    of_weight = Cell(gradient_name(weight) if place.has(gradient_name(weight)) else weight, (unit, of_input))
    of_unit = Cell(gradient_name(z) if place.has(gradient_name(z)) else z, (*at, unit))
    crumbs = [Crumb(place.title)]
    crumbs += [Crumb(f"position {named_position(place, source, position[0])}")] if position else []
    crumbs += [Crumb(f"unit {unit + 1}", of_unit)]
    crumbs += [Crumb(f"input {of_input + 1}", of_weight)] if is_weight else []
    return Stage(
        place.layer,
        "dense",
        place.title,
        place.sample,
        {"unit": unit, "input": of_input, "position": position[0] if position else 0},
        of_weight if is_weight else of_unit,
        tuple(crumbs),
        (
            *place.part("x", source, (*at, None)),
            *place.whole("weight", weight),
            *place.whole("weight.grad", gradient_name(weight)),
            *place.whole("bias", place.parameter("bias")),
            *place.part("z", z, (*at, None)),
            *place.part("a", place.output, (*at, None)),
            *place.part("a.grad", gradient_name(place.output), (*at, None)),
            *place.part("delta", gradient_name(z), (*at, None)),
            *place.part("x.grad", place.handed_back(source), (*at, None)),
            *_slopes(place, at),
            *_shares(place, at, unit),
            *curve(place, float(place.array(z)[(*at, unit)])),
        ),
        _sums(place, at, unit, of_input),
        says=_says(place, at, unit),
    )


def _position(place: Place) -> Index:
    """Of a sequence the position that is looked at: the selected cell's, else that with the largest gradient."""
    z = place.own("z")
    if place.array(z).ndim == 2:
        return ()
    for found in (place.chosen("z", "a"), place.chosen_input()):
        if found is not None and len(found) == 3:
            return (found[1],)
    grad = gradient_name(z)
    return (largest_of(place.row(grad if place.has(grad) else z))[0],)


def _focus(place: Place, position: Index) -> tuple[int, int]:
    """Unit and input: the selected ones; else those of the largest product δ · x."""
    x, weight = place.row(place.inputs[0])[position], place.array(place.parameter("weight"))
    grad = place.grad("z")
    delta = place.row(grad)[position] if place.has(grad) else None
    if (found := place.chosen("weight")) is not None and len(found) == 2:
        return found[0], found[1]
    unit = place.chosen("z", "a") or place.chosen("bias")
    with np.errstate(all="ignore"):
        if unit is not None:
            return unit[-1], largest_of(weight[unit[-1]] * x)[0]
        given = place.chosen_input()
        scored = np.outer(place.row(place.own("z"))[position] if delta is None else delta, x)
        if given is not None:
            column = weight[:, given[-1]] if delta is None else weight[:, given[-1]] * delta
            return largest_of(column)[0], given[-1]
    best = largest_of(scored)
    return best[0], best[1]


def _slopes(place: Place, at: Index) -> tuple[StagePart, ...]:
    """f'(z) of every unit; nothing for an activation of whole rows."""
    z, a = place.array(place.own("z"))[at], place.array(place.output)[at]
    found = slope(place.activation, z, a)
    return () if found is None else computed("slopes", found, place.grad("z"))


def _shares(place: Place, at: Index, unit: int) -> tuple[StagePart, ...]:
    """Products w · x of the unit, and δ · x, what each of its weights gets from this sample here."""
    x = place.array(place.inputs[0])[at]
    with np.errstate(all="ignore"):
        products = computed("products", place.array(place.parameter("weight"))[unit] * x, place.own("z"))
        if not place.has(place.grad("z")):
            return products
        of_weights = place.array(place.grad("z"))[(*at, unit)] * x
    return (*products, *computed("shares", of_weights, place.grad("weight")))


def _sums(place: Place, at: Index, unit: int, of_input: int) -> tuple[StageSum, ...]:
    x, weight, z = place.array(place.inputs[0]), place.array(place.parameter("weight")), place.own("z")
    found = [addition("z", (weight[unit], x[at]), ("the weight is 0", "the input is 0"), z)]
    name = gradient_name(z)
    if not place.has(name):
        return tuple(found)
    delta = place.array(name)
    factors = (delta[..., unit], x[..., of_input])
    found.append(addition("weight", factors, ("δ is 0", "the input is 0"), place.grad("weight")))
    if handed := place.handed_back(place.inputs[0]):
        column: tuple[Array, ...] = (delta[at], weight[:, of_input])
        found.append(addition("back", column, ("δ is 0", "the weight is 0"), handed))
    return tuple(found)


def _says(place: Place, at: Index, unit: int) -> dict[str, str]:
    z, a = float(place.array(place.own("z"))[(*at, unit)]), float(place.array(place.output)[(*at, unit)])
    title = place.activation.op.title
    said = (
        f"z = {number(z)}"
        if place.activation.type == "identity"
        else f"z = {number(z)}, and {title} makes {number(a)} of it"
    )
    forward = f"Unit {unit + 1} adds up its weights times its inputs, and its bias: {said}."
    found = slope(place.activation, place.array(place.own("z"))[at], place.array(place.output)[at])
    incoming, delta = gradient_name(place.output), place.grad("z")
    if found is None or not (place.has(incoming) and place.has(delta)):
        return {"forward": forward}
    here, came, goes = float(found[unit]), *(float(place.array(n)[(*at, unit)]) for n in (incoming, delta))
    if place.activation.type == "identity":
        return {
            "forward": forward,
            "backward": f"No activation is in the way: all of the gradient {number(came)} passes.",
        }
    if here == 0:
        return {
            "forward": forward,
            "backward": f"{title} is flat at z = {number(z)}: its slope is 0, so nothing of {number(came)} passes.",
        }
    return {
        "forward": forward,
        "backward": (
            f"The gradient {number(came)} comes in; {title} has slope {number(here)} at z = {number(z)}, so "
            f"δ = {number(goes)} goes on."
        ),
    }
