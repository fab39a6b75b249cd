"""A sheet as a page to print, with its key and a QR code of its questions in the browser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.convert.practice.exercises import no_question
from app.http.assets import render
from app.runs.workers import Ticket
from engine.foundation.errors import ConfigError
from engine.practice.exercise import LARGEST_SEED
from engine.practice.question import TOLERANCE
from engine.practice.sheet import MOST, sheet
from engine.practice.skills import SKILLS

__all__ = ["MOST", "SHEET_BODY", "read_sheet", "sheet_page"]

LONGEST = 800  # characters of all names together, as in an address


SHEET_BODY: dict[str, Any] = {
    "type": "object",
    "description": "What is on a sheet: skills, how many questions, the seed that draws them, and whether by hand.",
    "properties": {
        "skills": {"type": "array", "items": {"enum": list(SKILLS)}},
        "count": {"type": "integer", "minimum": 1, "maximum": MOST},
        "seed": {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED - MOST},
        "friendly": {"type": "boolean", "default": False},
    },
    "required": ["skills", "count", "seed"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class SheetAsked:
    """A sheet as an address has it: names with commas."""

    skills: str
    count: int
    seed: int
    friendly: bool

    @property
    def link(self) -> str:
        """Of the same questions in the browser, from the root on."""
        return f"practice#set/{self.skills}/{self.count}/{self.seed}" + "?friendly=1" * self.friendly


def read_sheet(given: dict[str, Any]) -> SheetAsked:
    """The sheet that a body asks for.

    Raises: ConfigError for what is none.
    """
    skills, count, seed, friendly = given["skills"], given["count"], given["seed"], given.get("friendly", False)
    named = isinstance(skills, list) and all(isinstance(name, str) for name in skills)
    if not named or len(",".join(skills)) > LONGEST:
        raise ConfigError(f"skills is a list of names, {LONGEST} characters at the most", "skills")
    for name, number, low, high in (("count", count, 1, MOST), ("seed", seed, 0, LARGEST_SEED - MOST)):
        if type(number) is not int or not low <= number <= high:
            raise ConfigError(f"{name} is a whole number from {low} to {high}; given {str(number)[:20]}", name)
    if type(friendly) is not bool:
        raise ConfigError(f"friendly is true or false; given {str(friendly)[:20]}", "friendly")
    return SheetAsked(",".join(skills), count, seed, friendly)


def sheet_page(asked: SheetAsked, origin: str, root: str, ticket: Ticket) -> str:
    """The page of a sheet.

    Args: origin: of this server, for the link; root: the way there from the page.
    """
    names = [name for name in asked.skills.split(",") if name] or ["slope"]
    with no_question():
        items = sheet(names, asked.count, asked.seed, ticket, asked.friendly)
    link = origin + replace(asked, skills=",".join(names)).link
    page = {"items": items, "seed": asked.seed, "link": link, "qr": _drawn(link), "tolerance": TOLERANCE}
    return render("practice_sheet.html", root=root, **page)


def _drawn(link: str) -> str:
    """The QR code of a link, as SVG without a size of its own."""
    import segno  # only a sheet needs it

    return str(segno.make(link, micro=False).svg_inline(scale=3, border=0))
