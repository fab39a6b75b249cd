"""Interview cards: the list, each with its worked answer, and how an answer does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.convert.learn.cards import CardEntry, CardGrade, FilledCard, card_entry, filled_card, grade_card
from app.http.problems import Problem
from app.http.request_body import json_body
from app.http.responses import fixed, known_tag, plain
from app.lessons.card import Card
from app.lessons.files import cards
from app.routes.dependencies import ServicesDep
from app.routes.openapi_parts import body
from app.runs.workers import Ticket
from app.wire.schema import on_the_wire, schema

router = APIRouter(prefix="/api/practice/cards", tags=["lessons"])

Name = Annotated[
    str, Path(description="Name of a card, as the list has it.", max_length=64, examples=["what_is_a_gradient"])
]
ANSWER = body(
    {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}, {"answer": "0.25"}
)


@router.get("", response_model=on_the_wire(list[CardEntry]), summary="All interview cards")
async def get_cards(request: Request) -> Response:
    """Each with the skill that it asks for and the lesson that answers it."""
    return fixed([card_entry(card) for card in cards().values()], known_tag(request))


@router.get("/{name}", response_model=schema(FilledCard), summary="One interview card")
async def get_card(request: Request, services: ServicesDep, name: Name) -> Response:
    """The question, the worked answer with numbers of its place, and what a good answer names."""
    card = _card(name)

    def work(ticket: Ticket) -> FilledCard:
        return filled_card(card, lambda config: services.make_run(config).run, ticket)

    return fixed(await services.work(request, work), known_tag(request))


@router.post("/{name}/grade", response_model=schema(CardGrade), summary="Grade an answer", openapi_extra=ANSWER)
async def grade_answer(request: Request, services: ServicesDep, name: Name) -> Response:
    """A number as text, a choice by its position, an order by positions such as `2,0,1`."""
    card, answer = _card(name), (await json_body(request, ["answer"]))["answer"]
    if not isinstance(answer, str):
        raise Problem(422, "answer", "An answer is a text.", "answer")

    def work(ticket: Ticket) -> Any:
        return grade_card(card, answer, lambda config: services.make_run(config).run, ticket)

    grade = await services.work(request, work)
    if grade is None:
        raise Problem(422, "not-graded", "Nobody but you can grade an answer to this card.", "path.name")
    return plain(grade)


def _card(name: str) -> Card:
    """The card of a name.

    Raises: Problem where there is none.
    """
    card = cards().get(name)
    if card is None:
        raise Problem(404, "unknown-card", "There is no such card; GET /api/practice/cards lists them.", "path.name")
    return card
