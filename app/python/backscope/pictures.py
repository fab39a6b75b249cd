"""Still pictures for notebooks, as HTML that needs nothing else: a run with its loss, a place with its chain rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import chain
from typing import Any

import numpy as np

WIDTH, HEIGHT, MARGIN = 560, 200, 36
MOST_UNITS = 12  # of a layer that is drawn
MOST_TERMS = 8
PLUS, MINUS, INK, PALE = "#2166ac", "#b2182b", "#1b1f24", "#8a8f96"
Array = np.ndarray[Any, np.dtype[Any]]
Cell = tuple[str, tuple[int, ...]]


def card(title: str, facts: str, body: str, link: str) -> str:
    """The frame around a picture; colours hold on light and on dark ground."""
    style = "font:13px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;border:1px solid #ccc;padding:12px 16px"
    return (
        f'<div style="{style};max-width:{WIDTH + 2 * MARGIN}px"><b>{escape(title)}</b> '
        f'<span style="color:{PALE}">{escape(facts)}</span>{body}'
        f'<div><a href="{escape(link)}" target="_blank" rel="noopener">open in the studio</a></div></div>'
    )


def curve(values: Array) -> str:
    """A loss over iterations; what is not finite leaves a gap."""
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    if not finite.any():
        return "<p>No number of this loss is finite.</p>"
    low, high = float(numbers[finite].min()), float(numbers[finite].max())
    span, steps = (high - low) or 1.0, max(1, len(numbers) - 1)
    points = [
        f"{MARGIN + WIDTH * i / steps:.1f},{10 + (HEIGHT - 30) * (1 - (v - low) / span):.1f}" if ok else ""
        for i, (v, ok) in enumerate(zip(numbers.tolist(), finite.tolist(), strict=True))
    ]
    pieces = " ".join(_line(part) for part in " ".join(p or "|" for p in points).split("|") if part.strip())
    labels = _text(0, 14, f"{high:.4g}") + _text(0, HEIGHT - 16, f"{low:.4g}")
    labels += _text(MARGIN, HEIGHT - 2, "0") + _text(MARGIN + WIDTH - 30, HEIGHT - 2, str(len(numbers) - 1))
    return _svg(HEIGHT, f"loss, {high:.4g} to {low:.4g}", pieces + labels)


def _line(points: str) -> str:
    return f'<polyline points="{points.strip()}" fill="none" stroke="{INK}" stroke-width="1.5"/>'


def network(layers: Sequence[Mapping[str, Any]], parameters: Callable[[], Mapping[str, Array]], at: Cell) -> str:
    """Dense layers one after the other, an edge a weight; the place is black. Empty where the net is no such chain.

    Args: parameters: asked for only where something is drawn of them.
    """
    sizes = _sizes(layers)
    if not sizes or max(sizes) > MOST_UNITS:
        return ""
    spots = [
        [(MARGIN + WIDTH * k / (len(sizes) - 1), HEIGHT * (i + 0.5) / size) for i in range(size)]
        for k, size in enumerate(sizes)
    ]
    weights = parameters()
    edges = "".join(_edges(layer["name"], weights, spots[k], spots[k + 1], at) for k, layer in enumerate(layers))
    return _svg(HEIGHT, "the network, an edge for each weight", edges + "".join(map(_unit, chain.from_iterable(spots))))


def _sizes(layers: Sequence[Mapping[str, Any]]) -> list[int]:
    dense = all(layer["type"] == "dense" for layer in layers)
    return [layers[0]["fan_in"], *(layer["units"] for layer in layers)] if layers and dense else []


def _unit(spot: tuple[float, float]) -> str:
    return f'<circle cx="{spot[0]:.1f}" cy="{spot[1]:.1f}" r="6" fill="#fff" stroke="{INK}"/>'


def _edges(
    layer: str,
    weights: Mapping[str, Array],
    before: Sequence[tuple[float, float]],
    after: Sequence[tuple[float, float]],
    at: Cell,
) -> str:
    matrix = weights[f"{layer}.weight"]
    largest = float(np.abs(matrix).max()) or 1.0
    return "".join(
        _edge(f"{layer}.weight", (j, i), matrix[j, i], largest, before[i], after[j], at)
        for j in range(matrix.shape[0])
        for i in range(matrix.shape[1])
    )


def _edge(
    name: str,
    index: tuple[int, int],
    weight: Any,
    largest: float,
    start: tuple[float, float],
    end: tuple[float, float],
    at: Cell,
) -> str:
    """data-value and data-index tell a widget which weight was clicked."""
    chosen = at[1] == index and at[0].startswith(name)
    colour = INK if chosen else PLUS if weight > 0 else MINUS
    width = 0.5 + 4 * abs(float(weight)) / largest
    where = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    gradient = ".".join((name, "grad"))
    told = f'data-value="{gradient}" data-index="{index[0]},{index[1]}"'
    title = f"<title>{name}[{index[0]}, {index[1]}] = {float(weight):.4g}</title>"
    return f'<line {where} stroke="{colour}" stroke-width="{width:.1f}" {told}>{title}</line>'


def chain_rule(told: Mapping[str, Any]) -> str:
    """A cell as the sum of its terms, each a product, and what is said of it."""
    rows = "".join(map(_term, told["terms"][:MOST_TERMS]))
    left = told["terms_total"] - min(MOST_TERMS, len(told["terms"]))
    more = f"<tr><td>and {left} more terms</td></tr>" if left > 0 else ""
    name = f"{told['value']}{list(told['index']) if told['index'] else ''}"
    return (
        f"<p><b>{escape(name)} = {float(told['result']):.6g}</b></p>"
        f'<table style="border-collapse:collapse;font:inherit">{rows}{more}</table><p>{escape(told["explanation"])}</p>'
    )


def _term(term: Mapping[str, Any]) -> str:
    product = " · ".join(f"{factor['number']:.5g}" for factor in term["factors"])
    names = " · ".join(f"{f['value'] or ''}{list(f['index']) if f['index'] else ''}" for f in term["factors"])
    cell = '<td style="padding:1px 16px 1px 0;text-align:left">'
    return f"<tr>{cell}{escape(names)}</td>{cell}{product}</td>{cell}= {term['product']:.5g}</td></tr>"


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" fill="{PALE}">{escape(text)}</text>'


def _svg(height: int, label: str, inside: str) -> str:
    box = f"0 0 {WIDTH + 2 * MARGIN} {height}"
    return f'<svg viewBox="{box}" width="100%" role="img" aria-label="{escape(label)}">{inside}</svg>'
