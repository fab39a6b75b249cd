"""Lessons: the list, and each with its numbers filled in; also one that a teacher has written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.convert.learn.lessons import FilledLesson, LessonEntry, entry, filled_lesson
from app.http.problems import Problem
from app.http.request_body import json_body
from app.http.responses import fixed, known_tag, plain
from app.lessons.blocks import LessonError
from app.lessons.files import lessons
from app.lessons.lesson import Lesson, parse_lesson
from app.routes.dependencies import Services, ServicesDep, checked_iteration
from app.routes.openapi_parts import body
from app.runs.workers import Ticket
from app.wire.schema import on_the_wire, schema

router = APIRouter(prefix="/api/lessons", tags=["lessons"])

OWN = "own"
LONGEST = 200_000  # characters of a lesson
EXAMPLE = """+++
title = "One step down"
[place]
preset = "chain_rule"
step = "loss"
+++
+++
title = "The loss before it"
claims = ["loss @ 1 < loss @ 0"]
+++
The loss is {{loss}}.
"""
TEXT = body({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}, {"text": EXAMPLE})


@router.get("", response_model=on_the_wire(list[LessonEntry]), summary="All lessons")
async def get_lessons(request: Request) -> Response:
    """In the order in which one builds on the other."""
    return fixed([entry(lesson) for lesson in lessons().values()], known_tag(request))


@router.get("/{name}", response_model=schema(FilledLesson), summary="One lesson, filled in")
async def get_lesson(
    request: Request,
    services: ServicesDep,
    name: Annotated[str, Path(description="Name of a lesson, as the list has it.", max_length=64, examples=["losses"])],
) -> Response:
    """Its steps: text whose numbers are computed for their places, those places, and claims that were tried."""
    lesson = lessons().get(name)
    if lesson is None:
        raise Problem(404, "unknown-lesson", "There is no such lesson; GET /api/lessons lists them.", "path.name")
    filled = await _filled(request, services, lesson)
    return fixed(filled, known_tag(request))


@router.post("", response_model=schema(FilledLesson), summary="A lesson of one's own, filled in", openapi_extra=TEXT)
async def fill_lesson(request: Request, services: ServicesDep) -> Response:
    """The same of a lesson file that is sent, as `{"text": ...}`. Nothing is kept, and nothing in it can act."""
    lesson = _own_lesson((await json_body(request, ["text"]))["text"])
    for step in lesson.steps:
        checked_iteration(services.limits, step.where.iteration, "text")
    return plain(await _filled(request, services, lesson))


def _own_lesson(text: Any) -> Lesson:
    """The lesson that somebody sends.

    Raises: Problem for a text that is none.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise Problem(422, "lesson", f"A lesson is a text of up to {LONGEST} characters.", "text")
    try:
        return parse_lesson(text, OWN)
    except LessonError as error:
        raise Problem(422, "lesson", str(error), "text", title="This is no lesson") from None


async def _filled(request: Request, services: Services, lesson: Lesson) -> FilledLesson:
    def work(ticket: Ticket) -> FilledLesson:
        return filled_lesson(lesson, lambda config: services.make_run(config).run, ticket)

    return await services.work(request, work)
