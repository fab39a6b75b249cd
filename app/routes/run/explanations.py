"""Where a number came from, and whether it is right."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.convert.explain import (
    LARGEST,
    STEP,
    Asked,
    Derivation,
    GradientCheck,
    Paths,
    SampleShares,
    Stage,
    UpdateTable,
    Variants,
    derivation_answer,
    gradient_check_answer,
    paths_answer,
    shares_answer,
    stage_answer,
    updates_answer,
    variants_answer,
)
from app.http.problems import Problem
from app.routes.dependencies import Iteration, Reply
from app.routes.openapi_parts import WHOLE, within
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}/iterations/{t}", tags=["explanations"])

ShareOf = Annotated[
    int | None,
    Query(description="Position in the batch, whose share of a parameter's gradient to derive.", **within(0)),
]
IndexText = Annotated[
    str,
    Query(
        description="The cell, like `1,2`; empty for a scalar.",
        max_length=100,
        json_schema_extra={"pattern": "^([0-9]{1,9}(,[0-9]{1,9})*)?$"},
    ),
]


@router.get("/derivation", response_model=schema(Derivation), summary="How a cell came about")
async def get_derivation(
    reply: Reply,
    t: Iteration,
    value: Annotated[str, Query(description="Name of a value.", examples=["dense2.weight.grad"], max_length=200)],
    index: IndexText = "",
    sample: ShareOf = None,
    limit: Annotated[int, Query(description="How many terms to list; the rest is one.", ge=1, le=LARGEST)] = LARGEST,
    form: Annotated[
        Literal["full", "short"], Query(description="Of a cell with a shorter form: by which; else both are the same.")
    ] = "full",
    check: Annotated[bool, Query(description="Compare a gradient with a central difference.")] = False,
) -> Response:
    """Terms and their factors, whose products sum to the cell, largest first; the same in words; the cells that use it.

    With `sample`, of a parameter's gradient: that sample's share of it, which over all samples sums to the gradient.
    With `form=short` few terms in place of a long sum: through softmax `a (g - Σ a g)`, of what is normalized the three
    ways back, named `direct`, `through_mean` and `through_variance`.
    """
    asked = Asked(value, index_of(index), sample, limit, form, check)
    return await reply(lambda run, ticket: derivation_answer(run, t, asked, ticket))


@router.get("/shares", response_model=schema(SampleShares), summary="What each sample brings to a gradient")
async def get_shares(
    reply: Reply,
    t: Iteration,
    value: Annotated[str, Query(description="Name of a gradient.", examples=["dense2.z.grad"], max_length=200)],
    index: IndexText = "",
    limit: Annotated[int, Query(description="How many samples to list; the rest is one.", ge=1, le=LARGEST)] = LARGEST,
) -> Response:
    """The gradient of a unit, or of a cell of a parameter, as the sum over the samples of the batch, largest first.

    `index` is the cell of a parameter's gradient; of a unit's, its place in a sample: `value=dense2.z.grad&index=1`.
    """
    at = index_of(index)
    return await reply(lambda run, ticket: shares_answer(run, t, value, at, limit, ticket))


@router.get("/paths", response_model=schema(Paths), summary="Every path from a parameter to the loss")
async def get_paths(
    reply: Reply,
    t: Iteration,
    parameter: Annotated[str, Query(description="Name of a parameter.", examples=["dense1.weight"], max_length=200)],
    index: IndexText,
    sample: Annotated[int, Query(description="Position in the batch.", **within(0))] = 0,
) -> Response:
    """Factors and products of the largest paths, the rest as one, and the sum: that sample's share of the gradient."""
    at = index_of(index)
    return await reply(lambda run, ticket: paths_answer(run, t, parameter, at, sample, ticket))


@router.get(
    "/gradient-check", response_model=schema(GradientCheck), summary="All gradients against central differences"
)
async def check_gradients(reply: Reply, t: Iteration) -> Response:
    """Per parameter the largest difference; cells at a kink are named, not counted."""
    return await reply(lambda run, ticket: gradient_check_answer(run, t, ticket))


@router.get(
    "/variants", response_model=schema(Variants), summary="Variants of backpropagation beside the true gradient"
)
async def get_variants(reply: Reply, t: Iteration) -> Response:
    """Angle, ratio of norms and passes of each, also of those that the run does not train with."""
    return await reply(lambda run, ticket: variants_answer(run, t, ticket))


@router.get("/stage", response_model=schema(Stage), summary="One layer from near")
async def get_stage(
    reply: Reply,
    t: Iteration,
    layer: Annotated[str, Query(description="Name of a layer.", examples=["dense1"], max_length=100)],
    sample: Annotated[int, Query(description="Position in the batch.", **within(0))] = 0,
    value: Annotated[str, Query(description="Name of the selected value, if one is.", max_length=200)] = "",
    index: IndexText = "",
) -> Response:
    """The numbers of the layer's picture in one sample, and the sums over them: about the cell that is selected, if it
    is of this layer, else about the one that tells most."""
    at = index_of(index)
    return await reply(lambda run, ticket: stage_answer(run, t, layer, sample, value, at, ticket))


@router.get("/updates", response_model=schema(UpdateTable), summary="The update of every trained number, in a table")
async def get_updates(
    reply: Reply,
    t: Iteration,
    sort: Annotated[str, Query(description="A column, by whose size the rows stand.", max_length=100)] = STEP,
    descending: Annotated[bool, Query(description="The largest first.")] = True,
    part: Annotated[str, Query(description="Only parameters whose names contain this.", max_length=100)] = "",
    offset: Annotated[int, Query(description="How many rows to pass over.", ge=0, **WHOLE)] = 0,
    limit: Annotated[int, Query(description="How many rows to list.", ge=1, le=500)] = 100,
    parameter: Annotated[str, Query(description="Of a cell whose row is wanted too.", max_length=200)] = "",
    index: IndexText = "",
) -> Response:
    """Gradient, penalties, clipping, memory, step and ratio of each, sorted by the size of any of them.

    With `parameter` and `index`, also that cell's row, and in a sentence its step beside that of its gradient alone.
    """
    at = index_of(index)
    cell = (parameter, at) if parameter else None
    return await reply(lambda run, ticket: updates_answer(run, t, sort, descending, part, offset, limit, cell, ticket))


def index_of(text: str) -> tuple[int, ...]:
    """A cell's position from `1,2`; nothing is a scalar's.

    Raises: Problem if it is anything else.
    """
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise Problem(422, "request", "index is whole numbers with commas, like 1,2; empty for a scalar", "query.index")
    return tuple(map(int, parts))
