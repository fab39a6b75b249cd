"""Runs and their branches."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.convert.check import ConfigCheck, check_answer
from app.convert.program import Program, program_answer
from app.convert.runs import RunInfo, SampleRows, run_answer, sample_rows
from app.http.addresses import relative
from app.http.request_body import json_body
from app.http.responses import created, plain
from app.routes.dependencies import Reply, ServicesDep, checked_iteration
from app.routes.openapi_parts import BULK, KNOWN, bodies, body, component, within
from app.runs.limits import check_given
from app.runs.registry import Added
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs", tags=["runs"])

EXAMPLE: dict[str, Any] = {
    "seed": 0,
    "data": {"name": "circle", "samples": 200, "noise": 0.1},
    "batch_size": 10,
    "layers": [
        {"type": "dense", "units": 4, "activation": "tanh", "initializer": "xavier_uniform"},
        {"type": "dense", "units": 1, "activation": "tanh"},
    ],
    "loss": "mse",
    "optimizer": {"type": "sgd", "learning_rate": 0.03},
}

EXPRESSION: dict[str, Any] = {
    "expression": "L = (a*b + c) * tanh(d)",
    "inputs": {"a": 2, "b": -3, "c": 10, "d": 0.5},
    "train": ["a"],
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
}

EDIT = {"edits": [{"iteration": 120, "set": {"optimizer.learning_rate": 0.01}}]}


@router.post(
    "",
    status_code=201,
    response_model=schema(RunInfo),
    responses=KNOWN,
    openapi_extra=bodies(
        {"anyOf": [component("RunConfig"), component("ExpressionConfig")]},
        {"layers": ("Layers on data", EXAMPLE), "expression": ("An expression", EXPRESSION)},
    ),
    summary="Make a run",
)
async def create_run(request: Request, services: ServicesDep) -> Response:
    """Defaults are filled in and unknown fields refused. The same configuration has the same id, on any server.

    A configuration with an `expression` runs that instead of layers on data: the same steps, derivations and branches.
    What asks for data, as predictions, evaluation and pictures do, is then refused.
    Where the server keeps runs and could not write this one, the answer says `saved: false` and why; the server tries
    again when it saves the next run, or is given this one again.
    """
    given = await json_body(request)

    def work(_: object) -> Response:
        return _made(request, services.make_run(given))

    return await services.work(request, work)


@router.post(
    "/check",
    response_model=schema(ConfigCheck),
    openapi_extra=bodies(
        {"type": "object", "description": "A RunConfig or an ExpressionConfig, right or wrong."},
        {"layers": ("Layers on data", EXAMPLE), "expression": ("An expression", EXPRESSION)},
    ),
    summary="Check a configuration",
)
async def check_config(
    request: Request,
    services: ServicesDep,
    iteration: Annotated[
        int, Query(description="At which iteration `effective` holds.", **within(0, "iterations"))
    ] = 0,
) -> Response:
    """What is wrong with it, with the same places as `POST /api/runs` names, and what can be said of it all the same.

    Makes no run. A configuration that cannot be is answered as one that can: only a body that is no JSON object, or
    one past this server's size, is a problem.
    """
    t = checked_iteration(services.limits, iteration, "query.iteration")
    given = await json_body(request)
    return plain(await services.work(request, lambda ticket: check_answer(given, t, services.limits, ticket)))


@router.get("/{run_id}", response_model=schema(RunInfo), summary="A run")
async def get_run(reply: Reply) -> Response:
    """What holds at every iteration: configuration, layers, parameters, data and loss."""
    return await reply(lambda run, _: run_answer(run))


@router.post(
    "/{run_id}/branches",
    status_code=201,
    response_model=schema(RunInfo),
    responses=KNOWN,
    openapi_extra=body(component("Branch"), EDIT),
    summary="Branch a run",
)
async def create_branch(request: Request, reply: Reply) -> Response:
    """Another run: this one with more edits, sharing its past up to the first of them, number for number."""
    given = await json_body(request, ["edits"])
    runs = reply.services.runs

    def work(run: Any, _: object) -> Response:
        check_given(given, reply.limits)
        return _made(request, runs.add(run.config.with_edits(given["edits"])))

    return await reply.work(work)


def _made(request: Request, added: Added) -> Response:
    at = relative(request, f"/api/runs/{added.run.config.id}")
    return created(run_answer(added.run, added.unsaved), added.new, at)


@router.get("/{run_id}/samples", response_model=schema(SampleRows), responses=BULK, summary="The data")
async def get_samples(reply: Reply) -> Response:
    """Inputs and targets in the model's units, training rows first, in the numbering of `batch.indices`."""
    return await reply(lambda run, _: sample_rows(run))


@router.get("/{run_id}/program", response_model=schema(Program), summary="What an iteration computes")
async def get_program(
    reply: Reply,
    iteration: Annotated[
        int,
        Query(
            description="Of which iteration: the last batch of an epoch may be smaller, and an edit may add steps.",
            **within(0, "iterations"),
        ),
    ] = 0,
) -> Response:
    """Steps in order, each with its formula and the numpy line that runs; symbols of values; blocks of steps."""
    t = reply.iteration(iteration, "query.iteration")
    return await reply(lambda run, _: program_answer(run, t))
