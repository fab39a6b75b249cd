"""Exercises on a run's iteration: what is asked, the verdict on answers, hints and the solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from app.convert.practice.exercises import (
    LARGEST_SEED,
    Exercise,
    ExerciseAnswer,
    ExerciseHint,
    GradeBody,
    Graded,
    Kind,
    SkillInfo,
    Solution,
    exercise_answer,
    graded_answer,
    hint_answer,
    read_answers,
    skill_list,
    solution_answer,
)
from app.convert.practice.sheets import MOST, SHEET_BODY, SheetAsked, read_sheet, sheet_page
from app.http.addresses import origin, root_from
from app.http.request_body import json_body
from app.http.responses import fixed, known_tag, plain
from app.routes.dependencies import Iteration, Reply, Services, ServicesDep
from app.routes.openapi_parts import body
from app.wire.schema import on_the_wire, schema

router = APIRouter(tags=["practice"])
UNDER = "/api/runs/{run_id}/iterations/{t}/exercises/{kind}"


async def exercise(
    t: Iteration,
    kind: Annotated[Kind, Path(description="How it is asked.")],
    seed: Annotated[int, Query(description="Draws the question, always the same.", ge=0, le=LARGEST_SEED)] = 0,
    skill: Annotated[str, Query(description="Name of a skill; one of the seed's choice without.", max_length=40)] = "",
    friendly: Annotated[bool, Query(description="Whether all numbers are short decimals, for work by hand.")] = False,
) -> Exercise:
    """The exercise that an address names."""
    return Exercise(kind, t, seed, skill, friendly)


Asked = Annotated[Exercise, Depends(exercise)]


@router.get("/api/practice/skills", response_model=on_the_wire(list[SkillInfo]), summary="What can be practised")
async def get_skills(request: Request) -> Response:
    """Every skill with what it builds on, and a run to practise it on."""
    return fixed(skill_list(), known_tag(request))


@router.get("/api/practice/sheet", response_class=HTMLResponse, summary="Questions to print, with their key")
async def get_sheet(
    request: Request,
    services: ServicesDep,
    skills: Annotated[str, Query(description="Names of skills with commas.", max_length=800)] = "slope",
    count: Annotated[int, Query(description="How many questions.", ge=1, le=MOST)] = 6,
    seed: Annotated[int, Query(description="The same seed prints the same sheet.", ge=0, le=LARGEST_SEED - MOST)] = 0,
    friendly: Annotated[bool, Query(description="Short decimals, wherever a skill has them.")] = False,
) -> HTMLResponse:
    """A page to print: the questions, then the key with the numbers of slips, and a QR code of the same questions."""
    return await _sheet(request, services, lambda: SheetAsked(skills, count, seed, friendly))


@router.post(
    "/api/practice/sheet",
    response_class=HTMLResponse,
    openapi_extra=body(SHEET_BODY, {"skills": ["slope"], "count": 6, "seed": 0}),
    summary="The same, of a body",
)
async def make_sheet(request: Request, services: ServicesDep) -> HTMLResponse:
    """The page that `GET /api/practice/sheet` gives; the same body prints the same sheet."""
    given = await json_body(request, ["skills", "count", "seed"], ["friendly"])
    return await _sheet(request, services, lambda: read_sheet(given))


async def _sheet(request: Request, services: Services, read: Callable[[], SheetAsked]) -> HTMLResponse:
    at, root = origin(request, services.settings.root_path), root_from(request.scope)
    return HTMLResponse(await services.work(request, lambda ticket: sheet_page(read(), at, root, ticket)))


@router.get(UNDER, response_model=schema(ExerciseAnswer), summary="An exercise on an iteration")
async def get_exercise(reply: Reply, asked: Asked) -> Response:
    """What is given and what is asked; 404 with the reason where the kind has no question here."""
    return await reply(lambda run, ticket: exercise_answer(run, asked, ticket))


@router.post(
    f"{UNDER}/grade",
    response_model=schema(Graded),
    openapi_extra=body(schema(GradeBody).model_json_schema(), {"answers": {"1": "0.25"}}),
    summary="The verdict on answers",
)
async def grade_exercise(request: Request, reply: Reply, asked: Asked) -> Response:
    """Right, or what was done instead: the slip, its step and its line of code. The same body gives the same bytes."""
    given = await json_body(request, ["answers"])
    answers = read_answers(given["answers"])
    return plain((await reply.work(lambda run, ticket: graded_answer(run, asked, answers, ticket))).document)


@router.get(f"{UNDER}/hints/{{number}}", response_model=schema(ExerciseHint), summary="One hint")
async def get_hint(
    reply: Reply, asked: Asked, number: Annotated[int, Path(description="Counted from 1.", ge=1, le=200)]
) -> Response:
    """A sentence, and the formula that it speaks of."""
    return await reply(lambda run, ticket: hint_answer(run, asked, number, ticket))


@router.get(f"{UNDER}/solution", response_model=schema(Solution), summary="The worked solution")
async def get_solution(reply: Reply, asked: Asked) -> Response:
    """Every step in symbols and with its numbers, each with its place in the studio."""
    return await reply(lambda run, ticket: solution_answer(run, asked, ticket))
