"""A sheet as a page to print, with its key and a QR code of its questions in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.convert.practice.exercises import no_question
from app.http.assets import render
from app.runs.workers import Ticket
from engine.foundation.errors import ConfigError
from engine.practice.exercise import LARGEST_SEED
from engine.practice.question import TOLERANCE
from engine.practice.sheet import MOST, sheet

__all__ = ["MOST", "SheetBody", "read_sheet", "sheet_page"]

LONGEST = 800  # characters of all names together, as in an address


@dataclass(frozen=True, slots=True)
class SheetBody:
    """What is on a sheet: names of skills, how many questions, and the seed that draws them."""

    skills: list[str]
    count: int
    seed: int


def read_sheet(given: dict[str, Any]) -> tuple[str, int, int]:
    """The skills with commas, the count and the seed of a body.

    Raises: ConfigError for what is none of these.
    """
    skills, count, seed = given["skills"], given["count"], given["seed"]
    named = isinstance(skills, list) and all(isinstance(name, str) for name in skills)
    if not named or len(",".join(skills)) > LONGEST:
        raise ConfigError(f"skills is a list of names, {LONGEST} characters at the most", "skills")
    for name, number, low, high in (("count", count, 1, MOST), ("seed", seed, 0, LARGEST_SEED - MOST)):
        if type(number) is not int or not low <= number <= high:
            raise ConfigError(f"{name} is a whole number from {low} to {high}; given {str(number)[:20]}", name)
    return ",".join(skills), count, seed


def sheet_page(skills: str, count: int, seed: int, origin: str, root: str, ticket: Ticket) -> str:
    """The page of a sheet.

    Args: skills: names with commas; origin: of this server, for the link; root: the way there from the page.
    """
    names = [name for name in skills.split(",") if name]
    with no_question():
        items = sheet(names or ["slope"], count, seed, ticket)
    link = f"{origin}practice#set/{','.join(names)}/{count}/{seed}"
    page = {"items": items, "seed": seed, "link": link, "qr": _drawn(link), "tolerance": TOLERANCE}
    return render("practice_sheet.html", root=root, **page)


def _drawn(link: str) -> str:
    """The QR code of a link, as SVG without a size of its own."""
    import segno  # only a sheet needs it

    return str(segno.make(link, micro=False).svg_inline(scale=3, border=0))
