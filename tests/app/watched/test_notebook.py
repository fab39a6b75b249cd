"""How runs and places show themselves in a notebook."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser

import numpy as np
import pytest

from backscope import Backscope, BackscopeError, Run
from backscope.pictures import curve
from tests.app.conftest import CIRCLE, DIVERGING, EXPRESSION


@pytest.fixture(scope="module")
def server(address: str) -> Iterator[Backscope]:
    with Backscope(address) as client:
        yield client


@pytest.fixture(scope="module")
def run(server: Backscope) -> Run:
    return server.run(CIRCLE)


class Balanced(HTMLParser):
    """What is open at the end, and what would be fetched from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.fetched += [name for name, _ in attrs if name == "src"] + [tag] * (tag in ("script", "link"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("config", [CIRCLE, DIVERGING, EXPRESSION], ids=["circle", "diverging", "expression"])
def test_a_run_is_a_picture_that_needs_nothing_else(server: Backscope, config: dict[str, object]) -> None:
    made = server.run(config)
    page = Balanced(made._repr_html_())
    assert (page.open, page.fetched, made.info["title"] in made._repr_html_()) == ([], [], True)


def test_a_place_shows_its_number_its_terms_and_the_network_around_it(run: Run) -> None:
    place = run.place(3, "dense2.weight.grad", (0, 1))
    page, expected = place._repr_html_(), run.trace(3)["dense2.weight.grad"][0, 1]
    drawn = len(re.findall(r"<line ", page)), len(re.findall(r"<circle ", page))
    assert (f"{expected:.6g}" in page, drawn, Balanced(page).open) == (True, (3 * 2 + 3, 2 + 3 + 1), [])
    assert repr(place) == f"<dense2.weight.grad[0, 1] of circle 2-3-1 at 3: {expected:.6g}>"


def test_a_place_of_a_formula_has_no_network_and_says_its_number(server: Backscope) -> None:
    page = server.run(EXPRESSION).place(0, "a.grad")._repr_html_()
    assert ("<svg" in page, "a.grad" in page, Balanced(page).open) == (False, True, [])


def test_a_loss_with_gaps_is_drawn_in_pieces() -> None:
    drawn = curve(np.array([1.0, 2.0, np.nan, 4.0, np.inf, 5.0, 6.0]))
    assert (drawn.count("<polyline"), "6" in drawn) == (3, True)
    assert curve(np.array([np.nan])) == "<p>No number of this loss is finite.</p>"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_widget_moves_to_another_iteration_and_weight_and_says_what_is_refused(run: Run) -> None:
    pytest.importorskip("anywidget", reason="the extra `notebook` is not installed")
    widget = run.widget(3, "dense2.weight.grad", (0, 1))
    first = widget.picture
    widget.iteration = 4
    assert f"{run.trace(4)['dense2.weight.grad'][0, 1]:.6g}" in widget.picture
    assert first != widget.picture
    widget.value, widget.index = "dense1.weight.grad", [2, 1]
    assert f"{run.trace(4)['dense1.weight.grad'][2, 1]:.6g}" in widget.picture
    widget.index = [9, 9]
    assert widget.refused != ""


def test_a_server_of_its_own_starts_answers_and_ends() -> None:
    with Backscope.local([sys.executable, "-m", "app"]) as own:
        assert own.health()["status"] == "ok"
    with pytest.raises(BackscopeError, match="pip install"):
        Backscope.local(["no-such-command"])
