"""Attention from near: which keys a query looks at, what each score is the sum of, and which way it is to move."""

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
    largest_of,
    named_position,
    tokens_of,
)
from engine.foundation.numbers import number
from engine.ops.core.op import Index


def attention(place: Place) -> Stage:
    """Weights, scores and their gradients of all heads; of one of them the score's sum.

    A score's gradient has a short form: its weight times how far ∂L/∂α lies above the row's average.

    Formula: ∂L/∂s_ij = α_ij (∂L/∂α_ij − Σ_k α_ik ∂L/∂α_ik)
    """
    heads = place.array(place.own("weights")).ndim == 4
    head, query, key = focus = _focus(place, heads)
    at = (place.sample, *focus) if heads else (place.sample, query, key)
    maps = [
        part
        for name in ("weights", "scores", "weights.grad", "scores.grad")
        for part in place.part(name, place.own(name))
    ]
    source, of_key = place.inputs[0], place.inputs[-1]
    said_query, said_key = named_position(place, source, query), named_position(place, of_key, key)
    score, weight = place.own("scores"), place.own("weights")
    crumbs = (
        Crumb(place.title),
        *((Crumb(f"head {head + 1}"),) if heads and place.array(weight).shape[1] > 1 else ()),
        Crumb(f"query {said_query}", Cell(place.output, (place.sample, query, 0))),
        Crumb(f"key {said_key}", Cell(score, at)),
    )
    return Stage(
        place.layer,
        "attention",
        place.title,
        place.sample,
        {"head": head, "query": query, "key": key},
        Cell(place.grad("scores") if place.has(place.grad("scores")) else score, at),
        crumbs,
        (*maps, *_row(place, at), *(_product(place, focus) if heads else ())),
        _sums(place, focus) if heads else (),
        {
            "heads": place.array(weight).shape[1] if heads else 1,
            "causal": int(_is_causal(place)),
            "self": int(source == of_key),
        },
        {"queries": tokens_of(place, source), "keys": tokens_of(place, of_key)},
        {"forward": _looks(place, at, source, of_key), "backward": _moves(place, at, said_query, said_key)},
    )


def _is_causal(place: Place) -> bool:
    return any(step.params.get("causal", False) for step in place.steps("forward"))


def _focus(place: Place, heads: bool) -> tuple[int, int, int]:
    """Head, query and key of the selected cell; else of the score that the loss wants moved most."""
    scores = place.array(place.own("scores"))[place.sample]
    grad = place.grad("scores")
    telling = largest_of(place.row(grad)) if place.has(grad) else largest_of(place.row(place.own("weights")))
    chosen = place.chosen("scores", "weights")
    if chosen is not None and len(chosen) == scores.ndim + 1:
        telling = chosen[1:]
    elif (of_head := place.chosen("q_heads", "k_heads", "v_heads", "attended")) is not None and len(of_head) == 4:
        telling = _of_one(place, of_head, scores.shape)
    elif (position := place.chosen("a", "merged", "q")) is not None and len(position) == 3:
        row = (telling[0], position[1]) if heads else (position[1],)
        telling = (*row, _strongest(place, row))
    return (telling[0], telling[1], telling[2]) if heads else (0, telling[0], telling[1])


def _of_one(place: Place, index: Index, shape: tuple[int, ...]) -> Index:
    """Of a cell of a query, a key or a value the score that it is most concerned with."""
    assert place.cell is not None
    key = place.traced.program.name(place.cell.value).key
    if key in ("q_heads", "attended"):
        return (index[1], index[2], _strongest(place, index[1:3]))
    weights = place.row(place.own("weights"))[index[1], :, index[2]]
    return (index[1], int(np.argmax(weights)), index[2])


def _strongest(place: Place, row: Index) -> int:
    """The key that a query looks at most."""
    return int(np.argmax(np.nan_to_num(place.row(place.own("weights"))[row])))


def _row(place: Place, at: Index) -> tuple[StagePart, ...]:
    """The average of a row's gradients, each counted by its weight: what a score's gradient is measured against."""
    grad = place.grad("weights")
    if not place.has(grad):
        return ()
    weights, gradients = place.array(place.own("weights"))[at[:-1]], place.array(grad)[at[:-1]]
    with np.errstate(all="ignore"):
        mean = float(weights @ gradients)
        above = place.array(grad)[at] - mean
    return (*computed("average", mean, grad), *computed("above", above, grad))


def _product(place: Place, focus: tuple[int, int, int]) -> tuple[StagePart, ...]:
    head, query, key = focus
    q = place.part("query", place.own("q_heads"), (place.sample, head, query, None))
    k = place.part("key", place.own("k_heads"), (place.sample, head, key, None))
    with np.errstate(all="ignore"):
        products = q[0].numbers * k[0].numbers
    root = float(np.sqrt(len(products)))
    return (
        *q,
        *k,
        *place.part("query.grad", place.grad("q_heads"), (place.sample, head, query, None)),
        *place.part("key.grad", place.grad("k_heads"), (place.sample, head, key, None)),
        *computed("products", products, *q[0].needs, *k[0].needs),
        *computed("root", root),
    )


def _sums(place: Place, focus: tuple[int, int, int]) -> tuple[StageSum, ...]:
    head, query, key = focus
    q, k = place.row(place.own("q_heads"))[head, query], place.row(place.own("k_heads"))[head, key]
    return (addition("score", (q, k), ("the query is 0", "the key is 0"), place.own("q_heads"), place.own("k_heads")),)


def _looks(place: Place, at: Index, source: str, of_key: str) -> str:
    """Which key a query looks at most."""
    row = place.array(place.own("weights"))[at[:-1]]
    if not np.isfinite(row).all():
        return ""
    best = int(np.argmax(row))
    query, key = named_position(place, source, at[-2]), named_position(place, of_key, best)
    return f"Query {query} looks most at key {key}: of its weights, which add up to 1, that one is {number(row[best])}."


def _moves(place: Place, at: Index, query: str, key: str) -> str:
    """Which way a score is to move, and why."""
    if not place.has(place.grad("scores")):
        return ""
    weight, grad, of_score = (
        float(place.array(name)[at]) for name in (place.own("weights"), place.grad("weights"), place.grad("scores"))
    )
    mean = float(place.array(place.own("weights"))[at[:-1]] @ place.array(place.grad("weights"))[at[:-1]])
    if not np.isfinite((weight, grad, mean, of_score)).all():
        return ""
    if of_score == 0:
        return f"The score of query {query} for key {key} has no gradient: its weight is {number(weight)}."
    side = "below" if grad < mean else "above"
    way = "up" if of_score < 0 else "down"
    return (
        f"For key {key} ∂L/∂α is {number(grad)}, {side} the row's average of {number(mean)}: "
        f"a little {'more' if way == 'up' else 'less'} weight of query {query} on it lowers the loss, so its score "
        f"should go {way}."
    )
