"""Text to HTML that holds nothing but text: numbers are filled in, words light up values, formulas stay as LaTeX.

`{{measure | digits}}` is a number, `[words](light:dense1.z.grad)` lights a value, `[words](lesson:losses)` leads to a
lesson. All else that could act is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_FILL = re.compile(r"\{\{((?:[^{}]|\{[^{}]*\})+)\}\}")
_DECIMAL = re.compile(r"\d[.,]\d|\d\s*%")
_MATH = re.compile(r"\$[^$]+\$|`[^`]+`")
LIGHT, LESSON = "light:", "lesson:"
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e6  # outside of which a number has a power of ten
_PLAIN = "p ul ol li em strong code pre br sup sub h3 table thead tbody tr th td blockquote"
_ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in _PLAIN.split()},
    "span": {"class", "title"},
    "div": {"class"},
    "a": {"href"},
    "button": {"class", "type", "data-value", "data-index", "title"},
}


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands for a placeholder: its text, the value that it is read from, and how it is computed."""

    text: str
    title: str
    value: str = ""
    index: str = ""


Fill = Callable[[str], Filled]


def to_html(text: str, fill: Fill) -> str:
    """The text as HTML, with every placeholder filled."""
    import nh3  # imported here: a server that is only asked for numbers need not wait for it

    rendered = _parser().render(text, {"fill": fill})
    return nh3.clean(
        rendered,
        tags=set(_ALLOWED),
        attributes={tag: set(names) for tag, names in _ALLOWED.items()},
        link_rel=None,
        url_schemes={"https", "http"},
    ).strip()


def bare_numbers(text: str) -> list[str]:
    """Decimals and shares of a text that no placeholder gives: nothing computes them, so nothing keeps them true."""
    plain = _MATH.sub("", _FILL.sub("", text))
    return [plain[max(0, found.start() - 20) : found.end() + 20] for found in _DECIMAL.finditer(plain)]


def placeholders(text: str) -> list[str]:
    """What is to be filled in a text."""
    return [found.strip() for found in _FILL.findall(text)]


def lights(text: str) -> list[str]:
    """The names that words of a text light up."""
    return re.findall(r"\]\(light:([^)]+)\)", text)


def number_html(value: float, digits: int = 3) -> str:
    """A number with so many significant digits; powers of ten where it is very small or large."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    small = abs(value) < SMALLEST_PLAIN
    mantissa, _, exponent = (f"{value:.{digits - 1}e}" if small else f"{value:#.{digits}g}").partition("e")
    if exponent and SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN:
        mantissa, exponent = f"{value:.0f}", ""
    power = f"·10<sup>{int(exponent)}</sup>" if exponent else ""
    return f"{mantissa.removesuffix('.')}{power}".replace("-", "−")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, double_inline=True)
    parser.inline.ruler.before("escape", "fill", _read_fill)
    parser.add_render_rule("fill", _render_fill)
    parser.add_render_rule("link_open", _render_open)
    parser.add_render_rule("link_close", _render_close)
    return parser


def _read_fill(state: StateInline, silent: bool) -> bool:
    found = _FILL.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("fill", "", 0).content = found[1].strip()
    state.pos = found.end()
    return True


def _render_fill(_: Any, tokens: Sequence[Token], at: int, options: Any, env: Mapping[str, Any]) -> str:
    filled: Filled = env["fill"](tokens[at].content)
    title = f'title="{escape(filled.title)}"'
    if not filled.value:
        return f'<span class="fill number" {title}>{filled.text}</span>'
    cell = f'data-value="{escape(filled.value)}" data-index="{escape(filled.index)}"'
    return f'<button type="button" class="fill number" {cell} {title}>{filled.text}</button>'


def _render_open(_: Any, tokens: Sequence[Token], at: int, options: Any, env: Mapping[str, Any]) -> str:
    href = str(tokens[at].attrGet("href") or "")
    if href.startswith(LIGHT):
        value, _, index = href.removeprefix(LIGHT).rstrip("]").partition("[")
        cell = f'data-value="{escape(value)}" data-index="{escape(index)}"'
        return f'<button type="button" class="light" {cell}>'
    return f'<a href="{escape(_address(href))}">'


def _address(href: str) -> str:
    """A lesson as seen from a lesson, or from the drill: both stand one folder below where addresses begin."""
    return f"../learn/{href.removeprefix(LESSON)}" if href.startswith(LESSON) else href


def _render_close(_: Any, tokens: Sequence[Token], at: int, options: Any, env: Mapping[str, Any]) -> str:
    """As its beginning: links do not stand inside each other."""
    begun = next(token for token in reversed(tokens[:at]) if token.type == "link_open")
    return "</button>" if str(begun.attrGet("href") or "").startswith(LIGHT) else "</a>"
