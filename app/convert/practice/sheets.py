"""A sheet as a page to print, with its key and a QR code of its questions in the browser."""

from __future__ import annotations

from app.convert.practice.exercises import no_question
from app.http.assets import render
from app.runs.workers import Ticket
from engine.practice.question import TOLERANCE
from engine.practice.sheet import MOST, sheet

__all__ = ["MOST", "sheet_page"]


def sheet_page(skills: str, count: int, seed: int, origin: str, ticket: Ticket) -> str:
    """The page of a sheet.

    Args: skills: names with commas; origin: of this server, for the link.
    """
    names = [name for name in skills.split(",") if name]
    with no_question():
        items = sheet(names or ["slope"], count, seed, ticket)
    link = f"{origin}practice#set/{','.join(names)}/{count}/{seed}"
    return render("practice_sheet.html", items=items, seed=seed, link=link, qr=_drawn(link), tolerance=TOLERANCE)


def _drawn(link: str) -> str:
    """The QR code of a link, as SVG without a size of its own."""
    import segno  # only a sheet needs it

    return str(segno.make(link, micro=False).svg_inline(scale=3, border=0))
