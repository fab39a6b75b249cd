"""Where numbers come from, over the wire: derivations, paths and the check of gradients."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from app.http.problems import Problem
from app.http.responses import Answer
from app.runs.workers import Ticket
from engine.checks.gradient_check import agrees, check_cell, gradient_check
from engine.checks.variants import compare
from engine.explain.derivation import Chain, Derivation, Link, NamedFactor, NamedTerm, derivation
from engine.explain.formulas import cell_formula, cell_numbers, chain_formula, chain_numbers
from engine.explain.paths import Path, paths
from engine.explain.sentences import explanation
from engine.foundation.options import LARGEST_INTEGER
from engine.run.run import Run
from engine.run.trace import Trace

Index = tuple[int, ...]


def index_of(text: str) -> Index:
    """A cell's position from `1,2`; nothing is a scalar's.

    Raises: Problem if it is anything else.
    """
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise Problem(422, "request", "index is whole numbers with commas, like 1,2; empty for a scalar", "query.index")
    return tuple(map(int, parts))


def derivation_answer(
    run: Run, t: int, value: str, index: Index, sample: int | None, check: bool, ticket: Ticket
) -> Answer:
    """How one cell came about."""
    traced = run.trace_at(t, ticket)
    found = derivation(run, traced, value, index, sample)
    document = _derivation(found) | {"explanation": explanation(run, traced, found)}
    if found.chain:
        document["chain"] = _chain(found.chain)
    if check:
        document["check"] = _check(traced, value, index)
    return Answer(document)


def paths_answer(run: Run, t: int, parameter: str, index: Index, sample: int, ticket: Ticket) -> Answer:
    """Every way of a sample from a parameter cell to the loss."""
    found = paths(run, run.trace_at(t, ticket), parameter, index, sample, cancelled=ticket)
    return Answer(
        {
            "parameter": found.parameter,
            "index": found.index,
            "sample": found.sample,
            "paths": [_path(path) for path in found.paths],
            "rest": {"count": _count(found.rest_count), "product": found.rest},
            "sum": found.sum,
        }
    )


def _count(paths: int) -> int | float:
    """How many there are, which through time may be more than whole numbers that every reader of JSON takes."""
    return paths if paths <= LARGEST_INTEGER else float(min(paths, int(sys.float_info.max)))


def gradient_check_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """All gradients of an iteration beside central differences."""
    found = gradient_check(run.trace_at(t, ticket), ticket)
    return Answer(asdict(found) | {"agrees": found.agrees})


def variants_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """Every variant of backpropagation beside the true gradient of an iteration."""
    return Answer(asdict(compare(run, t, ticket)))


def _derivation(found: Derivation) -> dict[str, Any]:
    return {
        "value": found.value,
        "index": found.index,
        "result": found.result,
        "symbol": found.symbol,
        "formula": cell_formula(found),
        "numbers": cell_numbers(found),
        "step": found.step.index if found.step else None,
        "terms": [_term(term) for term in found.terms],
        "terms_total": found.terms_total,
        "used_by": [asdict(cell) for cell in found.used_by],
        "over_batch": found.over_batch,
    }


def _term(term: NamedTerm) -> dict[str, Any]:
    rest = {"rest": term.rest} if term.rest else {}
    return {"factors": [_factor(factor) for factor in term.factors], "product": term.product} | rest


def _factor(factor: NamedFactor) -> dict[str, Any]:
    return {
        "value": factor.value,
        "index": factor.index,
        "number": factor.number,
        "symbol": factor.symbol,
        "cell": factor.cell,
    }


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "sample": chain.sample,
        "latex": chain_formula(chain),
        "numbers": chain_numbers(chain),
        "factors": [_factor(factor) for factor in chain.factors],
        "links": [_link(link) for link in chain.links],
        "product": chain.product,
    }


def _link(link: Link) -> dict[str, Any]:
    return {"factor": _factor(link.factor), "derivative": link.derivative, "expression": link.expression}


def _path(path: Path) -> dict[str, Any]:
    return {
        "factors": [_factor(factor) for factor in path.factors],
        "cells": [asdict(cell) | {"symbol": symbol} for cell, symbol in zip(path.cells, path.symbols, strict=True)],
        "product": path.product,
    }


def _check(traced: Trace, value: str, index: Index) -> dict[str, Any]:
    found = check_cell(traced, value, index)
    return {
        "central_difference": found.difference_quotient,
        "difference": found.difference,
        "digits": found.digits,
        "uncertainty": found.uncertainty,
        "agrees": agrees(traced, value, found),
        "kink": found.kink,
    }
